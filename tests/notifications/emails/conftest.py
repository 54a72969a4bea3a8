"""Every test here composes on July 1, 2026, for a site of one name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from tests.clock import Clock


@pytest.fixture(autouse=True)
def on_the_first_of_july(clock: Clock, settings: Settings) -> None:
    settings.SITE_URL = "https://webinars.example.org"
    settings.UID_HOST = "webinars.example.org"
    settings.ORGANISATION_NAME = "Lakeside Health"
    settings.DEFAULT_FROM_EMAIL = "hello@webinars.example.org"
    clock.move_to(datetime(2026, 7, 1, 17, 0, tzinfo=UTC))
