"""What is wrong with the mail is found, named, and told by `manage.py watch --check`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models.functions import Now
from pytest_django import Settings

from notifications import watching
from notifications.models import Delivery, Lane
from notifications.troubles import NONE_GOES_OUT, reported, trouble
from tests.clock import Clock
from tests.makers import make_delivery, make_registration, make_webinar
from tests.notifications.stalling import late_mail, make_sender
from webinars import times

Deliver = Callable[[], int]


@pytest.mark.django_db
def test_no_trouble_while_the_mail_flows(clock: Clock, deliver_everything_due: Deliver) -> None:
    make_registration()
    deliver_everything_due()
    clock.forward(minutes=2)
    assert list(trouble()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stalled", "flowing", "found"),
    [
        (Lane.BULK, Lane.URGENT, [NONE_GOES_OUT]),
        (Lane.URGENT, Lane.BULK, [NONE_GOES_OUT]),
        (Lane.BULK, Lane.SOON, []),
    ],
)
def test_mail_that_stalls_is_trouble_though_other_mail_flows(
    clock: Clock, stalled: Lane, flowing: Lane, found: list[str]
) -> None:
    late_mail(clock, stalled)
    clock.forward(seconds=90)
    make_delivery(
        registration=Delivery.objects.first().registration,
        state="sent",
        lane=flowing,
        settled_at=times.now(),
    )
    assert list(trouble()) == found


@pytest.mark.django_db
def test_a_wave_that_nobody_expands_is_trouble(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    due_at = webinar.starts_at - timedelta(hours=24)
    clock.move_to(due_at + timedelta(seconds=85))
    assert list(trouble()) == []
    clock.move_to(due_at + timedelta(seconds=91))
    assert list(trouble()) == [
        "Waves whose messages nobody writes down, for more than 90 seconds: 1."
    ]


@pytest.mark.django_db
def test_what_was_lost_missed_or_given_up_is_trouble(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    webinar.waves.filter(rule__before=timedelta(days=1)).update(
        state="missed", expires_at=Now() - timedelta(minutes=1)
    )
    person = make_registration(webinar=webinar)
    Delivery.objects.update(state="dead", settled_at=Now())
    sender = make_sender(renewed_at=times.now() - timedelta(minutes=4))
    make_delivery(registration=person, state="sending", sender=sender)
    make_delivery(registration=person, state="claimed", sender=sender)
    assert list(trouble()) == [
        "Senders were lost and their messages not taken back: 1.",
        "Messages given up in the last hour: 1.",
        "Waves missed in the last hour: 1.",
    ]
    clock.forward(minutes=61)
    Delivery.objects.update(sender=None, state="sent")
    assert list(trouble()) == []


@pytest.mark.django_db
def test_a_stalled_pipeline_is_told_in_the_mail_and_by_the_check_within_two_minutes(
    clock: Clock,
    settings: Settings,
    mailoutbox: list[EmailMessage],
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.ADMINS = [("Operators", "operators@example.org")]
    late_mail(clock)
    watching.look()
    call_command("watch", "--check")
    clock.forward(seconds=110)
    watching.look()

    with pytest.raises(CommandError):
        call_command("watch", "--check")

    assert capsys.readouterr().out == f"{NONE_GOES_OUT}\n"
    assert [(mail.to, mail.body.partition("\n")[0]) for mail in mailoutbox] == [
        (["operators@example.org"], NONE_GOES_OUT)
    ]


@pytest.mark.django_db
def test_a_watch_that_is_silent_is_trouble(clock: Clock) -> None:
    watching.look()
    clock.forward(seconds=119)
    assert reported() == []
    clock.forward(seconds=2)
    assert reported() == [
        "Nobody watches: manage.py watch has given no sign of life for two minutes."
    ]
