"""Waves -> deliveries, in the database alone: one INSERT … SELECT for some thousand rows.

The cursor moves in the same commit as the rows, so a crash repeats nothing and skips nobody. Waves
take turns, and one that has many rows waiting gets more of them when those have gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import inf
from time import monotonic

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Now

from notifications import claims, statements
from notifications.alarms import alarm
from notifications.models import Delivery, Lane, Purpose, Wave
from notifications.waves import SLOWEST_COMMIT
from registrations.models import Registration

BATCH = 2_000  # in 50 ms or so: an act that moves the webinar waits as long
ROUND = 50  # waves
ENOUGH = 50_000  # rows of one wave that wait: the senders' work until somebody expands again

# The wave, with what its deliveries have in common. How soon they must be out: see `Lane`; news
# are urgent before whichever start is nearest.
WAVE = f"""
    wave AS MATERIALIZED (
        SELECT id, purpose, due_at, expires_at, concat_ws(':', purpose,
            coalesce(rule_id::text, ''), CASE purpose
                WHEN '{Purpose.REMINDER}' THEN schedule_revision
                ELSE coalesce(sequence, 0) END) AS occasion,
            CASE WHEN left_over <= interval '20 minutes' THEN {Lane.URGENT:d}
                WHEN left_over <= interval '2 hours' THEN {Lane.SOON:d}
                ELSE {Lane.BULK:d} END AS lane
        FROM notifications_wave
        CROSS JOIN LATERAL (SELECT greatest(due_at, statement_timestamp()) AS earliest) AS clock
        CROSS JOIN LATERAL (
            SELECT least(expires_at, min(revision.starts_at)) - earliest AS left_over
            FROM webinars_revision AS revision
            WHERE revision.webinar_id = notifications_wave.webinar_id
                AND revision.starts_at > earliest AND purpose <> '{Purpose.REMINDER}'
        ) AS nearest
        WHERE id = %(wave)s
    )
"""
KEY = "concat_ws(':', person.id, person.epoch, wave.occasion)"
WRITTEN = f"""
    written AS (
        INSERT INTO notifications_delivery (registration_id, wave_id, key, epoch, purpose, lane,
            state, due_at, next_attempt_at, expires_at, tries, deferrals, deaths, ambiguous,
            message_id, seed, sha256, outcome)
        SELECT person.id, wave.id, {KEY}, person.epoch, wave.purpose, wave.lane,
            'ready', wave.due_at, wave.due_at, wave.expires_at, 0, 0, 0, 0,
            '', '', '', ''
        FROM wave, person
        ON CONFLICT (key) DO NOTHING
    )
"""
# Who waits for a place hears only that there is nothing to come to.
MEMBERS = """
    FROM registrations_registration AS member
    WHERE webinar_id = %(webinar)s AND state IN ('active', 'waiting')
        AND (state = 'active' AND active_since < %(active_by)s
            OR %(with_waiting)s AND state = 'waiting')
        AND (%(zone)s = '' OR time_zone = %(zone)s)
        AND (%(is_news)s OR reminders_stopped_at IS NULL)
"""
# Those whom the cursor has not reached, and those whom it has passed.
TO_COME = f"{MEMBERS} AND id > %(cursor)s"
PASSED = f"{MEMBERS} AND (%(is_expanded)s OR id <= %(cursor)s)"
# Without a delivery of this occasion, from whichever wave.
ABSENT = f"NOT EXISTS (SELECT FROM notifications_delivery WHERE key = {KEY})"

NEXT = f"""
    WITH {WAVE}, person AS MATERIALIZED (
        SELECT id, epoch {TO_COME} ORDER BY id LIMIT %(limit)s
    ), {WRITTEN}
    SELECT max(id), count(*) FROM person
"""
STRAGGLERS = f"""
    WITH {WAVE}, changed AS MATERIALIZED (
        SELECT id, epoch {PASSED} AND changed_at > %(since)s
    ), person AS MATERIALIZED (
        SELECT person.id, person.epoch FROM wave, changed AS person WHERE {ABSENT}
    ), {WRITTEN}
    SELECT max(id), count(*) FROM person
"""
FORGOTTEN = f"""
    WITH {WAVE}, person AS (SELECT id, epoch {PASSED} AND changed_at < %(unchanged_since)s)
    SELECT max(person.id), count(*) FROM wave, person WHERE {ABSENT}
