"""Deleting one's data: nothing names the person any more, nothing more is sent, counts stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from notifications.auditing import unexplained
from notifications.models import Delivery
from registrations import erasing, signup
from registrations.models import FormerAddress, Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import get, press, private, text
from tests.sink import Sink

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
TRACES = ("Adalberta", "Whitaker-Ruiz", "adalberta.whitaker")


def make_ada() -> Registration:
    return make_registration(
        first_name="Adalberta", last_name="Whitaker-Ruiz", email="Adalberta.Whitaker@example.com"
    )


def traces() -> list[str]:
    """Every table that still holds a piece of the name or the address."""
    return [
        model._meta.label
        for model in apps.get_models()
        for row in model._default_manager.values_list()
        if any(trace.lower() in str(row).lower() for trace in TRACES)
    ]


def test_the_press_deletes_and_the_link_is_dead(deliver_everything_due: Deliver) -> None:
    registration = make_ada()
    deliver_everything_due()
    link = private(registration)
    assert "Yes, delete my data" in text(get(link))
    assert get(private(registration, "erase/")).status_code == 303
    assert traces()

    response = press(private(registration, "erase/"))

    assert "Your data are deleted" in text(response)
    assert response["Cache-Control"] == "private, no-store"
    assert traces() == []
    assert get(link).status_code == 404
    assert press(f"{link}erase/").status_code == 404


def test_it_reaches_the_log_of_what_staff_did_and_addresses_of_before(
    deliver_everything_due: Deliver,
) -> None:
    registration = make_ada()
    deliver_everything_due()
    signup.correct_address(registration, email="adalberta.whitaker@example.org")
    staff = User.objects.create(username="staff")
    LogEntry.objects.create(
        user=staff,
        content_type=ContentType.objects.get_for_model(Registration),
        object_id=str(registration.pk),
        object_repr=str(registration),
        action_flag=CHANGE,
        change_message="Corrected for Adalberta",
    )
    assert FormerAddress.objects.exists()

    erasing.erase(registration)

    assert traces() == []
    assert LogEntry.objects.get().object_repr == "Erased"


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_nothing_more_is_sent_and_nothing_is_unexplained(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver, is_cancelled: bool
) -> None:
    registration = make_ada()
    deliver_everything_due()
    if is_cancelled:
        signup.cancel(registration)
    before = len(sent.mails)

    erasing.erase(registration)
    deliver_everything_due()
    clock.move_to(registration.webinar.starts_at - timedelta(days=7))
    deliver_everything_due()

    assert len(sent.mails) == before
    assert list(unexplained()) == []


def test_one_that_a_sender_put_back_is_not_sent_either(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_ada()
    erasing.erase(registration)
    Delivery.objects.update(state=Delivery.State.READY, outcome="", settled_at=None)
    deliver_everything_due()
    assert sent.mails == []
    assert set(Delivery.objects.values_list("state", "outcome")) == {("skipped", "erased")}


def test_the_seat_is_free_once_and_the_row_still_counts() -> None:
    webinar = make_webinar()
    signup.limit(webinar, capacity=2)
    webinar.refresh_from_db()
    ada = make_registration(webinar=webinar)
    make_registration(webinar=webinar)
    assert signup.is_full(webinar)

    erasing.erase(ada)
    erasing.erase(ada)

    webinar.seats.refresh_from_db()
    assert webinar.seats.taken == 1
    assert webinar.registrations.count() == 2
    assert webinar.registrations.active().count() == 1


def test_whoever_was_erased_may_sign_up_again(sent: Sink, deliver_everything_due: Deliver) -> None:
    ada = make_ada()
    deliver_everything_due()
    erasing.erase(ada)
    again = make_registration(
        webinar=ada.webinar, first_name="Adalberta", email="adalberta.whitaker@example.com"
    )
    assert again.pk != ada.pk
    deliver_everything_due()
    assert [mail.purpose for mail in sent.to("adalberta.whitaker@example.com")] == ["confirmation"]


def test_a_stale_form_deletes_nothing() -> None:
    registration = make_ada()
    response = press(private(registration, "erase/"), rendered="made up")
    assert "This page was open for a long time." in text(response)
    assert traces()
