"""Importing this sets Django up for a script that pytest does not run: `import tests.standalone`.

With the tests' settings; where DATABASE_URL and REDIS_URL are not set, nothing listens there.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("DATABASE_URL", "postgresql://127.0.0.1:9/none")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:9/0")
django.setup()
