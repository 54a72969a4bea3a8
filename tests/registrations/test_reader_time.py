"""The time where the reader is, and the public calendar file."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.test import Client

from tests.clock import Clock
from tests.registrations.pages import (
    get,
    july,
    page,
)
from webinars import times

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    """Every test begins on March 1, 2027, at noon Pacific."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def test_a_browsers_zone_gets_the_time_there_in_words() -> None:
    response = get(f"{page(july())}time/?zone=US/Central")

    assert response.json() == {
        "zone": "America/Chicago",
        "label": "Central Time: Chicago, Dallas, Houston",
        "words": "6:00\N{NO-BREAK SPACE}pm Central Time (CDT)",
        "iso": "2027-07-30T18:00:00-05:00",
    }


def test_where_it_is_another_day_there_the_day_is_said() -> None:
    response = get(f"{page(july())}time/?zone=Asia/Tokyo")

    assert response.json()["words"] == (
        "Saturday, July 31, 2027, 8:00\N{NO-BREAK SPACE}am Japan Time (JST)"
    )


def test_where_the_page_names_two_days_the_day_is_said_whichever_it_is() -> None:
    webinar = july(display_zones=["America/Los_Angeles", "Asia/Tokyo"])

    response = get(f"{page(webinar)}time/?zone=US/Central")

    assert response.json()["words"] == (
        "Friday, July 30, 2027, 6:00\N{NO-BREAK SPACE}pm Central Time (CDT)"
    )


@pytest.mark.parametrize("zone", ["UTC", "undefined", "", "CET", "x" * 1000, "<script>"])
def test_a_browser_that_hides_its_zone_gets_no_guess(zone: str) -> None:
    response = Client().get(f"{page(july())}time/", {"zone": zone})

    assert response.status_code == 204
    assert response.content == b""


def test_the_public_calendar_file_leads_to_the_page_and_is_kept_for_a_minute() -> None:
    webinar = july()

    response = get(f"{page(webinar)}calendar.ics")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="session.ics"'
    assert response["Cache-Control"] == "public, max-age=60"
    assert response["X-Robots-Tag"] == "noindex"
    assert b"DTSTART:20270730T230000Z" in response.content
    assert f"http://testserver{page(webinar)}".encode() in response.content


def test_the_public_calendar_file_of_a_spanish_webinar_is_spanish_with_the_default_title() -> None:
    response = get(f"{page(july(language='es'))}calendar.ics")

    assert "SUMMARY:Sesión en línea\r\n" in response.content.decode()
