"""What becomes of a delivery: the relay's answers, lost senders, poison, and the stamp."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from time import monotonic

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.db.models.functions import Now
from pytest_django import Settings

from notifications import claims, emails, leases, outbox, settling, sweeping
from notifications.models import Delivery, Purpose, Sender, Suppression
from notifications.transport import Parcel, Verdict, verdict
from registrations import signup
from tests.clock import Clock
from tests.makers import make_delivery, make_registration, make_webinar
from tests.sink import Sink
from webinars import scheduling
from webinars.models import Revision

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def confirmation() -> Delivery:
    registration = make_registration()
    return Delivery.objects.get(registration=registration)


def address(delivery: Delivery) -> str:
    return delivery.registration.email


def claimed_by(sender: Sender) -> list[int]:
    return [each.pk for each in claims.claim(sender, lane=2, limit=50).take()]


def claimed_alone_by(sender: Sender) -> list[int]:
    return [each.pk for each in claims.claim_alone(sender, lane=2).take()]


def is_stamped(delivery: Delivery, sender: Sender, email: emails.Email) -> bool:
    return settling.Stamping(sender, [Parcel(delivery, email)]).stamped() == {delivery.pk}


def make_sender(**fields: object) -> Sender:
    return Sender.objects.create(host="here", pid=1, **fields)


def test_an_accepted_message_is_sent_with_the_relays_code(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    delivery = confirmation()
    deliver_everything_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.smtp_code, delivery.tries) == ("sent", 250, 1)
    assert [mail.purpose for mail in sent.to(address(delivery))] == ["confirmation"]


def test_nothing_is_left_behind_when_all_is_sent(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    confirmation()
    deliver_everything_due()
    assert Sender.objects.count() == 0
    assert deliver_everything_due() == 0


def test_a_temporary_refusal_is_tried_again_later_with_the_same_message(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    delivery = confirmation()
    sent.data_replies[address(delivery)] = ["451 4.7.1 greylisted"]
    deliver_everything_due()
    delivery.refresh_from_db()
    first = (delivery.message_id, delivery.sha256)
    assert (delivery.state, delivery.deferrals, delivery.smtp_code) == ("ready", 1, 451)
    clock.forward(seconds=20)
    assert deliver_everything_due() == 0
    clock.forward(seconds=20)
    deliver_everything_due()
    delivery.refresh_from_db()
    assert (delivery.state, (delivery.message_id, delivery.sha256)) == ("sent", first)
    assert len(sent.to(address(delivery))) == 1


def test_an_unknown_mailbox_fails_and_is_suppressed_and_the_other_mail_goes_on(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    bad, good = confirmation(), confirmation()
    sent.replies[address(bad)] = ["550 5.1.1 no such user"]
    deliver_everything_due()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.smtp_code, good.state) == ("failed", 550, "sent")
    assert Suppression.objects.get().address == bad.registration.address


def test_a_policy_refusal_fails_and_never_blames_the_address(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    delivery = confirmation()
    sent.data_replies[address(delivery)] = ["550 5.7.1 policy"]
    deliver_everything_due()
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert not Suppression.objects.exists()


def test_a_connection_lost_after_the_final_dot_is_offered_again_byte_for_byte(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    delivery = confirmation()
    sent.data_replies[address(delivery)] = ["drop"]
    deliver_everything_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.ambiguous) == ("ready", 1)
    clock.forward(minutes=1)
    deliver_everything_due()
    delivery.refresh_from_db()
    once, again = sent.to(address(delivery))
    assert delivery.state == "sent"
    assert once.octets == again.octets


def test_a_hand_over_that_stays_unknown_is_offered_twice_more_at_most(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    delivery = confirmation()
    sent.data_replies[address(delivery)] = ["drop"] * 10
    for _try in range(6):
        deliver_everything_due()
        clock.forward(minutes=1)
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert len(sent.to(address(delivery))) == 3


def test_a_relay_that_is_away_costs_no_try_and_loses_nothing(
    clock: Clock, sent: Sink, settings: Settings, deliver_everything_due: Deliver
) -> None:
    delivery = confirmation()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    deliver_everything_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.deferrals) == ("ready", 0, 0)
    settings.EMAIL_PORT = port
    clock.forward(minutes=1)
    deliver_everything_due()
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_the_stamp_refuses_what_changed_after_it_was_composed() -> None:
    delivery, sender = confirmation(), make_sender()
    claimed_by(sender)
    email = emails.compose(delivery)
    signup.change_zone(delivery.registration, time_zone="America/Chicago")
    assert is_stamped(delivery, sender, email) is False
    assert is_stamped(delivery, sender, emails.compose(Delivery.objects.get())) is True


def test_the_stamp_refuses_a_webinar_that_was_called_off() -> None:
    delivery, sender = confirmation(), make_sender()
    claimed_by(sender)
    email = emails.compose(delivery)
    scheduling.cancel(delivery.registration.webinar, reason="", by=None)
    assert is_stamped(delivery, sender, email) is False


def test_a_sender_that_lost_its_rows_stamps_and_settles_nothing() -> None:
    delivery, slow, other = confirmation(), make_sender(), make_sender()
    claimed_by(slow)
    email = emails.compose(delivery)
    Delivery.objects.update(state="ready", sender=None)
    claimed_by(other)
    assert is_stamped(delivery, slow, email) is False
    settling.settle(delivery, slow, Delivery.State.SENT)
    assert Delivery.objects.get().state == "claimed"


def test_what_a_lost_sender_held_comes_back_and_what_it_was_sending_is_in_doubt(
    clock: Clock,
) -> None:
    preparing, sending, sender = confirmation(), confirmation(), make_sender()
    claimed_by(sender)
    is_stamped(sending, sender, emails.compose(sending))
    clock.forward(seconds=55)
    assert leases.recover_lost() == 0
    clock.forward(seconds=10)
    assert leases.recover_lost() == 2
    rows = Delivery.objects.order_by("pk").values_list("state", "deaths", "ambiguous")
    assert list(rows) == [("ready", 1, 0), ("ready", 1, 1)]
    assert preparing.pk < sending.pk


def test_a_row_that_two_senders_died_of_is_claimed_by_itself() -> None:
    poison, good = confirmation(), confirmation()
    Delivery.objects.filter(pk=poison.pk).update(deaths=2)
    sender = make_sender()
    assert claimed_by(sender) == [good.pk]
    assert claimed_by(sender) == []
    assert claimed_alone_by(sender) == [poison.pk]


def test_a_row_that_kills_every_sender_is_given_up_at_last(clock: Clock) -> None:
    poison = confirmation()
    for _death in range(leases.DEADLY):
        sender = make_sender()
        assert claimed_by(sender) or claimed_alone_by(sender)
        clock.forward(seconds=61)
        leases.recover_lost()
    poison.refresh_from_db()
    assert (poison.state, poison.deaths) == ("dead", leases.DEADLY)


def test_a_row_that_cannot_be_composed_harms_no_other_and_waits_for_a_mend(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    poison, good = confirmation(), confirmation()
    revision = Revision.objects.get(webinar=poison.registration.webinar)
    Revision.objects.filter(pk=revision.pk).delete()
    for _time in range(20):
        deliver_everything_due()
        clock.forward(minutes=20)
    assert [mail.recipient for mail in sent.mails] == [address(good)]
    poison.refresh_from_db()
    assert (poison.state, poison.outcome) == ("ready", "DoesNotExist")
    revision.save(force_insert=True)
    deliver_everything_due()
    assert [mail.recipient for mail in sent.mails] == [address(good), address(poison)]


def test_what_became_useless_while_it_waited_expires_and_says_so(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    delivery = confirmation()
    clock.move_to(delivery.registration.webinar.ends_at + timedelta(seconds=1))
    deliver_everything_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome) == ("expired", "too late to be useful")
    assert sent.mails == []


def test_an_urgent_drain_leaves_the_slow_lanes_alone(sent: Sink) -> None:
    slow = make_delivery(purpose=Purpose.ALREADY_REGISTERED, lane=2)
    outbox.drain(lane=0, until=monotonic() + 10)
    slow.refresh_from_db()
    assert slow.state == "ready"
    assert len(sent.mails) == 1


def test_a_suppressed_address_is_skipped(sent: Sink, deliver_everything_due: Deliver) -> None:
    delivery = confirmation()
    Suppression.objects.create(address=delivery.registration.address)
    deliver_everything_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome) == ("skipped", "suppressed")
    assert sent.mails == []


def test_a_moved_mail_waits_while_the_confirmation_is_just_being_handed_over(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    delivery, sender = confirmation(), make_sender()
    claimed_by(sender)
    is_stamped(delivery, sender, emails.compose(delivery))
    webinar = delivery.registration.webinar
    scheduling.amend(
        webinar, calendar_title="A talk", dial_in="1", help_line="2", reason="", by=None
    )
    clock.forward(minutes=6)
    Sender.objects.update(renewed_at=Now())
    deliver_everything_due()
    moved = Delivery.objects.get(purpose=Purpose.MOVED)
    assert moved.state == "ready"
    settling.settle(delivery, sender, Delivery.State.SENT)
    clock.forward(minutes=1)
    deliver_everything_due()
    moved.refresh_from_db()
    assert moved.state == "sent"


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (450, b"4.2.1 busy", Verdict.DEFERRED),
        (452, b"4.2.2 full", Verdict.DEFERRED),
        (530, b"5.7.0 authenticate", Verdict.MISCONFIGURED),
        (550, b"5.1.1 unknown", Verdict.BAD_ADDRESS),
        (550, b"5.7.1 policy", Verdict.REFUSED),
        (552, b"5.3.4 too big", Verdict.REFUSED),
        (553, b"bad mailbox", Verdict.BAD_ADDRESS),
        (553, b"5.7.1 Sender address rejected: not owned by user", Verdict.REFUSED),
        (550, b"5.1.8 bad sender's domain", Verdict.MISCONFIGURED),
        (554, b"no", Verdict.REFUSED),
    ],
)
def test_a_reply_is_classified(code: int, text: bytes, expected: Verdict) -> None:
    assert verdict(code, text) is expected


def test_senddue_sends_what_is_due_without_celery(sent: Sink) -> None:
    delivery = confirmation()
    call_command("senddue", verbosity=0)
    assert [mail.purpose for mail in sent.to(address(delivery))] == ["confirmation"]


def test_audit_names_what_is_unexplained_and_is_silent_otherwise(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit")
    assert capsys.readouterr().out == ""
    webinar = make_webinar()
    make_registration(webinar=webinar)
    webinar.waves.all().delete()
    clock.forward(minutes=10)
    with pytest.raises(CommandError, match="2 things are unexplained"):
        call_command("audit")
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "deliveries waiting though they are due: 1",
        f"waves that webinar {webinar.pk} lacks: 4",
    ]


def test_the_sweep_is_idempotent(clock: Clock) -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar)
    before = (webinar.waves.count(), Delivery.objects.count())
    for _time in range(3):
        sweeping.tick()
        sweeping.repair()
    assert (webinar.waves.count(), Delivery.objects.count()) == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lost", ["__init__", "stamped"])
def test_what_the_relay_says_while_a_stamp_is_lost_is_settled(
    sent: Sink, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    webinar = make_webinar()
    for _each in range(40):
        make_registration(webinar=webinar)
    stamps, whole = count(), getattr(settling.Stamping, lost)

    def lost_at_last(*arguments: object) -> object:
        if next(stamps) == 4:
            raise OperationalError
        return whole(*arguments)

    monkeypatch.setattr(settling.Stamping, "is_answered", lambda _stamping: False)
    monkeypatch.setattr(settling.Stamping, lost, lost_at_last)
    with pytest.raises(OperationalError):
        outbox.drain(until=monotonic() + 20)
    assert 0 < len(sent.mails) == Delivery.objects.filter(state="sent").count() < 40

    outbox.drain(until=monotonic() + 20)
    assert len(sent.mails) == len({mail.recipient for mail in sent.mails}) == 40
