"""Sign-up that opens and closes at set times: what everybody reads before, between and after."""

from __future__ import annotations

import json
import re
from datetime import date, time, timedelta
from typing import Any

import pytest

from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration
from tests.registrations.announcing import A_WEEK_LATER, of, said
from tests.registrations.event_rules import problems
from tests.registrations.pages import get, july, page, register, text
from webinars import scheduling, times
from webinars.models import ZONE_RELEASE, Speaker, Webinar

pytestmark = pytest.mark.django_db

PACIFIC = "America/Los_Angeles"
JUNE = {"registration_opens_date": date(2027, 6, 1), "registration_opens_time": time(9)}
NOON = {"registration_closes_date": date(2027, 7, 29), "registration_closes_time": time(12)}
OPENS_AT = times.instant(date(2027, 6, 1), time(9), PACIFIC)
CLOSES_AT = times.instant(date(2027, 7, 29), time(12), PACIFIC)
IN_WORDS = "Tuesday, June 1, 2027, 9:00 am Pacific Time (PDT), 12 noon Eastern Time (EDT)"


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    """Every test begins on March 1, 2027, at noon Pacific."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), PACIFIC))


def has_form(response: Any) -> bool:
    return 'name="first_name"' in response.content.decode()


def event(webinar: Webinar) -> dict[str, Any]:
    html = get(page(webinar)).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_before_the_opening_the_page_says_when_in_both_zones_and_has_no_form() -> None:
    webinar = july(**JUNE, description="<p>What you will learn.</p>")

    for response in (get(page(webinar)), register(webinar)):
        shown = text(response)
        assert f"Sign-up is not open yet It opens on {IN_WORDS}. Please come back then." in shown
        assert "What you will learn." in shown
        assert "4:00 pm Pacific Time (PDT)" in shown
        assert "calendar.ics" not in response.content.decode()
        assert not has_form(response)
    assert not Registration.objects.exists()
    assert "La inscripción aún no está abierta Se abre el martes, 1 de junio de 2027" in text(
        get(f"{page(webinar)}?language=es")
    )


def test_it_opens_and_closes_on_the_minute(clock: Clock) -> None:
    webinar = july(**JUNE, **NOON)

    for instant, is_open in [
        (OPENS_AT - timedelta(seconds=2), False),
        (OPENS_AT, True),
        (CLOSES_AT - timedelta(seconds=2), True),
        (CLOSES_AT, False),
    ]:
        clock.move_to(instant)
        assert has_form(get(page(webinar))) is is_open
        try:
            make_registration(webinar=webinar)
        except signup.Closed:
            assert not is_open
        else:
            assert is_open
    assert "Sign-up has closed" in text(get(page(webinar)))


def test_the_page_is_kept_no_longer_than_until_it_opens_or_closes(clock: Clock) -> None:
    webinar = july(**JUNE, **NOON)

    for change in (OPENS_AT, CLOSES_AT):
        clock.move_to(change - timedelta(seconds=20))
        for response in (get(page(webinar)), of(webinar, "json")):
            seconds = int(response["Cache-Control"].removeprefix("public, max-age="))
            assert 18 <= seconds <= 20


@pytest.mark.parametrize("form", ["txt", "html", "json", "js", "frame"])
def test_every_form_of_the_announcement_says_when_sign_up_opens(form: str) -> None:
    shown = of(july(**JUNE), form).content.decode()
    plain = shown.replace("\N{NO-BREAK SPACE}", " ").replace("\\u00a0", " ")

    assert "is on July 30 at 4pm PDT / 7pm EDT. Sign-up opens on June 1 at 9am PDT" in plain


def test_from_the_opening_on_the_announcement_invites(clock: Clock) -> None:
    webinar = july(**JUNE, **NOON)
    assert "Sign-up opens on June 1 at 9am PDT / 12 noon EDT." in said(webinar)
    assert json.loads(of(webinar, "json").content)["state"] == "not_yet"
    clock.move_to(OPENS_AT)
    assert said(webinar).startswith("Attend our National Patient Webinar on July 30 at 4pm PDT")
    clock.move_to(CLOSES_AT)
    assert "Sign-up has closed." in said(webinar)


def test_search_engines_are_told_from_when_on_there_are_places(clock: Clock) -> None:
    webinar = july(**JUNE)
    Speaker.objects.create(webinar=webinar, name="Maria Reyes, MD")

    for instant in (times.now(), OPENS_AT):
        clock.move_to(instant)
        offers = event(webinar)["offers"]
        assert offers["availability"] == "https://schema.org/InStock"
        assert offers["validFrom"] == "2027-06-01T09:00:00-07:00"
        assert list(problems(event(webinar))) == []


def test_an_opening_that_is_past_is_as_good_as_none(clock: Clock) -> None:
    clock.move_to(OPENS_AT + timedelta(days=1))
    assert has_form(get(page(july(**JUNE))))


def test_a_move_keeps_both_and_never_takes_registrations_after_the_end() -> None:
    webinar = scheduling.reschedule(july(**JUNE, **NOON), **A_WEEK_LATER, reason="", by=None)
    assert (webinar.registration_opens_at, webinar.last_call_at) == (OPENS_AT, CLOSES_AT)
    sooner = {**A_WEEK_LATER, "date": date(2027, 7, 20)}
    webinar = scheduling.reschedule(webinar, **sooner, reason="", by=None)
    assert webinar.registration_closes_at == webinar.ends_at


def test_another_zone_takes_both_along_on_its_own_clocks() -> None:
    webinar = july(**JUNE, **NOON)
    moved = {**A_WEEK_LATER, "time_zone": "America/New_York"}
    webinar = scheduling.reschedule(webinar, **moved, reason="", by=None)
    assert webinar.registration_opens_at == OPENS_AT - timedelta(hours=3)
    assert webinar.last_call_at == CLOSES_AT - timedelta(hours=3)


def test_it_is_not_moved_before_its_own_opening() -> None:
    webinar = july(**JUNE)
    with pytest.raises(scheduling.Refused, match="Sign-up would open only after that"):
        scheduling.reschedule(
            webinar, **{**A_WEEK_LATER, "date": date(2027, 5, 20)}, reason="", by=None
        )


def test_new_zone_rules_are_followed_by_the_opening_though_the_start_stays() -> None:
    webinar = july(**JUNE)
    an_hour_off = OPENS_AT + timedelta(hours=1)
    Webinar.objects.update(zone_release="2020a", registration_opens_at=an_hour_off)

    scheduling.retime(webinar)

    webinar.refresh_from_db()
    assert (webinar.zone_release, webinar.registration_opens_at) == (ZONE_RELEASE, OPENS_AT)


def test_an_hour_that_the_zone_skips_becomes_the_next() -> None:
    webinar = july(registration_opens_date=date(2027, 3, 14), registration_opens_time=time(2, 30))
    assert webinar.registration_opens_at == times.instant(date(2027, 3, 14), time(3), PACIFIC)
