from __future__ import annotations

from collections.abc import Callable

import pytest

from notifications.auditing import unexplained
from notifications.models import Delivery
from registrations import signup
from registrations.models import FormerAddress
from tests.clock import Clock
from tests.makers import make_registration
from tests.notifications.test_life_cycle import card, uid
from tests.sink import Sink

pytestmark = pytest.mark.django_db
Deliver = Callable[[], int]


def test_whoever_cancels_and_registers_again_at_once_loses_the_entry_of_before(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration()
    deliver_everything_due()
    signup.cancel(registration)
    again = make_registration(webinar=registration.webinar, email=registration.email)
    deliver_everything_due()
    first, second = uid(registration.calendar_uid), uid(again.calendar_uid)
    cards = [card(mail)[:2] for mail in sent.to(registration.email)]
    assert cards[0] == ("REQUEST", first)
    assert sorted(cards[1:]) == [("CANCEL", first), ("REQUEST", second)]
    clock.forward(minutes=2)
    deliver_everything_due()
    assert len(sent.mails) == 3
    assert not FormerAddress.objects.exists()
    assert list(unexplained()) == []


def test_no_farewell_where_no_invite_had_left(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration()
    signup.cancel(registration)
    again = make_registration(webinar=registration.webinar, email=registration.email)
    deliver_everything_due()
    assert [card(mail)[:2] for mail in sent.to(again.email)] == [
        ("REQUEST", uid(again.calendar_uid))
    ]
    farewell = Delivery.objects.get(purpose="registration_cancelled")
    assert (farewell.state, farewell.outcome) == ("skipped", "never invited")


def test_usual(clock: Clock, sent: Sink, deliver_everything_due: Deliver) -> None:
    registration = make_registration()
    deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()
    again = make_registration(webinar=registration.webinar, email=registration.email)
    deliver_everything_due()
    assert [m.purpose for m in sent.to(again.email)] == [
        "confirmation",
        "registration_cancelled",
        "confirmation",
    ]
    clock.forward(minutes=2)
    deliver_everything_due()
    assert not FormerAddress.objects.exists()
    assert len(sent.mails) == 3
