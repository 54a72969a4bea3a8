"""The join page: the right thing at every hour, the host's address in no page, presses counted."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from registrations import signup
from registrations.models import Registration
from registrations.tokens import Purpose, token
from registrations.views.join import way_out
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, joining, press, text
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

HOST = "https://meet.example.com/host-room"


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def registered(**fields: Any) -> Registration:
    webinar = make_webinar(local_date=date(2027, 7, 30), local_time=time(16), join_url=HOST)
    return make_registration(webinar=webinar, **{"time_zone": "America/Chicago", **fields})


def test_before_it_counts_down_and_says_when_to_come_back(clock: Clock) -> None:
    registration = registered()
    clock.move_to(registration.webinar.starts_at - timedelta(days=2, hours=3))

    response = get(joining(registration))

    shown = text(response)
    assert "It begins in 2 days and" in shown
    assert "Come back to this page at this time: 5:45 pm Central Time (CDT)." in shown
    assert "Call in by phone: 1-800-555-0100, code 4711" in shown
    assert joining(registration, "calendar.ics") in response.content.decode()
    assert "Join now" not in shown


def test_where_the_button_appears_on_the_eve_its_day_is_said(clock: Clock) -> None:
    webinar = make_webinar(local_date=date(2027, 7, 30), local_time=time(21))
    registration = make_registration(webinar=webinar, time_zone="America/New_York")

    shown = text(get(joining(registration)))

    assert "Saturday, July 31, 2027 12 midnight Eastern Time (EDT) your time" in shown
    assert "at this time: Friday, July 30, 2027, 11:45 pm Eastern Time (EDT)." in shown


def test_from_fifteen_minutes_before_there_is_the_button(clock: Clock) -> None:
    registration = registered()

    clock.move_to(registration.webinar.opens_at - timedelta(seconds=30))
    assert "Join now" not in text(get(joining(registration)))

    clock.move_to(registration.webinar.opens_at)
    shown = text(get(joining(registration)))
    assert "You can come in now. It begins in 14 minutes" in shown
    assert "Join now" in shown

    clock.move_to(registration.webinar.starts_at)
    assert "It has begun. You can still come in. Join now" in text(get(joining(registration)))


def test_the_hosts_address_is_in_no_page_and_the_policy_lets_the_press_lead_there(
    clock: Clock,
) -> None:
    registration = registered()
    closed = get(joining(registration))
    clock.move_to(registration.webinar.starts_at)
    opened = get(joining(registration))

    assert b"meet.example.com" not in closed.content
    assert b"host-room" not in opened.content
    assert "form-action 'self';" in closed["Content-Security-Policy"]
    assert (
        "form-action 'self' https://meet.example.com https:;" in opened["Content-Security-Policy"]
    )


def test_the_press_leads_to_the_host_and_counts_once(clock: Clock) -> None:
    registration = registered()
    clock.move_to(registration.webinar.starts_at)

    first = press(joining(registration, "go/"))
    registration.refresh_from_db()
    joined_at = registration.joined_at
    clock.forward(minutes=5)
    second = press(joining(registration, "go/"))

    registration.refresh_from_db()
    assert (first.status_code, first["Location"]) == (303, HOST)
    assert (second.status_code, second["Location"]) == (303, HOST)
    assert first["Referrer-Policy"] == "no-referrer"
    assert joined_at is not None
    assert registration.joined_at == joined_at


def test_looking_counts_nothing_not_even_at_the_presss_own_address(clock: Clock) -> None:
    registration = registered()
    clock.move_to(registration.webinar.starts_at)
    before = every_row()

    responses = [get(joining(registration)), get(joining(registration, "go/"))]

    assert [response.status_code for response in responses] == [200, 303]
    assert responses[1]["Location"] == joining(registration)
    assert every_row() == before


@pytest.mark.parametrize("minutes", [-16, 60])
def test_a_press_outside_of_the_hours_leads_back_to_the_page(clock: Clock, minutes: int) -> None:
    registration = registered()
    clock.move_to(registration.webinar.starts_at + timedelta(minutes=minutes))
    before = every_row()

    response = press(joining(registration, "go/"))

    assert (response.status_code, response["Location"]) == (303, joining(registration))
    assert every_row() == before


def test_a_stale_press_shows_the_button_again(clock: Clock) -> None:
    registration = registered()
    clock.move_to(registration.webinar.starts_at)
    before = every_row()

    response = press(joining(registration, "go/"), rendered="x")

    assert "Please press the button once more." in text(response)
    assert "Join now" in text(response)
    assert every_row() == before


def test_after_the_end_there_is_the_recording_or_a_word_that_there_is_none(clock: Clock) -> None:
    registration = registered()
    clock.move_to(registration.webinar.ends_at)

    assert "This session is over There is no recording here yet." in text(
        get(joining(registration))
    )

    Webinar.objects.update(recording_url="https://video.example/1")

    assert 'href="https://video.example/1"' in get(joining(registration)).content.decode()


def test_a_cancelled_webinar_says_so_at_its_old_hour(clock: Clock) -> None:
    registration = registered()
    scheduling.cancel(registration.webinar, reason="", by=None)
    clock.move_to(registration.webinar.starts_at)

    shown = text(get(joining(registration)))

    assert "This session is cancelled" in shown
    assert "Join now" not in shown
    assert press(joining(registration, "go/"))["Location"] == joining(registration)


def test_a_place_given_up_opens_nothing_and_leads_to_signing_up_again(clock: Clock) -> None:
    registration = registered()
    signup.cancel(registration)
    clock.move_to(registration.webinar.starts_at)

    response = get(joining(registration))

    assert "This place is cancelled" in text(response)
    assert f'href="/w/{registration.webinar.code}/"' in response.content.decode()
    assert press(joining(registration, "go/"))["Location"] == joining(registration)
    assert get(joining(registration, "calendar.ics"))["Location"] == joining(registration)


def test_calendars_are_shared_so_it_names_nobody_and_leads_to_nothing_private() -> None:
    registration = registered(first_name="Wilhelmina", email="wilhelmina@example.com")

    response = get(joining(registration))

    html = response.content.decode()
    assert "Wilhelmina" not in html
    assert "wilhelmina" not in html
    assert token(registration, Purpose.MANAGE) not in html
    assert registration.webinar.title not in html
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"


def test_the_manage_link_is_no_join_link() -> None:
    registration = registered()

    assert get(f"/j/{token(registration, Purpose.MANAGE)}/").status_code == 404


@pytest.mark.parametrize(
    ("address", "policy"),
    [
        ("https://meet.example.com/a?b=c", "https://meet.example.com https:"),
        ("http://127.0.0.1:9000/room", "http://127.0.0.1:9000 https:"),
        ("https://user:secret@meet.example.com/", "https://meet.example.com https:"),
    ],
)
def test_the_policy_names_the_hosts_origin_alone(address: str, policy: str) -> None:
    assert way_out(address) == policy
