"""New rules for the clocks: what moves, what stays, who is told and who is alerted.

Here a row is made to look as if older rules had timed it; with data that really are older, and
processes of their own, the same is done in tests/webinars/test_retime.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import vobject
from django.core import mail
from pytest_django import Settings

from notifications import planning, retiming, sweeping
from notifications.models import ReminderRule, Wave
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.notifications.emails.reading import move
from tests.notifications.test_reminders import only_rule, purposes
from tests.registrations.test_signup import at_once
from tests.sink import Mail, Sink
from webinars import scheduling, times
from webinars.models import ZONE_RELEASE, Revision, Webinar

Deliver = Callable[[], int]

OLD_RELEASE = "2026a"
OCTOBER = datetime(2026, 10, 20, 12, tzinfo=UTC)


def schedule(webinar: Webinar) -> tuple[datetime, int, int]:
    webinar.refresh_from_db()
    return webinar.starts_at, webinar.schedule_revision, webinar.sequence


def timed_by_older_rules(webinar: Webinar, starts_at: datetime) -> Webinar:
    """As if the rules had made this instant of its wall clock when it was published."""
    Webinar.objects.filter(pk=webinar.pk).update(
        starts_at=starts_at, ends_at=starts_at + webinar.duration, zone_release=OLD_RELEASE
    )
    webinar.revisions.update(starts_at=starts_at)
    webinar.waves.all().delete()
    webinar.refresh_from_db()
    if webinar.state == Webinar.State.PUBLISHED:
        planning.plan(webinar)
    return webinar


def an_hour_off(**fields: Any) -> Webinar:
    """Published for an hour later than the present rules would have it."""
    webinar = make_webinar(**fields)
    return timed_by_older_rules(webinar, webinar.starts_at + timedelta(hours=1))


def deliver_by_older_rules(deliver: Deliver) -> None:
    """The sweep of a test follows the rules of the test's own process, so it is held off."""
    Webinar.objects.update(zone_release=ZONE_RELEASE)
    deliver()
    Webinar.objects.update(zone_release=OLD_RELEASE)


def words(mail: Mail) -> str:
    return mail.text.replace("\r\n", "\n")


# ---- What is told -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_update_says_that_the_clock_on_the_wall_stays_and_names_no_old_time(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = an_hour_off(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar, time_zone="America/New_York")
    deliver_by_older_rules(deliver_everything_due)
    retiming.retime()
    clock.forward(minutes=6)
    deliver_everything_due()

    webinar.refresh_from_db()
    update = sent.to(registration.email)[-1]
    here = times.long_form(webinar.starts_at, ["America/New_York"], "en")
    there = times.faces(webinar.starts_at, ["America/Los_Angeles"], "en")[0].words
    assert update.subject == f"Please check the time: {here}, Online session"
    assert (
        f"Some places have new rules for their clocks. Your session still starts at {there}. "
        "On your clock, that may not be the time that we told you before.\n\n"
        f"This time is right:\nOnline session\n{here}, your time\n"
    ) in words(update)
    assert "Old time" not in update.text + update.html
    assert "Why:" not in update.text + update.html


