"""What pages say where every place is taken, and to whoever waits; what a press does there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notifications.models import Delivery
from registrations import erasing, refusals, signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import (
    every_row,
    get,
    joining,
    page,
    press,
    private,
    register,
    text,
)
from tests.sink import Sink
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

# Another one each time: see `registrations.sealing`.
SEALED = re.compile(r'name="sealed" value="[^"]+"')

Deliver = Callable[[], int]
NO_PLACE_YET = "You do not have a place yet Your email tells you more."


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    """Every test begins on March 1, 2027, at noon Pacific."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def full(**fields: Any) -> Webinar:
    """One place, taken."""
    july = {"local_date": date(2027, 7, 30), "local_time": time(16)}
    webinar = make_webinar(**{**july, "capacity": 1, **fields})
    make_registration(webinar=webinar)
    return webinar


def waits(webinar: Webinar | None = None) -> Registration:
    return make_registration(webinar=webinar or full())


def fresh(registration: Registration) -> Registration:
    return Registration.objects.get(pk=registration.pk)


def has_form(response: Any) -> bool:
    return 'name="first_name"' in response.content.decode()


# ---- The public page ----------------------------------------------------------------------------


def test_the_page_offers_the_list_and_no_count_of_anything() -> None:
    webinar = full()
    for _each in range(3):
        waits(webinar)

    response = get(page(webinar))

    shown = text(response)
    assert "All places are taken When a place becomes free, the next person on the list" in shown
    assert shown.count("Put me on the list") == 3
    assert "Save my place" not in shown
    assert has_form(response)


def test_when_it_is_full_everybody_reads_the_same_whoever_they_are() -> None:
    webinar = full(capacity=1)
    refused = waits(webinar)
    erasing.refuse(refused)
    known = {
        "has a place": webinar.registrations.active().get().email,
        "waits": waits(webinar).email,
        "is new": "new@example.com",
        "left": signup.cancel(waits(webinar)).email,
        "refused": "not-me@example.com",
    }
    refusals.note(webinar, "not-me@example.com")

    answers = {who: register(webinar, email=email) for who, email in known.items()}

    assert NO_PLACE_YET in text(answers["is new"])
    assert not has_form(answers["is new"])
    said = {
        SEALED.sub("", answer.content.decode()).replace(known[who], "somebody")
        for who, answer in answers.items()
    }
    assert len(said) == 1
    assert {answer.status_code for answer in answers.values()} == {200}
    assert {answer["Cache-Control"] for answer in answers.values()} == {"no-store"}


def test_the_answer_says_what_comes_and_leads_to_nothing_private() -> None:
    webinar = full()
    response = register(webinar, email="new@example.com")
    late = Registration.objects.get(email="new@example.com")

    assert (
        "What you will hear from us Now An email that says where you stand, with your private "
        "link. When a place becomes free If it is your turn, the place is yours, and we email you "
        "at once."
    ) in text(response)
    html = response.content.decode()
    assert private(late) not in html
    assert joining(late) not in html


@pytest.mark.parametrize("is_noted", [True, False])
def test_when_it_is_full_the_same_work_is_done_for_everybody(
    settings: Settings, is_noted: bool
) -> None:
    webinar = full()
    refusals.note(webinar, "not-me@example.com")
    waiting = waits(webinar).email
    holder = webinar.registrations.active().get().email
    Delivery.objects.update(created_at=times.now() - timedelta(hours=1), state="sent")

    def statements(email: str) -> int:
        settings.PAGES_KEPT_SECONDS = 60 if is_noted else 0
        with CaptureQueriesContext(connection) as queries:
            register(webinar, email=email)
        return len(queries)

    statements("first@example.com")
    new = statements("new@example.com")
    for email in (holder, waiting, "not-me@example.com"):
        assert new <= statements(email) <= new + 8  # the link once more


def test_whether_it_is_full_is_known_for_a_while_until_somebody_finds_it_otherwise(
    settings: Settings,
) -> None:
    settings.PAGES_KEPT_SECONDS = 60
    webinar = make_webinar(capacity=2)
    counts = []
    for number in range(4):  # the third finds it full
        with CaptureQueriesContext(connection) as asked:
            register(webinar, email=f"{number}@example.com")
        counts.append(len(asked))
    assert counts[1] < counts[2] / 2
    assert counts[3] == counts[1]
    assert [each.is_active for each in Registration.objects.order_by("pk")] == [True] * 2 + [
        False
    ] * 2

    signup.limit(webinar, capacity=5)
    answer = register(webinar, email="late@example.com")

    assert "Check your email" in text(answer)
    assert Registration.objects.active().count() == 5


