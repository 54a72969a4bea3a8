"""The WSGI entry point."""

import gc
import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_site = get_wsgi_application()
import_module("config.checks").refuse_wrong_deployment()  # importable once the apps are ready
# What is loaded by now never becomes garbage, and what an answer takes is nearly all gone after it.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site. Django reads a request's charset before any middleware: `charset=hex`, which no
    browser sends, would end in a server error.
    """
    try:
        return _site(environ, start_response)
    except (LookupError, UnicodeError):
        start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"This request cannot be read.\n"]
