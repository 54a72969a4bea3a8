"""The product's settings, with a clock that tests can move and addresses that lead nowhere."""

import os

if "RIG" not in os.environ:  # the rig's processes have an address of their own
    os.environ["SITE_URL"] = "http://testserver"
os.environ.setdefault("UID_HOST", "webinars.example.org")
os.environ.setdefault("DEFAULT_FROM_EMAIL", "webinars@example.org")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:9")  # a test's `sent` fixture replaces it
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("LINK_KEYS", "only-for-tests-" + "y" * 32)

from django.db.models.signals import pre_migrate

from config import catalogs
from config.settings import *  # noqa: F403
from tests import clock
from tests.faults import crashes
from webinars import times

catalogs.compile_catalog()  # a fresh clone has none
times.now = clock.now
pre_migrate.connect(clock.make_schema)

if any(name in os.environ for name in crashes.VARIABLES):  # the process is to be killed
    INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.crashes.Crashes"]  # noqa: F405

DATABASES["default"].setdefault("OPTIONS", {})["options"] = (  # noqa: F405
    "-c search_path=public,moved_clock,pg_catalog"
)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, for tests alone
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
