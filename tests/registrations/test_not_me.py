"""Somebody else typed the address: one press in the first mail deletes it and keeps it out."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from notifications.auditing import unexplained
from registrations import erasing, signup
from registrations.models import Refusal, Registration
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, press, private, register, text
from tests.registrations.racing import all_at_once, is_anybody_waiting
from tests.rig import wait_for
from tests.sink import Sink

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def test_the_first_mail_leads_there_and_one_press_deletes(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()
    mail = sent.to("ada@example.com")[0]
    path = private(registration, "not-me/")
    assert path in mail.text
    assert f'{path}"' in mail.html

    assert "This was not me" in text(get(path))
    answer = press(path)

    assert "Nobody can sign you up for this session again." in text(answer)
    registration.refresh_from_db()
    assert (registration.state, registration.email) == ("erased", "")
    assert get(path).status_code == 404
    assert list(unexplained()) == []


def test_opening_every_link_of_the_mail_three_times_changes_nothing(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()
    mail = sent.to("ada@example.com")[0]
    found = set(re.findall(r"https?://[^/\s\"<>]+(/[^\s\"<>]*)", mail.text + mail.html))
    paths = {path.replace("&amp;", "&") for path in found if path.startswith(("/r/", "/j/", "/w/"))}
    assert private(registration, "not-me/") in paths
    before = every_row()
    for path in [*paths] * 3:
        assert Client().get(path).status_code in {200, 303}
        assert Client().head(path).status_code in {200, 303}
    assert every_row() == before


def test_the_address_is_kept_out_of_that_webinar_and_the_answer_does_not_tell(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    webinar = registration.webinar
    erasing.refuse(registration)
    before = every_row()

    refused = register(webinar, email="ADA@example.com", first_name="Grace")
    taken = register(webinar, email="ida@example.com", first_name="Grace")
    deliver_everything_due()

    assert text(refused).replace("ADA@", "ida@") == text(taken)
    assert not sent.to("ada@example.com")
    assert sent.to("ida@example.com")
    assert Registration.objects.exclude(email="ida@example.com").count() == len(
        before["registrations.Registration"]
    )
    make_registration(webinar=make_webinar(), email="ada@example.com")  # another webinar's own


def test_a_seat_that_was_refused_is_free() -> None:
    webinar = make_webinar()
    signup.limit(webinar, capacity=1)
    registration = make_registration(webinar=webinar, email="ada@example.com")
    erasing.refuse(registration)
    with pytest.raises(signup.Refused):
        make_registration(webinar=webinar, email="ada@example.com")
    make_registration(webinar=webinar, email="ida@example.com")


@pytest.mark.django_db(transaction=True)
def test_whoever_is_signed_up_again_while_they_say_so_is_refused() -> None:
    registration = make_registration(email="ada@example.com")
    webinar = registration.webinar
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        erasing.refuse(registration)
        again = other.submit(
            all_at_once, [partial(make_registration, webinar=webinar, email="ada@example.com")]
        )
        wait_for(is_anybody_waiting, "the other waits for us")
    assert again.result() == {"Refused": 1}
    assert not Registration.objects.filter(email="ada@example.com").exists()


def test_the_address_itself_is_not_kept_and_a_new_key_forgets_nobody(settings: Settings) -> None:
    registration = make_registration(email="wilhelmina@example.com")
    erasing.refuse(registration)
    assert "wilhelmina" not in Refusal.objects.get().digest
    settings.LINK_KEYS = ["a" * 32, *settings.LINK_KEYS]
    with pytest.raises(signup.Refused):
        make_registration(webinar=registration.webinar, email="wilhelmina@example.com")


def test_others_at_the_same_address_keep_their_place() -> None:
    webinar = make_webinar()
    ada = make_registration(webinar=webinar, email="ours@example.com", first_name="Ada")
    bo = make_registration(webinar=webinar, email="ours@example.com", first_name="Bo")
    erasing.refuse(ada)
    bo.refresh_from_db()
    assert bo.is_active


def test_a_stale_form_deletes_nothing() -> None:
    registration = make_registration()
    before = every_row()
    answer = press(private(registration, "not-me/"), rendered="made up")
    assert "This page was open for a long time." in text(answer)
    assert every_row() == before
