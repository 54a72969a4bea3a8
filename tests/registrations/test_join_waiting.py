"""Waiting for the opening: counted from the server's time, asked for again over some seconds."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from registrations.models import Registration
from registrations.views.join import TURNS
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import get, joining, text

pytestmark = pytest.mark.django_db

READY = "Get ready Charge your phone or computer, or plug it in."


def number(html: str, name: str) -> int:
    found = re.search(rf'data-{name}="(\d+)"', html)
    assert found
    return int(found[1])


def waiting(clock: Clock, before_opening: timedelta) -> Registration:
    registration = make_registration()
    clock.move_to(registration.webinar.opens_at - before_opening)
    return registration


def test_the_numbers_are_seconds_from_now_so_a_device_needs_no_clock(clock: Clock) -> None:
    html = get(joining(waiting(clock, timedelta(minutes=20)))).content.decode()

    assert 20 * 60 - 10 < number(html, "opening") <= 20 * 60
    assert number(html, "start") == number(html, "opening") + 15 * 60


def test_thousands_ask_again_over_twenty_seconds_each_page_at_its_own(clock: Clock) -> None:
    registration = waiting(clock, timedelta(minutes=20))
    turns = set()
    for each in range(TURNS):
        Registration.objects.filter(pk=registration.pk).update(uuid=UUID(int=1000 + each))
        registration.refresh_from_db()
        turns.add(number(get(joining(registration)).content.decode(), "turn"))

    assert turns == set(range(1, 21))


def test_without_javascript_the_page_loads_again_once_it_has_opened(clock: Clock) -> None:
    html = get(joining(waiting(clock, timedelta(minutes=20)))).content.decode()

    found = re.search(r'<noscript><meta http-equiv="refresh" content="(\d+)"></noscript>', html)
    assert found
    assert int(found[1]) == number(html, "opening") + number(html, "turn")


@pytest.mark.parametrize("before", [timedelta(days=2), timedelta(minutes=-1)])
def test_days_before_and_once_it_is_open_nothing_loads_by_itself(
    clock: Clock, before: timedelta
) -> None:
    assert "http-equiv" not in get(joining(waiting(clock, before))).content.decode()


def test_the_countdown_is_a_timer_that_is_not_read_out_each_second(clock: Clock) -> None:
    assert (
        'role="timer" aria-live="off"'
        in get(joining(waiting(clock, timedelta(minutes=20)))).content.decode()
    )


def test_how_to_get_ready_is_said_before_and_soon_and_not_once_it_runs(clock: Clock) -> None:
    registration = waiting(clock, timedelta(days=3))
    assert READY in text(get(joining(registration)))

    clock.move_to(registration.webinar.opens_at)
    assert READY in text(get(joining(registration)))

    clock.move_to(registration.webinar.starts_at)
    assert READY not in text(get(joining(registration)))


def test_on_the_day_getting_ready_comes_before_the_calendar(clock: Clock) -> None:
    registration = waiting(clock, timedelta(hours=2))
    shown = text(get(joining(registration)))

    assert shown.index("Get ready") < shown.index("Add to your calendar")

    early = make_registration(webinar=make_webinar(starts_in=timedelta(days=40)))
    shown = text(get(joining(early)))
    assert shown.index("Add to your calendar") < shown.index("Get ready")
