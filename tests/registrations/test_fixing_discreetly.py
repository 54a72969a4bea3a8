"""Mending a mistyped address tells nothing of others: neither the page nor any mailbox does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from registrations import erasing, signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.mending import RIGHT, WRONG, fix, people, sealed
from tests.registrations.pages import get, page, private, register, text
from tests.sink import Sink

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def test_whether_the_first_address_was_known_is_told_by_nothing() -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    answers = [
        register(webinar, email=email) for email in ("known@example.com", "newww@example.com")
    ]
    assert len(sealed(answers[0])) == len(sealed(answers[1]))

    fixed = [fix(webinar, answers[0], "a@example.com"), fix(webinar, answers[1], "b@example.com")]

    assert text(answers[0]).replace("known@", "newww@") == text(answers[1])
    assert text(fixed[0]).replace("a@ex", "b@ex") == text(fixed[1])
    assert len(sealed(fixed[0])) == len(sealed(fixed[1]))


def test_whether_the_right_address_was_known_is_told_by_nothing() -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    shown = [
        text(fix(webinar, register(webinar, email=wrong), right)).replace(right, "")
        for wrong, right in [("x@example.com", "known@example.com"), ("y@example.com", "z@z.org")]
    ]
    assert shown[0] == shown[1]


def test_no_address_and_no_name_stands_in_the_field_or_in_its_path() -> None:
    webinar = make_webinar()
    html = register(webinar, email=WRONG, last_name="Whitaker").content.decode()
    form = html[html.index("<form") : html.index("</form>")]
    assert [word for word in ("gmial", "Whitaker", "Chicago") if word in form] == []
    assert f'action="{page(webinar)}fix/"' in form


def test_the_wrong_mailbox_reads_the_same_whatever_became_of_the_right_one(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    signup.cancel(make_registration(webinar=webinar, email="gone@example.com", first_name="Ada"))
    erasing.refuse(make_registration(webinar=webinar, email="no@example.com"))
    read = set()
    for name in ("known", "gone", "no", "new"):
        answer = register(webinar, email=f"of-{name}@example.com")
        deliver_everything_due()
        fix(webinar, answer, f"{name}@example.com")
        deliver_everything_due()
        _first, last = sent.to(f"of-{name}@example.com")
        assert last.purpose == "address_changed"
        read.add(last.text)

    assert len(read) == 1


def test_the_right_mailbox_reads_the_same_whether_the_wrong_one_was_known(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    read = []
    for wrong, right in (("known@example.com", "a@example.com"), ("new@x.org", "b@example.com")):
        fix(webinar, register(webinar, email=wrong), right)
        deliver_everything_due()
        (mail,) = sent.to(right)
        mine = Registration.objects.get(email=right)
        stored = json.loads(get(private(mine, "data.json")).content)
        shown = [re.sub(r"/[rj]/\w+/", "", mail.text), re.findall(b"SEQUENCE:.*", mail.calendar)]
        read.append([shown, len(stored["messages"]), stored["former_addresses"], mine.epoch])
        assert mine.registered_at == mine.active_since

    assert read[0] == read[1]


def test_the_last_seat_is_kept_and_the_page_says_what_it_says_to_everybody() -> None:
    webinar = make_webinar(capacity=2)
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    known = register(webinar, email="known@example.com")
    mine = register(webinar, email=WRONG)

    shown = [
        text(fix(webinar, known, "a@example.com")).replace("a@example.com", ""),
        text(fix(webinar, mine, RIGHT)).replace(RIGHT, ""),
    ]

    assert shown[0] == shown[1]
    assert "If you have a place, our email to this address tells you." in shown[0]
    waits = ("a@example.com", "waiting")
    assert people() == [("known@example.com", "active"), waits, (RIGHT, "active")]


def test_after_sign_up_has_closed_nothing_is_mended_and_the_page_says_the_same(
    clock: Clock,
) -> None:
    closes = {"starts_in": timedelta(hours=2), "registration_closes": timedelta(hours=1)}
    webinar = make_webinar(**closes)
    clock.move_to(webinar.registration_closes_at - timedelta(minutes=1))
    make_registration(webinar=webinar, email="known@example.com", first_name="Ada")
    known, mine = register(webinar, email="known@example.com"), register(webinar, email=WRONG)
    clock.forward(minutes=2)

    shown = [
        text(fix(webinar, known, "a@example.com")).replace("a@example.com", ""),
        text(fix(webinar, mine)).replace(RIGHT, ""),
    ]

    assert shown[0] == shown[1]
    assert "or sign-up has closed" in shown[0]
    assert people() == [("known@example.com", "active"), (WRONG, "active")]


def test_an_address_that_was_refused_gets_nothing_and_the_answer_is_the_same(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    erasing.refuse(make_registration(webinar=webinar, email="no@example.com"))
    for wrong in ("a@example.com", "b@example.com"):
        answer = register(webinar, email=wrong)
        if wrong == "b@example.com":
            answer = register(webinar, email=wrong)  # known now
        refused = fix(webinar, answer, "no@example.com")
        assert "Look for our message at this address: no@example.com" in text(refused)
    deliver_everything_due()
    assert not sent.to("no@example.com")
    assert people()[1:] == [("b@example.com", "active")]


def test_the_answer_is_kept_by_nobody_and_sets_no_cookie() -> None:
    webinar = make_webinar()
    fixed = fix(webinar, register(webinar, email=WRONG))
    assert (fixed.status_code, fixed["Cache-Control"]) == (200, "no-store")
    assert not fixed.cookies
