"""The organizer says when sign-up opens and closes, and sees who waits for a place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.test import Client

from registrations import signup
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.organizer import (
    ADD,
    JANUARY,
    LIST,
    NATIONAL,
    errors,
    page,
    queries_of,
    rule_rows,
    text,
    typed,
)
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

JUNE_1 = {"registration_opens_date": "2026-06-01", "registration_opens_time": "9:00 am"}
JULY_29 = {"registration_closes_date": "2026-07-29", "registration_closes_time": "noon"}
A_DAY_BEFORE = {"registration_closes_0": "1", "registration_closes_1": "days"}


@pytest.fixture(autouse=True)
def in_january(clock: Clock) -> None:
    clock.move_to(JANUARY)


def opens(day: str, clock: str = "9:00 am") -> dict[str, str]:
    return {"registration_opens_date": day, "registration_opens_time": clock}


def closes(day: str, clock: str = "noon") -> dict[str, str]:
    return {"registration_closes_date": day, "registration_closes_time": clock}


def test_both_are_typed_on_the_clocks_of_the_webinars_zone(admin_client: Client) -> None:
    admin_client.post(ADD, typed(**JUNE_1, **JULY_29))
    webinar = Webinar.objects.get()
    assert (webinar.registration_opens_date, webinar.registration_opens_time) == (
        date(2026, 6, 1),
        time(9),
    )
    assert webinar.registration_opens_at == datetime(2026, 6, 1, 16, tzinfo=UTC)
    assert webinar.registration_closes_at == datetime(2026, 7, 29, 19, tzinfo=UTC)


def test_another_zone_of_a_draft_takes_them_along(admin_client: Client) -> None:
    draft = make_draft(**NATIONAL)
    form = typed(**JUNE_1, time_zone="America/New_York", **rule_rows(draft))
    admin_client.post(page(draft), form)
    draft.refresh_from_db()
    assert draft.registration_opens_at == datetime(2026, 6, 1, 13, tzinfo=UTC)


def test_of_a_published_one_they_are_changed_and_taken_away(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    admin_client.post(page(webinar), typed(**JUNE_1, **JULY_29, **rule_rows(webinar)))
    webinar.refresh_from_db()
    assert webinar.registration_opens_at == datetime(2026, 6, 1, 16, tzinfo=UTC)
    html = admin_client.get(page(webinar)).content.decode()
    assert 'value="2026-06-01"' in html
    assert 'value="9:00 am"' in html
    assert 'value="12:00 pm"' in html
    admin_client.post(page(webinar), typed(**rule_rows(webinar)))
    webinar.refresh_from_db()
    assert (webinar.registration_opens_at, webinar.last_call_at) == (None, None)


TOO_LATE = "Sign-up would close before it opens. Choose an earlier opening, or a later closing."


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (opens("2026-06-01", ""), {"registration_opens_time": ["Give the time, too."]}),
        (opens("", "9:00 am"), {"registration_opens_date": ["Give the date, too."]}),
        (closes("2026-06-01", ""), {"registration_closes_time": ["Give the time, too."]}),
        (
            opens("2026-06-01", "9:00"),
            {"registration_opens_time": ["Morning or afternoon? Write 9:00 am or 9:00 pm."]},
        ),
        (
            opens("2026-03-08", "2:30 am"),
            {
                "registration_opens_time": [
                    "In Pacific Time, clocks skip 2:30 am on Sunday, March 8, 2026. "
                    "Choose 1:30 am or 3:30 am."
                ]
            },
        ),
        (
            closes("2026-07-31", "5:01 pm"),
            {"registration_closes_date": ["This is after the end. Choose an earlier time."]},
        ),
        (
            {**A_DAY_BEFORE, **JULY_29},
            {"registration_closes": ["Choose one: so long before the start, or a date and time."]},
        ),
        (
            {**opens("2026-07-29", "noon"), **JULY_29},
            {"registration_opens_date": [TOO_LATE]},
        ),
        (
            {**opens("2026-07-30", "4:00 pm"), **A_DAY_BEFORE},
            {"registration_opens_date": [TOO_LATE]},
        ),
        (opens("2026-07-31", "5:00 pm"), {"registration_opens_date": [TOO_LATE]}),
    ],
)
@pytest.mark.parametrize("is_published", [False, True])
def test_what_cannot_be_is_refused_at_its_field_with_a_sentence(
    admin_client: Client, fields: dict[str, str], said: dict[str, Any], *, is_published: bool
) -> None:
    webinar = make_webinar(**NATIONAL) if is_published else make_draft(**NATIONAL)
    answer = admin_client.post(page(webinar), typed(**fields, **rule_rows(webinar)))
    assert errors(answer) == said
    webinar.refresh_from_db()
    assert (webinar.registration_opens_at, webinar.last_call_at) == (None, None)


def test_it_may_close_with_the_end(admin_client: Client) -> None:
    admin_client.post(ADD, typed(**closes("2026-07-31", "5:00 pm")))
    assert Webinar.objects.get().last_call_at == datetime(2026, 8, 1, tzinfo=UTC)


def test_the_box_on_top_says_when_sign_up_opens_and_until_when_it_is_open(
    admin_client: Client, clock: Clock
) -> None:
    webinar = make_webinar(**NATIONAL)
    admin_client.post(page(webinar), typed(**JUNE_1, **JULY_29, **rule_rows(webinar)))

    def said() -> str:
        return text(admin_client.get(page(webinar)))

    assert "Sign-up: opens on June 1 at 9am PDT." in said()
    clock.move_to(datetime(2026, 6, 1, 16, tzinfo=UTC))
    assert "Sign-up: open until July 29 at 12 noon PDT." in said()
    clock.move_to(datetime(2026, 7, 29, 19, tzinfo=UTC))
    assert "Sign-up: closed." in said()


# ---- Who waits ----


def full() -> Webinar:
    webinar = make_webinar(**NATIONAL, capacity=1)
    for _each in range(3):
        make_registration(webinar=webinar)
    return webinar


def test_the_list_and_the_page_count_who_waits(admin_client: Client) -> None:
    webinar = full()
    assert "Published 1 of 1, 2 waiting English" in text(admin_client.get(LIST))
    said = text(admin_client.get(page(webinar)))
    assert "Registered 1 of 1 On the waiting list 2 Cancelled 0" in said


def test_counting_who_waits_asks_no_more_for_three_than_for_one(admin_client: Client) -> None:
    webinar = full()
    of_list, of_page = queries_of(admin_client, LIST), queries_of(admin_client, page(webinar))
    full()
    full()
    for _each in range(3):
        make_registration(webinar=webinar)
    assert queries_of(admin_client, LIST) == of_list
    assert queries_of(admin_client, page(webinar)) == of_page


def test_calling_it_off_says_that_who_waits_is_told_too(admin_client: Client) -> None:
    webinar = full()
    said = text(admin_client.get(page(webinar, "cancel")))
    assert "1 person is registered and is told at once. 2 people on the waiting list are" in said
    assert "Cancel it and tell 3" in said
    moving = text(admin_client.get(page(webinar, "reschedule")))
    assert "Whoever is on the waiting list (2) learns it together with a place." in moving


def test_more_places_typed_go_to_who_waits(admin_client: Client) -> None:
    webinar = full()
    admin_client.post(page(webinar), typed(capacity="2", **rule_rows(webinar)))
    states = webinar.registrations.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["active", "active", "waiting"]
    assert signup.is_full(webinar)
