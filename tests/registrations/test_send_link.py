"""Asking for the private link: one answer for every address, and a mail to whoever has a place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registrations import signup
from registrations.models import LinkRequest
from registrations.protection import stamp
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, press, private, text
from tests.sink import Sink
from webinars import scheduling

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
LINK = "/link/"


def asked(email: str) -> str:
    response = press(LINK, email=email)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return text(response)


def test_the_link_comes_by_email_and_the_answer_is_the_same_for_everybody(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()
    clock.forward(minutes=11)

    answers = {asked("ADA@example.com "), asked("nobody@example.com")}
    deliver_everything_due()

    assert len(answers) == 1
    assert "If this address has a place in a session to come, we send its link now." in str(answers)
    mails = sent.to("ada@example.com")
    assert [mail.purpose for mail in mails] == ["confirmation", "already_registered"]
    assert private(registration) in mails[-1].text
    assert not sent.to("nobody@example.com")
    assert not LinkRequest.objects.exists()


def test_asking_takes_the_same_statements_for_every_address() -> None:
    make_registration(email="ada@example.com")
    taken = []
    for email in ("ada@example.com", "nobody@example.com", "ada@example.com"):
        with CaptureQueriesContext(connection) as queries:
            asked(email)
        taken.append([query["sql"].split("VALUES")[0] for query in queries])
    assert taken[0] == taken[1] == taken[2]
    assert len(taken[0]) == 1


def test_many_presses_are_one_mail_in_ten_minutes(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    make_registration(email="ada@example.com")
    deliver_everything_due()
    clock.forward(minutes=11)
    for _press in range(5):
        asked("ada@example.com")
        deliver_everything_due()
    assert len(sent.to("ada@example.com")) == 2
    clock.forward(minutes=11)
    asked("ada@example.com")
    deliver_everything_due()
    assert len(sent.to("ada@example.com")) == 3


def test_each_place_to_come_has_its_own_mail_and_others_have_none(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    soon = make_webinar(starts_in=timedelta(hours=1))
    for webinar in (make_webinar(), make_webinar(), soon):
        make_registration(webinar=webinar, email="ada@example.com", first_name="Ada")
    shared = make_registration(email="ada@example.com", first_name="Bo")
    signup.cancel(make_registration(email="ada@example.com"))
    off = make_registration(email="ada@example.com")
    scheduling.cancel(off.webinar, reason="", by=None)
    deliver_everything_due()
    sent.mails.clear()
    clock.forward(hours=3)
    deliver_everything_due()
    sent.mails.clear()

    asked("ada@example.com")
    deliver_everything_due()

    mails = sent.to("ada@example.com")
    assert [mail.purpose for mail in mails] == ["already_registered"] * 3
    assert sum(private(shared) in mail.text for mail in mails) == 1


def test_an_address_that_is_none_is_asked_for_again_and_nothing_is_stored() -> None:
    before = every_row()
    response = press(LINK, email="ada at example")
    assert "Write your whole email address, like name@example.com." in text(response)
    assert 'value="ada at example"' in response.content.decode()
    assert "If this address" not in text(response)
    assert every_row() == before


def test_a_stale_or_foreign_form_changes_nothing() -> None:
    before = every_row()
    press(LINK, email="ada@example.com", rendered="made up")

    foreign = Client().post(
        LINK,
        {"rendered": stamp(), "email": "ada@example.com"},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert foreign.status_code == 403
    assert every_row() == before


def test_the_page_is_the_same_for_everybody_and_speaks_spanish() -> None:
    response = get(LINK)
    assert response["Cache-Control"] == "public, max-age=60"
    assert not response.cookies
    assert "Get your link again" in text(response)
    assert '<html lang="es">' in get(f"{LINK}?language=es").content.decode()
