"""Whether this ledger may send: one that was restored or copied hands over nothing by itself.

The row `Ledger` notes where the deliveries are kept; in a restored backup it names another place,
or an earlier time. Then everything is held until an operator says what to do: see `resuming`.
Who asks is `outbox`.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from notifications.alarms import alarm
from notifications.models import Ledger

log = logging.getLogger(__name__)

SEEN_EVERY = timedelta(minutes=1)
OUTAGE = timedelta(minutes=10)  # of an ordinary failover, at most

# The server itself, where it may be asked. The timeline grows with every promotion and with every
# recovery to a point in time; a failed-over standby and a restored backup both have a new one.
SERVER = """
    (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN NOT pg_is_in_recovery() THEN
        ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint END
"""
UNKNOWN_SERVER = "NULL::bigint, NULL::bigint"
# Every dump that is restored, with --clean too, makes the table anew; CREATE DATABASE … TEMPLATE
# copies it into another database.
LOOK = """
    SELECT (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
        'notifications_delivery'::regclass::oid::bigint, {server},
        ledger.site, ledger.database, ledger.deliveries, ledger.system, ledger.timeline,
        ledger.held_since IS NOT NULL, statement_timestamp() - ledger.seen_at
    FROM (VALUES (1)) AS one LEFT JOIN notifications_ledger AS ledger ON true
"""
# While a dump is being restored there is an empty table without a key: this fails then, as it
# should. A row written at that moment would say that the ledger is at home.
NOTE_FIRST = """
    INSERT INTO notifications_ledger
        (number, site, database, deliveries, system, timeline, seen_at, reason)
    VALUES (1, %s, %s, %s, %s, %s, statement_timestamp(), '') ON CONFLICT (number) DO NOTHING
"""


class Place(NamedTuple):
    """Where a ledger is kept. None: this server does not tell."""

    site: str | None
    database: int | None
    deliveries: int | None
    system: int | None
    timeline: int | None


MOVES = (
    ("system", "It is on another PostgreSQL server than before: restored, copied or upgraded."),
    ("database", "It is in another database than before: this is a copy."),
    ("deliveries", "It was restored from a dump."),
)
BACK_IN_TIME = "PostgreSQL was recovered to an earlier point in time."
OTHER_SITE = "The ledger is another site's (SITE_URL): this is a copy, or the site has moved."
WHAT_NOW = "An operator must say what to do: manage.py resume"


# ---- Noticing -----------------------------------------------------------------------------------


def is_held() -> bool:
    """Whether nothing may be handed over. Quick: asked before each drain.

    Notices by itself that the ledger is not where it was, and holds it then.
    """
    here, noted, is_held, ago = _look()
    if ago is None:
        _note_first(here)
        return False
    if is_held:
        return True
    if reason := _move(noted, here, ago):
        hold(reason)
        return True
    if noted.site != here.site:
        log.error("nothing goes out from here: the ledger is another site's")
        return True  # for this process alone: the other site's may be quite right to send
    if ago > SEEN_EVERY:
        _note_again(noted, here)
    return False


def _look() -> tuple[Place, Place, bool, timedelta | None]:
    """Where we are, what the ledger says of it, and how long ago; None: nothing yet."""
    server = SERVER if _server_tells() else UNKNOWN_SERVER
    with connection.cursor() as cursor:
        cursor.execute(LOOK.format(server=server))
        row = cursor.fetchone()
    return Place(settings.SITE_HOST, *row[:4]), Place(*row[4:9]), row[9], row[10]


@cache
def _server_tells() -> bool:
    """Whether this PostgreSQL says which server it is; some hosts do not let one ask."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {SERVER}")
    except DatabaseError as error:
        # 42501 not allowed, 42883 and 0A000 not there, 55000 not in this state.
        if getattr(error.__cause__, "sqlstate", None) in ("42501", "42883", "0A000", "55000"):
            return False
        raise
    return True


def _move(noted: Place, here: Place, ago: timedelta) -> str:
    """Why this is not the place that the ledger was in; empty when it is."""
    for part, reason in MOVES:
        was, now = getattr(noted, part), getattr(here, part)
        if None not in (was, now) and was != now:
            return reason
    is_another_line = (
        None not in (noted.timeline, here.timeline) and noted.timeline != here.timeline
    )
    return BACK_IN_TIME if is_another_line and ago > OUTAGE else ""


def _note_first(here: Place) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOTE_FIRST, here)


def _note_again(noted: Place, here: Place) -> None:
    """That it is still in place, after a failover too; unless somebody holds it meanwhile."""
    unchanged = Ledger.objects.filter(**noted._asdict(), held_since=None)
    known = {part: value for part, value in here._asdict().items() if value is not None}
    unchanged.update(**known, seen_at=Now())


# ---- Holding ------------------------------------------------------------------------------------


def hold(reason: str) -> None:
    """Let nothing go out, in any process, from its next drain on, until `resume`.

    One that is held already stays as it is.
    """
    _note_first(_look()[0])
    if Ledger.objects.filter(held_since=None).update(held_since=Now(), reason=reason):
        alarm(why_held())


def release() -> None:
    """What is in this ledger may go out again, from where it is now."""
    Ledger.objects.update(**_look()[0]._asdict(), seen_at=Now(), held_since=None, reason="")


def why_held() -> str:
    """Since when and why nothing goes out, as a sentence; empty while it does."""
    ledger = Ledger.objects.first()
    if ledger is None:
        return ""
    if ledger.held_since:
        since = f"{ledger.held_since:%Y-%m-%d %H:%M} UTC"
        return f"No email goes out since {since}. {ledger.reason} {WHAT_NOW}"
    if ledger.site != settings.SITE_HOST:
        return f"No email goes out. {OTHER_SITE} {WHAT_NOW}"
    return ""