"""
LEFT_OUT = f"SELECT max(id), count(*) {TO_COME}"

WAVES_WITH_WAITING = f"{claims.TURNS} SELECT DISTINCT wave FROM turns WHERE wave > 0"


# ---- Whose turn it is ---------------------------------------------------------------------------


def expand_due(*, until: float = inf) -> int:
    """Expand the waves whose time has come, in turns; any number of processes may, at once.

    Stops when all are done or have enough rows waiting, or at `until` (of `time.monotonic()`).
    Returns the rows. A wave never has more than twice `ENOUGH` of them ready, and due.
    """
    return _expand_all(Wave.objects.to_expand(), until)


def feed(*, until: float) -> int:
    """For a sender that finds nothing to do: expand what is due already, as `expand_due` does."""
    return _expand_all(Wave.objects.to_expand().filter(due_at__lte=Now()), until)


def _expand_all(waves: QuerySet[Wave], until: float) -> int:
    total, room = 0, dict[int, int]()  # how many rows more a wave may get by this call
    for wave in _in_turn(waves, room):
        if wave.pk not in room:
            room[wave.pk] = 0 if _has_enough(wave) else ENOUGH
        rows = _expand(wave, min(BATCH, room[wave.pk]))
        room[wave.pk] = room[wave.pk] - rows if rows else 0
        total += rows
        if monotonic() >= until:
            break
    return total


def _in_turn(waves: QuerySet[Wave], room: dict[int, int]) -> Iterator[Wave]:
    """Those that have room, again and again: first the ones that had no turn yet, as they are due;
    then whichever had its last turn longest ago.
    """
    in_turn = waves.order_by(F("expanded_at").asc(nulls_first=True), "due_at", "pk")
    while some := in_turn.exclude(pk__in=[pk for pk, rows in room.items() if not rows])[:ROUND]:
        yield from some


def _has_enough(wave: Wave) -> bool:
    """Whether it has rows waiting, but for those that the relay put off, for some seconds."""
    if not wave.cursor:
        return False
    ready = waiting(wave.pk).filter(next_attempt_at__lte=Greatest(Value(wave.due_at), Now()))
    return ready[ENOUGH - 1 : ENOUGH].exists()


def waiting(wave_id: int) -> QuerySet[Delivery]:
    """The ready deliveries of a wave (0: of none), in the shape that `delivery_ready` answers."""
    deliveries = Delivery.objects.alias(of_wave=Coalesce("wave_id", 0))
    return deliveries.filter(state=Delivery.State.READY, lane__lte=Lane.BULK, of_wave=wave_id)


def waves_with_waiting() -> list[int]:
    """The waves that have ready deliveries."""
    return [row[0] for row in statements.run(WAVES_WITH_WAITING, {"lane": Lane.BULK})]


def neglected(span: timedelta) -> QuerySet[Wave]:
    """Their time came so long ago, none of their rows waits, and nobody writes more of them."""
    untouched = Q(expanded_at=None) | Q(expanded_at__lt=Now() - span)
    late = Wave.objects.to_expand().filter(untouched, expand_at__lt=Now() - span)
    return late.exclude(pk__in=waves_with_waiting())


# ---- One wave -----------------------------------------------------------------------------------


def _expand(wave: Wave, limit: int) -> int:
    """One whose rows do not fit stops no other."""
    try:
        return expand_some(wave.pk, limit) if limit else 0
    except (DataError, IntegrityError) as error:
        alarm(f"Wave {wave.pk} could not be expanded ({type(error).__name__}). It is tried again.")
        return 0


@transaction.atomic
def expand_some(wave_id: int, limit: int = BATCH) -> int:
    """Its next rows; 0 when there are none, or somebody else is at it."""
    # no_key: a plain FOR UPDATE would keep the stragglers' foreign keys waiting.
    free = Wave.objects.to_expand().select_for_update(skip_locked=True, no_key=True)
    wave = free.filter(pk=wave_id).first()
    if wave is None:
        return 0
    last, count = _run(NEXT, wave, limit=limit)
    Wave.objects.filter(pk=wave_id).update(
        cursor=last or max(wave.cursor, 1),
        state=Wave.State.PLANNED if count == limit else Wave.State.EXPANDED,
        expanded_at=Now(),
    )
    return count


def begun() -> QuerySet[Wave]:
    """Live waves that somebody was expanded from."""
    is_begun = Q(state=Wave.State.EXPANDED) | Q(state=Wave.State.PLANNED, cursor__gt=0)
    return Wave.objects.filter(is_begun, expires_at__gt=Now())


def gather_stragglers(waves: QuerySet[Wave], *, since: datetime | None = None) -> int:
    """Add whoever was not there when the cursor passed: registered, or changed zone, meanwhile.

    `since`: who changed before then has been looked at. Returns how many were added.
    """
    changed = Registration.objects.filter(
        webinar=OuterRef("webinar"), changed_at__gt=OuterRef("expand_at") - SLOWEST_COMMIT
    )
    return sum(
        _gather(wave, max(wave.expand_at, since or wave.expand_at))
        for wave in waves.filter(Exists(changed))
    )


def _gather(wave: Wave, since: datetime) -> int:
    return _run(STRAGGLERS, wave, since=since - SLOWEST_COMMIT)[1]


def absent(wave: Wave, *, unchanged_since: datetime) -> int:
    """How many whom an expanded wave has passed have no delivery, though nothing changed since."""
    return _run(FORGOTTEN, wave, unchanged_since=unchanged_since)[1]


def left_out(wave: Wave) -> int:
    """How many members the wave has not come to."""
    return _run(LEFT_OUT, wave)[1]


def _run(statement: str, wave: Wave, **more: int | datetime) -> tuple[int | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "wave": wave.pk,
                "webinar": wave.webinar_id,
                "zone": wave.zone,
                "active_by": wave.active_by,
                "is_news": wave.purpose != Purpose.REMINDER,
                "with_waiting": wave.purpose == Purpose.CANCELLED,
                "is_expanded": wave.state == Wave.State.EXPANDED,
                "cursor": wave.cursor,
                **more,
            },
        )
        last, count = cursor.fetchone()
        return last, count