@pytest.mark.django_db
def test_a_move_by_the_organizer_just_before_the_new_rules_is_told_as_a_move(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_everything_due()
    old = times.long_form(webinar.starts_at, [registration.time_zone], "en")
    webinar = move(webinar, webinar.local_date + timedelta(days=1), webinar.local_time)
    Webinar.objects.update(
        starts_at=webinar.starts_at + timedelta(hours=1),
        ends_at=webinar.ends_at + timedelta(hours=1),
        zone_release=OLD_RELEASE,
    )
    retiming.retime()
    clock.forward(minutes=6)
    deliver_everything_due()

    first, update = sent.to(registration.email)
    assert f"Old time:\n{old}" in words(update)
    assert "Why: The time zone rules changed." in words(update)
    assert (first.purpose, update.purpose) == ("confirmation", "moved")


@pytest.mark.django_db
def test_new_rules_before_the_first_invite_left_are_told_by_that_alone(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = an_hour_off(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    retiming.retime()
    clock.forward(minutes=6)
    deliver_everything_due()

    webinar.refresh_from_db()
    (only,) = sent.to(registration.email)
    assert vobject.readOne(only.calendar.decode()).vevent.dtstart.value == webinar.starts_at


# ---- What moves, and what does not --------------------------------------------------------------


@pytest.mark.django_db
def test_the_sweep_follows_new_rules_by_itself(clock: Clock, sent: Sink) -> None:
    webinar = an_hour_off()

    sweeping.tick()

    assert schedule(webinar) == (webinar.ends_at - webinar.duration, 1, 1)
    assert webinar.zone_release == ZONE_RELEASE


@pytest.mark.django_db(transaction=True)
def test_ten_processes_at_once_move_a_webinar_once_and_tell_once(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = an_hour_off(starts_in=timedelta(days=20))
    registration = make_registration(webinar=webinar)
    deliver_by_older_rules(deliver_everything_due)
    right = webinar.starts_at - timedelta(hours=1)

    assert at_once(10, lambda _index: retiming.retime()) == {"done": 10}

    assert schedule(webinar) == (right, 1, 1)
    assert [each.number for each in Revision.objects.all()] == [0, 1]
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "moved"]


@pytest.mark.django_db
def test_a_start_that_the_new_rules_leave_alone_is_not_touched(clock: Clock) -> None:
    webinar = make_webinar()
    Webinar.objects.update(zone_release=OLD_RELEASE)
    before = Webinar.objects.values().get()

    (looked_at,) = retiming.retime()

    assert not looked_at.moves
    assert Webinar.objects.values().get() == {**before, "zone_release": ZONE_RELEASE}
    assert webinar.revisions.count() == 1


@pytest.mark.django_db
def test_reminders_that_the_organizer_took_away_do_not_come_back(clock: Clock) -> None:
    webinar = an_hour_off()
    for rule in webinar.reminder_rules.all():
        planning.retire_rule(rule)

    retiming.retime()

    assert schedule(webinar)[1] == 1
    assert [wave.purpose for wave in webinar.waves.all()] == ["moved"]


@pytest.mark.django_db
def test_a_time_that_stays_lost_by_the_next_rules_too_is_alerted_once(
    clock: Clock, sent: Sink
) -> None:
    clock.move_to(OCTOBER)
    webinar = lost()
    retiming.retime()
    Webinar.objects.update(zone_release=OLD_RELEASE)

    retiming.retime()

    webinar.refresh_from_db()
    assert (webinar.clock_state, len(sent.mails)) == ("alerted", 1)


@pytest.mark.django_db
def test_a_draft_moves_silently(clock: Clock) -> None:
    draft = make_draft()
    right = draft.starts_at
    timed_by_older_rules(draft, right + timedelta(hours=1))

    retiming.retime()

    assert schedule(draft) == (right, 0, 0)
    assert not Revision.objects.exists()
    assert not Wave.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["cancelled", "begun", "over"])
def test_what_is_called_off_or_past_is_left_alone(clock: Clock, ending: str) -> None:
    webinar = an_hour_off()
    if ending == "cancelled":
        webinar = scheduling.cancel(webinar, reason="", by=None)
    elif ending == "begun":
        clock.move_to(webinar.starts_at + timedelta(minutes=1))
    else:
        clock.move_to(webinar.ends_at + timedelta(minutes=1))
    before = schedule(webinar)

    assert retiming.retime() == []
    assert schedule(webinar) == before


@pytest.mark.django_db
def test_a_start_that_would_be_past_by_the_new_rules_is_kept_and_said(
    clock: Clock, sent: Sink
) -> None:
    webinar = an_hour_off()
    clock.move_to(webinar.starts_at - timedelta(minutes=30))
    before = schedule(webinar)

    (kept,) = retiming.retime()

    assert kept.problem == "By the zone's new rules it would have started already."
    assert schedule(webinar) == before
    assert [each.recipient for each in sent.mails] == ["team@harbor.example.org"]


@pytest.mark.django_db
def test_a_reminder_that_was_expanded_keeps_its_hour(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=3))
    registration = make_registration(webinar=webinar)
    nine = time(9)
    rule = only_rule(webinar, days_before=1, local_time=nine)
    wave = webinar.waves.get(rule=rule)
    clock.move_to(wave.due_at - timedelta(minutes=5))
    deliver_everything_due()
    later = wave.due_at + timedelta(hours=1)
    Wave.objects.filter(pk=wave.pk).update(due_at=later)
    Webinar.objects.update(zone_release=OLD_RELEASE)

    retiming.retime()

    wave.refresh_from_db()
    assert (wave.state, wave.due_at) == ("expanded", later)
    clock.forward(minutes=6)
    deliver_everything_due()
    assert purposes(sent, registration) == ["confirmation", "reminder"]


@pytest.mark.django_db
def test_a_reminder_on_the_webinars_clock_follows_though_the_start_stays(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    rule = only_rule(webinar, days_before=1, local_time=time(9), clock=ReminderRule.Clock.WEBINAR)
    wave = webinar.waves.get(rule=rule)
    right = wave.due_at
    Wave.objects.filter(pk=wave.pk).update(due_at=right + timedelta(hours=1))
    Webinar.objects.update(zone_release=OLD_RELEASE)

    retiming.retime()

    wave.refresh_from_db()
    assert (wave.due_at, wave.expand_at) == (right, right - timedelta(minutes=10))


# ---- The alert ----------------------------------------------------------------------------------


def lost(**fields: Any) -> Webinar:
    """Published for half past two in the night when summer time begins, by older rules."""
    webinar = make_webinar(local_date=date(2027, 3, 14), local_time=time(3, 30), **fields)
    Webinar.objects.update(local_time=time(2, 30), zone_release=OLD_RELEASE)
    return webinar


@pytest.mark.django_db(transaction=True)
def test_ten_processes_at_once_alert_the_organizer_and_the_operators_once(
    clock: Clock, settings: Settings
) -> None:
    settings.ADMINS = [("Operators", "operators@example.org")]
    clock.move_to(OCTOBER)
    lost()

    at_once(10, lambda _index: retiming.retime())

    recipients = [message.recipients() for message in mail.outbox]
    assert recipients == [["team@harbor.example.org", "operators@example.org"]]


@pytest.mark.django_db
def test_an_alert_that_the_relay_did_not_take_is_sent_later(
    clock: Clock, sent: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    clock.move_to(OCTOBER)
    webinar = lost()
    sent.replies["team@harbor.example.org"] = ["451 4.3.0 later"]

    retiming.retime()
    webinar.refresh_from_db()
    assert (webinar.clock_state, sent.mails) == ("lost", [])
    assert "no alert could be mailed: SMTPRecipientsRefused" in caplog.text
    retiming.retime()

    webinar.refresh_from_db()
    assert (webinar.clock_state, len(sent.mails)) == ("alerted", 1)


@pytest.mark.django_db
def test_a_draft_that_lost_its_time_alerts_nobody_and_cannot_be_published(clock: Clock) -> None:
    clock.move_to(OCTOBER)
    draft = make_draft(local_date=date(2027, 3, 14), local_time=time(3, 30))
    Webinar.objects.update(local_time=time(2, 30), zone_release=OLD_RELEASE)

    retiming.retime()

    assert mail.outbox == []
    draft.refresh_from_db()
    assert draft.clock_state == "lost"
    with pytest.raises(times.NoSuchTime):
        scheduling.publish(draft, by=None)
