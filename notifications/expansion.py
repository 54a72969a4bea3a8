"""Waves -> deliveries, in the database alone: one INSERT … SELECT for some thousand rows.

The cursor moves in the same commit as the rows, so a crash repeats nothing and skips nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from notifications.models import Lane, Purpose, Wave
from notifications.planning import SLOWEST_COMMIT
from webinars import times

BATCH = 5_000

COLUMNS = """
    INSERT INTO notifications_delivery (registration_id, wave_id, key, epoch, purpose, lane, state,
        due_at, next_attempt_at, expires_at, tries, deferrals, deaths, ambiguous,
        message_id, seed, sha256, outcome)
    SELECT id, %(wave)s, concat_ws(':', id, epoch, %(purpose)s, %(rule)s, %(occasion)s), epoch,
        %(purpose)s, %(lane)s, 'ready', %(due_at)s, %(due_at)s, %(expires_at)s, 0, 0, 0, 0,
        '', '', '', ''
    FROM batch
    ON CONFLICT (key) DO NOTHING
"""

MEMBERS = """
    FROM registrations_registration
    WHERE webinar_id = %(webinar)s AND state = 'active' AND active_since < %(active_by)s
        AND (%(zone)s = '' OR time_zone = %(zone)s)
"""
# Members without a delivery of this occasion, from whichever wave.
ABSENT = f"""
    {MEMBERS} AND NOT EXISTS (
        SELECT FROM notifications_delivery
        WHERE key = concat_ws(':', registrations_registration.id,
            registrations_registration.epoch, %(purpose)s, %(rule)s, %(occasion)s)
    )
"""

# The members that come after the wave's cursor.
NEXT = f"""
    WITH batch AS (
        SELECT id, epoch {MEMBERS} AND id > %(cursor)s ORDER BY id LIMIT %(limit)s
    ), written AS ({COLUMNS})
    SELECT max(id), count(*) FROM batch
"""

# Members of an expanded wave who were not there when the cursor passed.
STRAGGLERS = f"""
    WITH batch AS (SELECT id, epoch {ABSENT} AND changed_at > %(since)s), written AS ({COLUMNS})
    SELECT max(id), count(*) FROM batch
"""
FORGOTTEN = f"SELECT max(id), count(*) {ABSENT} AND changed_at < %(unchanged_since)s"


def expand_due() -> int:
    """Expand every wave whose time has come; any number of processes may. Returns the rows."""
    total = 0
    for wave_id in Wave.objects.to_expand().order_by("expand_at").values_list("pk", flat=True):
        while (written := expand_some(wave_id)) is not None:
            total += written
    return total


@transaction.atomic
def expand_some(wave_id: int) -> int | None:
    """One batch of one wave; None when it is finished or somebody else is at it."""
    wave = Wave.objects.to_expand().select_for_update(skip_locked=True).filter(pk=wave_id).first()
    if wave is None:
        return None
    last, count = _run(NEXT, wave, cursor=wave.cursor, limit=BATCH)
    if count < BATCH:
        wave.state, wave.expanded_at = Wave.State.EXPANDED, times.now()
    wave.cursor = last or max(wave.cursor, 1)
    wave.save(update_fields=["state", "expanded_at", "cursor"])
    return count


def gather_stragglers(*, due_after: datetime) -> int:
    """Add whoever registered, or changed zone, while or after a live wave was expanded."""
    live = Wave.objects.filter(
        state=Wave.State.EXPANDED, expires_at__gt=times.now(), due_at__gt=due_after
    )
    return sum(_run(STRAGGLERS, wave, since=wave.expand_at - SLOWEST_COMMIT)[1] for wave in live)


def absent(wave: Wave, *, unchanged_since: datetime) -> int:
    """How many members of an expanded wave have no delivery, though nothing changed since."""
    return _run(FORGOTTEN, wave, unchanged_since=unchanged_since)[1]


def occasion(wave: Wave) -> int:
    """What a delivery's key ends with: reminders follow the schedule, news the change."""
    return wave.schedule_revision if wave.purpose == Purpose.REMINDER else wave.sequence or 0


def lane(wave: Wave) -> Lane:
    """How soon it must be out: see `Lane`. News are urgent before whichever start is nearest."""
    now = max(wave.due_at, times.now())
    ends = [wave.expires_at]
    if wave.purpose != Purpose.REMINDER:
        starts = wave.webinar.revisions.filter(starts_at__gt=now).values_list(
            "starts_at", flat=True
        )
        ends += starts
    left = min(ends) - now
    if left <= timedelta(minutes=20):
        return Lane.URGENT
    return Lane.SOON if left <= timedelta(hours=2) else Lane.BULK


def _run(statement: str, wave: Wave, **more: int | datetime) -> tuple[int | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "wave": wave.pk,
                "webinar": wave.webinar_id,
                "purpose": wave.purpose,
                "rule": "" if wave.rule_id is None else str(wave.rule_id),
                "occasion": str(occasion(wave)),
                "lane": lane(wave),
                "zone": wave.zone,
                "due_at": wave.due_at,
                "expires_at": wave.expires_at,
                "active_by": wave.active_by,
                **more,
            },
        )
        last, count = cursor.fetchone()
        return last, count
