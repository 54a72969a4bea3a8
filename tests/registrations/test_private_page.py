"""The private page of one registration: what it shows, what its buttons do, who may not see it."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from registrations import signup
from registrations.models import Registration
from registrations.tokens import Purpose, token
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, joining, press, private, text
from webinars import scheduling, times

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def registered(**fields: Any) -> Registration:
    webinar = make_webinar(local_date=date(2027, 7, 30), local_time=time(16))
    return make_registration(webinar=webinar, **{"time_zone": "America/Chicago", **fields})


def test_it_greets_and_shows_the_time_in_the_readers_zone_first() -> None:
    response = get(private(registered(first_name="Ada", email="ada@example.com")))

    shown = text(response)
    assert "Hello, Ada Online session Your place is saved" in shown
    assert "Our emails go to ada@example.com." in shown
    assert (
        "Friday, July 30, 2027 6:00 pm Central Time (CDT) your time "
        "4:00 pm Pacific Time (PDT) 7:00 pm Eastern Time (EDT)"
    ) in shown


def test_a_sensitive_topic_stands_nowhere_in_it() -> None:
    registration = registered()

    html = get(private(registration)).content.decode()

    assert "<title>Your place: Online session</title>" in html
    assert registration.webinar.title not in html
    assert registration.webinar.summary not in html


@pytest.mark.parametrize(("rest", "status"), [("", 200), (")", 404)])
def test_it_is_kept_by_nobody_found_by_nobody_and_passed_on_nowhere(rest: str, status: int) -> None:
    response = get(f"{private(registered()).removesuffix('/')}{rest}/")

    assert response.status_code == status
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


def test_it_leads_into_four_calendars_and_says_what_they_must_show() -> None:
    registration = registered()

    response = get(private(registration))

    html = response.content.decode()
    for address in (
        private(registration, "calendar.ics"),
        "https://calendar.google.com/calendar/render?",
        "https://outlook.live.com/calendar/0/deeplink/compose?",
        "https://outlook.office.com/calendar/0/deeplink/compose?",
    ):
        assert f'href="{address}' in html
    assert (
        "Your calendar must then show: Online session: "
        "Friday, July 30, 2027, 6:00 pm to 7:00 pm Central Time (CDT)"
    ) in text(response)


def test_the_calendar_file_is_personal_and_never_holds_this_pages_link() -> None:
    registration = registered()

    response = get(private(registration, "calendar.ics"))

    content = response.content.replace(b"\r\n ", b"")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="session.ics"'
    assert response["Cache-Control"] == "private, no-store"
    assert str(registration.calendar_uid).encode() in content
    assert token(registration, Purpose.JOIN).encode() in content
    assert token(registration, Purpose.MANAGE).encode() not in content


def test_changing_the_zone_changes_every_time_that_is_told() -> None:
    registration = registered()

    response = press(private(registration, "zone/"), time_zone="Pacific/Honolulu")

    registration.refresh_from_db()
    assert response.status_code == 303
    assert response["Location"] == private(registration, "?done=zone")
    assert registration.time_zone == "Pacific/Honolulu"
    after = text(get(response["Location"]))
    assert "From now on we tell you the time for Hawaii Time: Honolulu." in after
    assert "1:00 pm Hawaii Time (HST)" in after


def test_a_zone_that_is_none_is_asked_for_again() -> None:
    registration = registered()

    response = press(private(registration, "zone/"), time_zone="UTC")

    registration.refresh_from_db()
    assert response.status_code == 200
    assert "Choose your time zone from the list." in text(response)
    assert "<details open>" in response.content.decode()
    assert registration.time_zone == "America/Chicago"


def test_cancelling_takes_a_second_press_and_can_be_undone_by_a_third() -> None:
    registration = registered()
    assert "Yes, cancel my place" in text(get(private(registration)))

    response = press(private(registration, "cancel/"))

    registration.refresh_from_db()
    assert response.status_code == 303
    assert not registration.is_active
    after = get(response["Location"])
    assert "Your place is cancelled" in text(after)
    assert "Take my place again" in text(after)
    assert "Yes, cancel my place" not in text(after)
    assert "Add to your calendar" not in text(after)

    back = press(private(registration, "return/"))

    registration.refresh_from_db()
    assert back["Location"] == private(registration, "?done=return")
    assert registration.is_active
    assert registration.epoch == 1
    assert "Your place is saved" in text(get(back["Location"]))


def test_coming_back_twice_is_as_good_as_once() -> None:
    registration = registered()
    signup.cancel(registration)
    press(private(registration, "return/"))
    before = every_row()

    assert press(private(registration, "return/")).status_code == 303
    assert get(private(registration, "return/")).status_code == 303
    assert every_row() == before


def test_a_place_that_somebody_else_has_now_does_not_come_back_once_the_list_is_over(
    clock: Clock,
) -> None:
    registration = registered()
    signup.limit(registration.webinar, capacity=1)
    signup.cancel(registration)
    signup.register(registration.webinar, **person())
    clock.move_to(registration.webinar.starts_at)
    before = every_row()

    response = press(private(registration, "return/"))

    assert "All places are taken now, or sign-up has closed." in text(get(response["Location"]))
    assert every_row() == before


def person() -> dict[str, str]:
    return {
        "first_name": "Bo",
        "email": "bo@example.com",
        "time_zone": "America/Chicago",
        "language": "en",
    }


def test_cancelling_twice_is_as_good_as_once() -> None:
    registration = registered()
    press(private(registration, "cancel/"))
    before = every_row()

    response = press(private(registration, "cancel/"))

    assert response.status_code == 303
    assert every_row() == before


def test_the_calendar_file_of_a_place_given_up_leads_to_the_page_that_says_so() -> None:
    registration = registered()
    signup.cancel(registration)

    response = get(private(registration, "calendar.ics"))

    assert (response.status_code, response["Location"]) == (303, private(registration))


def test_who_was_registered_before_the_move_reads_what_the_time_was(clock: Clock) -> None:
    early = registered()
    clock.forward(days=1)
    webinar = scheduling.reschedule(
        early.webinar,
        date=date(2027, 8, 6),
        time=time(17),
        time_zone="America/Los_Angeles",
        reason="",
        by=None,
    )
    clock.forward(days=1)
    late = make_registration(webinar=webinar, first_name="Eve")

    for path in (private, joining):
        assert "The time has changed It was July 30 at 6pm CDT." in text(get(path(early)))
        assert "The time has changed" not in text(get(path(late)))


def test_a_cancelled_webinar_says_so_and_offers_nothing_more(clock: Clock) -> None:
    registration = registered()
    clock.forward(days=1)
    webinar = scheduling.reschedule(
        registration.webinar,
        date=date(2027, 8, 6),
        time=time(17),
        time_zone="America/Los_Angeles",
        reason="",
        by=None,
    )
    scheduling.cancel(webinar, reason="", by=None)

    shown = text(get(private(registration)))

    assert "This session is cancelled It will not take place." in shown
    assert "The time has changed" not in shown
    assert "Add to your calendar" not in shown
    assert "I cannot come" not in shown


def test_after_the_end_nobody_is_cancelled_any_more(clock: Clock) -> None:
    registration = registered()
    clock.move_to(registration.webinar.ends_at + timedelta(hours=1))
    before = every_row()

    response = press(private(registration, "cancel/"))

    assert response.status_code == 303
    assert every_row() == before
    assert "This session is over" in text(get(private(registration)))


def test_it_speaks_the_readers_language_unless_another_is_asked_for() -> None:
    registration = registered(language="es")

    own, asked = get(private(registration)), get(private(registration, "?language=en"))

    assert '<html lang="es">' in own.content.decode()
    assert "Sesión en línea Su lugar está" in text(own)
    assert "Viernes, 30 de julio de 2027" in text(own)
    assert '<html lang="en">' in asked.content.decode()


def test_a_language_that_was_asked_for_stays_through_the_press() -> None:
    registration = registered()

    response = press(private(registration, "zone/?language=es"), time_zone="Pacific/Honolulu")

    assert response["Location"] == private(registration, "?language=es&done=zone")


@pytest.mark.parametrize(
    "rest", ["", "zone/", "cancel/", "return/", "erase/", "not-me/", "calendar.ics", "data.json"]
)
def test_no_other_link_opens_it(rest: str) -> None:
    registration = registered()
    before = every_row()

    for wrong in (token(registration, Purpose.JOIN), "A" * 43, registration.uuid.hex):
        assert get(f"/r/{wrong}/{rest}").status_code == 404
        assert press(f"/r/{wrong}/{rest}").status_code in {404, 405}
    assert every_row() == before
