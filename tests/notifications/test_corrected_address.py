"""A corrected address: the old mailbox loses the entry, the links and all further mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import Http404

from notifications import emails
from notifications.auditing import unexplained
from notifications.models import Delivery, Purpose, Sender, Suppression
from registrations import signup, tokens
from registrations.models import FormerAddress, Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.notifications.emails.reading import fresh
from tests.notifications.test_life_cycle import card, event, uid
from tests.notifications.test_reminders import move, purposes
from tests.registrations.test_signup import at_once
from tests.sink import Sink
from webinars import scheduling, times

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]

WRONG, RIGHT = "ada@exmaple.com", "ada@example.com"


def test_a_corrected_address_moves_the_entry_from_the_old_mailbox_to_the_new(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    deliver_everything_due()
    corrected = signup.correct_address(registration, email=RIGHT)
    deliver_everything_due()

    first, farewell = sent.to(WRONG)
    (invite,) = sent.to(RIGHT)
    assert card(first) == ("REQUEST", uid(registration.calendar_uid), 0)
    assert card(farewell) == ("CANCEL", uid(registration.calendar_uid), 1)
    assert card(invite)[:2] == ("REQUEST", uid(corrected.calendar_uid))
    assert (farewell.purpose, invite.purpose) == ("address_changed", "confirmation")
    assert event(farewell).attendee.value == f"mailto:{WRONG}"
    assert event(invite).attendee.value == f"mailto:{RIGHT}"
    assert event(farewell).status.value == "CANCELLED"
    assert "Your place is kept." in farewell.text
    assert list(unexplained()) == []


def test_the_old_mailbox_learns_neither_the_new_address_nor_any_link(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    deliver_everything_due()
    signup.correct_address(registration, email=RIGHT)
    deliver_everything_due()

    delivery = Delivery.objects.get(purpose=Purpose.ADDRESS_CHANGED)
    said = emails.compose(delivery).letter.wording.facts
    assert [name for name, value in said.items() if "http" in str(value)] == []
    farewell = sent.to(WRONG)[-1].message.as_string() + sent.to(WRONG)[-1].text
    assert [word for word in (RIGHT, "http:", "https:", "/r/", "/j/") if word in farewell] == []


def test_the_links_in_the_old_mailbox_open_nothing_any_more() -> None:
    registration = make_registration(email=WRONG)
    old = {purpose: tokens.token(registration, purpose) for purpose in tokens.Purpose}
    corrected = signup.correct_address(registration, email=RIGHT)

    for purpose, token in old.items():
        with pytest.raises(Http404):
            tokens.resolve(token, purpose)
        assert tokens.resolve(tokens.token(corrected, purpose), purpose) == corrected


def test_after_a_correction_every_message_goes_to_the_new_mailbox_alone(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar, email=WRONG)
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(days=6))
    deliver_everything_due()
    registration = signup.correct_address(registration, email=RIGHT)
    deliver_everything_due()
    clock.forward(minutes=2)  # the sweep looks at everybody: no stale reminder
    deliver_everything_due()
    move(webinar, days=1)
    clock.forward(minutes=6)
    deliver_everything_due()
    clock.forward(days=6)
    deliver_everything_due()

    assert [mail.purpose for mail in sent.to(WRONG)] == [
        "confirmation", "reminder", "address_changed"
    ]  # fmt: skip
    assert purposes(sent, registration) == ["confirmation", "moved", "reminder"]
    assert list(unexplained()) == []


def test_a_reminder_about_to_go_when_the_address_is_corrected_goes_to_the_new_one_once(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    registration = make_registration(webinar=webinar, email=WRONG)
    clock.move_to(webinar.starts_at - timedelta(hours=24, minutes=5))
    deliver_everything_due()
    registration = signup.correct_address(registration, email=RIGHT)
    clock.forward(minutes=6)
    deliver_everything_due()
    deliver_everything_due()

    assert [mail.purpose for mail in sent.to(WRONG)] == ["confirmation", "address_changed"]
    assert sorted(purposes(sent, registration)) == ["confirmation", "reminder"]


def test_an_address_that_was_never_written_to_is_not_written_to(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    signup.correct_address(registration, email=RIGHT)
    deliver_everything_due()

    assert [mail.recipient for mail in sent.mails] == [RIGHT]
    farewell = Delivery.objects.get(purpose=Purpose.ADDRESS_CHANGED)
    assert (farewell.state, farewell.outcome) == ("skipped", "never invited")


def test_the_farewell_waits_while_the_first_invite_is_being_handed_over(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    revision = registration.webinar.revisions.get()
    first = Delivery.objects.filter(registration=registration)
    sender = Sender.objects.create(host="elsewhere", pid=1)
    first.update(state="sending", sender=sender, revision=revision, stamped_at=times.now())
    signup.correct_address(registration, email=RIGHT)
    deliver_everything_due()
    assert sent.to(WRONG) == []

    first.filter(epoch=0, purpose="confirmation").update(
        state="sent", sender=None, settled_at=times.now()
    )
    clock.forward(seconds=31)
    deliver_everything_due()
    assert [card(mail)[0] for mail in sent.to(WRONG)] == ["CANCEL"]


def test_the_old_address_is_kept_only_until_its_mailbox_is_told(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    deliver_everything_due()
    signup.correct_address(registration, email=RIGHT)
    assert FormerAddress.objects.get().email == WRONG
    deliver_everything_due()
    clock.forward(minutes=2)
    deliver_everything_due()

    assert not FormerAddress.objects.exists()
    clock.forward(minutes=2)
    deliver_everything_due()
    assert len(sent.to(WRONG)) == 2


def test_a_mailbox_that_does_not_exist_stops_no_mail_to_the_right_one(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    deliver_everything_due()
    sent.replies[WRONG] = ["550 5.1.1 no such mailbox"]
    signup.correct_address(registration, email=RIGHT)
    deliver_everything_due()

    assert [each.address for each in Suppression.objects.all()] == [WRONG]
    assert [mail.purpose for mail in sent.to(RIGHT)] == ["confirmation"]


def test_an_address_that_mail_must_not_go_to_gets_no_farewell(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    deliver_everything_due()
    Suppression.objects.create(address=WRONG)
    signup.correct_address(registration, email=RIGHT)
    deliver_everything_due()

    farewell = Delivery.objects.get(purpose=Purpose.ADDRESS_CHANGED)
    assert (farewell.state, farewell.outcome) == ("skipped", "suppressed")
    assert [mail.purpose for mail in sent.to(RIGHT)] == ["confirmation"]


def test_whoever_is_corrected_back_keeps_one_entry(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=RIGHT)
    deliver_everything_due()
    mistaken = signup.correct_address(registration, email=WRONG)
    corrected = signup.correct_address(mistaken, email=RIGHT)
    deliver_everything_due()

    assert sent.to(WRONG) == []
    cards = [card(mail)[:2] for mail in sent.to(RIGHT)]
    assert cards[0] == ("REQUEST", uid(registration.calendar_uid))
    assert sorted(cards[1:]) == [
        ("CANCEL", uid(registration.calendar_uid)),
        ("REQUEST", uid(corrected.calendar_uid)),
    ]
    farewell = next(mail for mail in sent.to(RIGHT) if mail.purpose == "address_changed")
    assert "changed and changed back" in farewell.text
    assert "another address" not in farewell.text


def test_a_webinar_called_off_after_the_correction_leaves_no_entry_in_the_old_mailbox(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    deliver_everything_due()
    signup.correct_address(registration, email=RIGHT)
    scheduling.cancel(registration.webinar, reason="", by=None)
    deliver_everything_due()

    farewell = sent.to(WRONG)[-1]
    assert card(farewell) == ("CANCEL", uid(registration.calendar_uid), 2)
    assert "Your place is kept." not in farewell.text + farewell.html


def test_a_correction_whose_bell_was_missed_is_told_by_the_sweep(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    deliver_everything_due()
    signup.correct_address(registration, email=RIGHT)
    Delivery.objects.filter(state="ready").delete()
    clock.forward(minutes=2)
    deliver_everything_due()

    assert [mail.purpose for mail in sent.to(WRONG)] == ["confirmation", "address_changed"]
    assert [mail.purpose for mail in sent.to(RIGHT)] == ["confirmation"]


def test_an_address_that_somebody_of_that_name_has_is_refused_and_nothing_changes(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=WRONG)
    make_registration(webinar=registration.webinar, email=RIGHT)
    deliver_everything_due()

    with pytest.raises(signup.Taken, match=r"^Somebody of this first name is registered"):
        signup.correct_address(registration, email=RIGHT)

    assert fresh(registration).email == WRONG
    assert not FormerAddress.objects.exists()
    assert deliver_everything_due() == 0


def test_another_spelling_of_the_same_mailbox_is_no_news(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email=RIGHT)
    deliver_everything_due()
    corrected = signup.correct_address(registration, email="Ada@Example.com")

    assert deliver_everything_due() == 0
    assert (corrected.email, corrected.epoch) == ("Ada@Example.com", 0)
    assert corrected.calendar_uid == registration.calendar_uid


@pytest.mark.parametrize("ending", ["given up", "called off", "over"])
def test_a_place_that_is_no_more_has_no_address_to_correct(clock: Clock, ending: str) -> None:
    registration = make_registration(email=WRONG)
    if ending == "given up":
        signup.cancel(registration)
    elif ending == "called off":
        scheduling.cancel(registration.webinar, reason="", by=None)
    else:
        clock.move_to(registration.webinar.ends_at)

    with pytest.raises(signup.Closed):
        signup.correct_address(registration, email=RIGHT)


@pytest.mark.django_db(transaction=True)
def test_registering_while_the_address_is_corrected_is_no_error() -> None:
    registration = make_registration(email=WRONG)
    form = {"first_name": "Ada", "email": WRONG, "time_zone": "America/New_York", "language": "en"}

    def act(index: int) -> None:
        if index == 5:
            signup.correct_address(registration, email=RIGHT)
        else:
            signup.register(registration.webinar, **form)

    assert at_once(10, act) == {"done": 10}
    assert RIGHT in set(Registration.objects.values_list("email", flat=True))
