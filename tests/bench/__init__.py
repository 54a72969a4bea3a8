"""Measurements: `make bench`. Not tests: a machine's speed is not ours to promise.

Django is set up here, with the product's own settings, which `config.embedded` fills.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
