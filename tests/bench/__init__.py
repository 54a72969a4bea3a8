"""Measurements: `make bench`. Not tests: a machine's speed is not ours to promise.

Django is set up here, with the product's own settings, which `config.embedded` fills; but on a
database of our own, which the benches make, empty and drop: see `database`.
"""

import os
from urllib.parse import urlsplit, urlunsplit

import django

DATABASE = "webinars_bench"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["DATABASE_URL"] = urlunsplit(
    urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{DATABASE}")
)
django.setup()
