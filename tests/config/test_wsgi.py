"""The door to the site: what Django cannot even read is answered, too."""

from __future__ import annotations

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from config.wsgi import application


@pytest.mark.parametrize("charset", ["hex", "rot13", "undefined", "punycode"])
def test_a_charset_that_is_none_is_a_bad_request(charset: str) -> None:
    environ = RequestFactory().get("/", {"language": "es"}).environ
    environ["CONTENT_TYPE"] = f"text/plain; charset={charset}"
    statuses: list[str] = []
    body = application(environ, lambda status, _headers: statuses.append(status))
    assert (statuses, list(body)) == (["400 Bad Request"], [b"This request cannot be read.\n"])


@pytest.mark.django_db
def test_everything_else_is_the_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WSGIHandler, "__call__", lambda *_arguments: [b"the site"])
    assert list(application({}, lambda *_arguments: None)) == [b"the site"]