def test_what_is_done_for_nobody_leaves_nothing(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = full()
    person = waits(webinar)
    deliver_everything_due()
    before = every_row()

    register(webinar, first_name=person.first_name, email=person.email)

    assert every_row() == before


def test_once_it_has_begun_the_list_is_over_for_whoever_asks(clock: Clock) -> None:
    webinar = full()
    holder = webinar.registrations.get()
    clock.move_to(webinar.starts_at)

    known = register(webinar, first_name=holder.first_name, email=holder.email)
    new = register(webinar, email="new@example.com")

    for response in (get(page(webinar)), known, new):
        assert "All places are taken We cannot give you a new place." in text(response)
        assert not has_form(response)
    assert known.content == new.content


def test_the_page_is_spanish_for_who_reads_spanish() -> None:
    shown = text(get(f"{page(full())}?language=es"))

    assert "Ya no hay lugares Cuando se libera un lugar, lo recibe" in shown
    assert "Entrar en la lista" in shown


# ---- The private page ---------------------------------------------------------------------------


def test_whoever_waits_reads_so_and_gets_no_way_in() -> None:
    person = waits()

    response = get(private(person))

    shown, html = text(response), response.content.decode()
    assert "You are on the list You do not have a place yet." in shown
    assert "You are on the list Any minute now" in shown
    assert "Your place on the list: Online session" in shown
    for private_way in ("Open the join page", "Add to your calendar", "A reminder, 7 days before"):
        assert private_way not in shown
    assert joining(person) not in html
    assert "1-800-555-0100" not in html
    assert get(private(person, "calendar.ics")).status_code == 303


def test_whoever_waits_changes_their_zone_and_keeps_their_turn() -> None:
    person = waits()
    response = press(private(person, "zone/"), time_zone="Asia/Tokyo")

    assert response.status_code == 303
    assert fresh(person).time_zone == "Asia/Tokyo"
    assert fresh(person).waiting_since == person.waiting_since
    assert not person.webinar.waves.filter(zone="Asia/Tokyo").exists()


def test_whoever_waits_leaves_the_list_and_can_go_on_it_again() -> None:
    person = waits()
    assert "Yes, take me off the list" in text(get(private(person)))

    response = press(private(person, "cancel/"))

    shown = text(get(response["Location"]))
    assert fresh(person).state == "cancelled"
    assert "You are off the list You will get no more emails about this session." in shown
    assert "What you will hear from us You are off the list Any minute now My data" in shown
    assert "All places are taken now, but you can go on the list." in shown
    press(private(person, "return/"))
    assert fresh(person).is_waiting


def test_looking_leaving_or_joining_by_a_get_changes_nothing() -> None:
    person = waits()
    before = every_row()
    for path in (private(person), private(person, "cancel/"), joining(person)):
        get(path)
        Client().head(path)
    assert every_row() == before


def test_whoever_waits_and_registers_again_keeps_their_turn_and_hears_once_more_later(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = full()
    person = waits(webinar)
    deliver_everything_due()
    for minutes in (5, 6):
        clock.forward(minutes=minutes)
        register(webinar, first_name=person.first_name, email=person.email)
        deliver_everything_due()

    assert [mail.purpose for mail in sent.to(person.email)] == ["waitlisted", "waitlisted"]
    assert fresh(person).waiting_since == person.waiting_since


def test_their_link_is_mailed_again_without_an_invite(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    person = waits()
    deliver_everything_due()
    clock.forward(minutes=11)

    press("/link/", email=person.email)
    deliver_everything_due()

    mails = sent.to(person.email)
    assert [(mail.purpose, mail.calendar) for mail in mails] == [("waitlisted", b"")] * 2
    assert private(person) in mails[-1].text


def test_once_it_has_begun_there_is_nothing_to_mail_to_who_waits(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    person = waits()
    deliver_everything_due()
    clock.move_to(person.webinar.starts_at)

    press("/link/", email=person.email)
    deliver_everything_due()

    assert [mail.purpose for mail in sent.to(person.email)] == ["waitlisted"]
    assert Delivery.objects.filter(registration=person).count() == 1


@pytest.mark.parametrize("why", ["begun", "closed"])
def test_when_nobody_gave_a_place_up_in_time_the_page_says_so(clock: Clock, why: str) -> None:
    person = waits(full(registration_closes=timedelta(days=1)))
    webinar = person.webinar
    clock.move_to(webinar.registration_closes_at if why == "closed" else webinar.starts_at)

    for path in (private(person), joining(person)):
        assert "There was no free place this time" in text(get(path))


def test_called_off_is_called_off_for_who_waits_too() -> None:
    person = waits()
    scheduling.cancel(person.webinar, reason="", by=None)

    for path in (private(person), joining(person)):
        assert "This session is cancelled" in text(get(path))


# ---- The join page ------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [timedelta(days=3), timedelta(minutes=5)])
def test_the_join_page_of_who_waits_has_no_way_in_and_names_nobody(
    clock: Clock, before: timedelta
) -> None:
    person = waits()
    clock.move_to(person.webinar.starts_at - before)

    response = get(joining(person))

    assert "You are on the list You do not have a place yet." in text(response)
    assert "Join now" not in text(response)
    assert person.email not in response.content.decode()
    assert press(joining(person, "go/"))["Location"] == joining(person)
    assert fresh(person).joined_at is None
    assert get(joining(person, "calendar.ics")).status_code == 303
