"""The whole pipeline as real processes: Celery workers, beats, `watch`, and their deaths."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command

from notifications import telling
from notifications.models import Delivery, Sender
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.rig import Rig, wait_for
from tests.sink import Sink
from webinars import times
from webinars.models import Webinar


def crowd(webinar: Webinar, number: int) -> list[str]:
    """So many people, whose confirmations went out long ago."""
    at = times.now()
    Registration.objects.bulk_create(
        Registration(
            webinar=webinar,
            first_name="Ada",
            email=f"p{index}@example.com",
            address=f"p{index}@example.com",
            name_key="ada",
            time_zone="America/New_York",
            registered_at=at,
            active_since=at,
            changed_at=at,
        )
        for index in range(number)
    )
    people = list(Registration.objects.filter(webinar=webinar))
    Delivery.objects.bulk_create(
        Delivery(
            registration=person,
            key=telling.key(person, "confirmation"),
            epoch=0,
            purpose="confirmation",
            lane=0,
            state="sent",
            due_at=at,
            next_attempt_at=at,
            expires_at=webinar.ends_at,
            message_id=f"<{uuid4()}@webinars.example.org>",
        )
        for person in people
    )
    return [person.email for person in people]


def a_crowd_about_to_be_reminded(clock: Clock, number: int) -> list[str]:
    webinar = make_webinar(starts_in=timedelta(days=2))
    people = crowd(webinar, number)
    clock.move_to(webinar.starts_at - timedelta(hours=24))
    return people


def all_have_mail(sent: Sink, people: list[str]) -> bool:
    return {mail.recipient for mail in list(sent.mails)} >= set(people)


def copies(sent: Sink) -> Counter[str]:
    return Counter(mail.recipient for mail in sent.mails)


def somebody_is_told(sent: Sink) -> None:
    """Whoever registers now gets their mail, sooner or later."""
    person = make_registration()
    wait_for(lambda: all_have_mail(sent, [person.email]), "the confirmation arrived")


def quiet() -> bool:
    """Nothing held, nothing waiting."""
    return not Delivery.objects.held().exists() and not Delivery.objects.ready().exists()


@pytest.mark.matrix  # the two beats and three workers below do the same for 300
def test_a_confirmation_goes_out_by_itself(rig: Rig, sent: Sink) -> None:
    rig.worker()
    rig.beat()
    somebody_is_told(sent)


def test_a_worker_killed_during_500_reminders_loses_none(
    rig: Rig, sent: Sink, clock: Clock
) -> None:
    people = a_crowd_about_to_be_reminded(clock, 500)
    worker = rig.worker()
    rig.beat()
    wait_for(lambda: len(sent.mails) > 100, "a hundred mails were sent")
    rig.kill(worker)
    assert len(sent.mails) < 500
    rig.worker(name="two")
    wait_for(lambda: Sender.objects.count() > 1 or len(sent.mails) >= 450, "the new worker works")
    clock.forward(seconds=61)
    wait_for(lambda: all_have_mail(sent, people) and quiet(), "everybody has their mail")
    call_command("audit")
    assert sum(copies(sent).values()) - len(people) <= settings.SENDER_CONNECTIONS
    assert set(copies(sent)) == set(people)


def test_two_beats_and_three_workers_send_each_mail_once(
    rig: Rig, sent: Sink, clock: Clock
) -> None:
    people = a_crowd_about_to_be_reminded(clock, 300)
    for name in ("one", "two"):
        rig.beat(name)
        rig.worker("bulk", f"bulk-{name}")
    rig.worker("urgent", "urgent")
    wait_for(lambda: all_have_mail(sent, people) and quiet(), "everybody has their mail")
    assert copies(sent) == dict.fromkeys(people, 1)
    call_command("audit")


@pytest.mark.matrix  # test_watching.py has it with news in place of reminders
def test_watch_alone_lets_the_mail_flow(rig: Rig, sent: Sink, clock: Clock) -> None:
    people = a_crowd_about_to_be_reminded(clock, 20)
    rig.stop_broker()
    rig.watch()
    clock.forward(seconds=31)  # no tick for so long: watch takes over
    wait_for(lambda: all_have_mail(sent, people) and quiet(), "everybody has their mail")
    assert copies(sent) == dict.fromkeys(people, 1)


def test_a_broker_that_goes_away_and_comes_back_delays_but_loses_nothing(
    rig: Rig, sent: Sink
) -> None:
    rig.worker()
    rig.beat()
    rig.watch()
    somebody_is_told(sent)
    rig.stop_broker()
    somebody_is_told(sent)
    last = make_registration()
    rig.start_broker()
    wait_for(lambda: all_have_mail(sent, [last.email]), "the confirmation arrived after all")
    somebody_is_told(sent)
    assert set(copies(sent).values()) == {1}
