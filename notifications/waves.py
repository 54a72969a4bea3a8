"""Which waves a webinar should have, and when: it follows from its rows alone.

Nothing is written here. Who makes the waves is `planning`; what becomes of them, `expansion`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import connection

from notifications.models import Purpose, ReminderRule, Wave
from webinars import times
from webinars.models import Webinar

EXPAND_BEFORE = timedelta(minutes=10)
COLLAPSE_MOVES = timedelta(minutes=5)
NEAR = timedelta(hours=24)
AFTERMATH = timedelta(hours=2)  # how long after the start a cancellation is still worth telling
SLOWEST_COMMIT = timedelta(minutes=15)  # between the time that a row notes and its commit
WRONG_CLOCK = timedelta(hours=1)  # of the process that noted it, at most

# Hops through the index from each zone to the next, however many people are in it.
ZONES = """
    WITH RECURSIVE zone(name) AS (
        (SELECT time_zone FROM registrations_registration
        WHERE webinar_id = %(webinar)s AND state = 'active' ORDER BY time_zone LIMIT 1)
        UNION ALL
        SELECT (
            SELECT time_zone FROM registrations_registration
            WHERE webinar_id = %(webinar)s AND state = 'active' AND time_zone > zone.name
            ORDER BY time_zone LIMIT 1
        ) FROM zone WHERE zone.name IS NOT NULL
    )
    SELECT name FROM zone WHERE name IS NOT NULL
"""


def wanted(webinar: Webinar) -> Iterator[Wave]:
    """Every wave that follows from the webinar, its rules and its latest revision."""
    if webinar.state == Webinar.State.PUBLISHED:
        yield from _reminders(webinar)
        yield from _moved(webinar)
    elif webinar.state == Webinar.State.CANCELLED:
        yield _cancelled(webinar)


def occasion(wave: Wave) -> tuple[object, ...]:
    """Of what there is only one wave."""
    return (wave.purpose, wave.rule_id, wave.schedule_revision, wave.zone, wave.sequence)


# ---- Reminders ----------------------------------------------------------------------------------


def _reminders(webinar: Webinar) -> Iterator[Wave]:
    for rule in webinar.reminder_rules.all():
        if rule.is_enabled and rule.retired_at is None:
            zones = _zones(webinar) if rule.is_on_attendees_clocks else [""]
            yield from waves_of(rule, webinar, zones)


def waves_of(rule: ReminderRule, webinar: Webinar, zones: Iterable[str]) -> Iterator[Wave]:
    """One wave, or one per attendees' zone; only those due after they were decided on."""
    for zone in zones:
        due_at = due(rule, webinar, zone)
        if is_of_use(rule, webinar, due_at):
            yield Wave(
                webinar=webinar,
                purpose=Purpose.REMINDER,
                rule=rule,
                schedule_revision=webinar.schedule_revision,
                zone=zone,
                **hours(rule, webinar, due_at),
            )


def is_of_use(rule: ReminderRule, webinar: Webinar, due_at: datetime) -> bool:
    """Whether a reminder due then was decided on before, and comes before the start."""
    decided_at = max(webinar.scheduled_at or webinar.created_at, rule.created_at)
    return decided_at < due_at < webinar.starts_at


def hours(rule: ReminderRule, webinar: Webinar, due_at: datetime) -> dict[str, datetime]:
    """A wave's instants, by their names."""
    return {
        "due_at": due_at,
        "expand_at": due_at - EXPAND_BEFORE,
        "expires_at": max(webinar.starts_at - rule.send_until, due_at + timedelta(seconds=1)),
        "active_by": due_at,
    }


def due(rule: ReminderRule, webinar: Webinar, zone: str) -> datetime:
    """When the rule's message is due (UTC). An hour that the zone skips becomes the next valid.

    Days count on the calendar of the clock that is used: of the start as that zone dates it.
    """
    if rule.days_before is None or rule.local_time is None:
        return webinar.starts_at - (rule.before or timedelta(0))
    name = zone or webinar.time_zone
    day = times.wall_clock(webinar.starts_at, name).date() - timedelta(days=rule.days_before)
    return times.next_instant(day, rule.local_time, name)


def _zones(webinar: Webinar) -> list[str]:
    """The zones that somebody registered is in."""
    with connection.cursor() as cursor:
        cursor.execute(ZONES, {"webinar": webinar.pk})
        return [row[0] for row in cursor.fetchall()]


def still_of_use(waves: list[Wave]) -> list[Wave]:
    """Of a zone that nobody was in while it was of use, nothing was missed."""
    if not any(wave.zone for wave in waves):
        return waves
    now = database_now()
    return [wave for wave in waves if not wave.zone or _last_call(wave) > now]


def _last_call(wave: Wave) -> datetime:
    until = wave.rule.send_until if wave.rule else timedelta(0)
    return wave.webinar.starts_at - until


# ---- News ---------------------------------------------------------------------------------------


def _moved(webinar: Webinar) -> Iterator[Wave]:
    """Due five minutes after the edit, so that two edits are one mail; at once when it is near.

    None before the first change, and none for a change during the session: no mail is in time.
    """
    if webinar.sequence == 0:
        return
    now, changed_at = _now_and_change(webinar)
    if changed_at >= webinar.starts_at:
        return
    starts = [each.starts_at for each in webinar.revisions.all()]
    is_near = any(abs(start - changed_at) < NEAR for start in starts)
    due_at = changed_at if is_near else changed_at + COLLAPSE_MOVES
    # Somebody may have registered by the old words while this was being committed. Whoever was
    # told the new ones is passed over when the message is composed.
    yield _news(
        webinar,
        Purpose.MOVED,
        due_at=due_at,
        expires_at=webinar.starts_at,
        active_by=now + SLOWEST_COMMIT + WRONG_CLOCK,
    )


def _cancelled(webinar: Webinar) -> Wave:
    _now, changed_at = _now_and_change(webinar)
    expires_at = max(webinar.starts_at, changed_at) + AFTERMATH
    # Whoever was registering at that moment belongs to it too; nobody can later.
    return _news(
        webinar,
        Purpose.CANCELLED,
        due_at=changed_at,
        expires_at=expires_at,
        active_by=expires_at,
    )


def _now_and_change(webinar: Webinar) -> tuple[datetime, datetime]:
    """This instant, and when the webinar was changed last: not later, whoever's clock noted it."""
    now = database_now()
    noted = next(each.at for each in webinar.revisions.all() if each.number == webinar.sequence)
    return now, min(noted, now)


def _news(
    webinar: Webinar,
    purpose: Purpose,
    *,
    due_at: datetime,
    expires_at: datetime,
    active_by: datetime,
) -> Wave:
    return Wave(
        webinar=webinar,
        purpose=purpose,
        schedule_revision=webinar.schedule_revision,
        sequence=webinar.sequence,
        due_at=due_at,
        expand_at=due_at,
        expires_at=expires_at,
        active_by=active_by,
    )


def database_now() -> datetime:
    """This instant by the database's clock: a process's own may be wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
