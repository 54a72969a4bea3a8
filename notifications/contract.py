"""What the relay allows us, kept over all processes and hosts: connections at once, and a rate.

Both are rows, so nothing has to be shared out when a worker is added, and a lost sender's
connections come back with its deliveries.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from notifications.models import Lane, RelaySlot, Sender

RATE = "the relay's rate"
BUCKET_SECONDS = 0.25

TAKE = """
    WITH free AS MATERIALIZED (
        SELECT number FROM notifications_relayslot
        WHERE sender_id IS NULL AND number > %(kept)s AND number <= %(all)s
        ORDER BY number LIMIT %(wanted)s FOR UPDATE SKIP LOCKED
    )
    UPDATE notifications_relayslot AS slot SET sender_id = %(sender)s
    FROM free WHERE slot.number = free.number
    RETURNING slot.number
"""

# A bucket that holds a quarter of a second's messages, and one more or a few that bulk mail leaves
# to what is urgent. The row holds the instant since which it has been filling.
ALLOW = """
    WITH bucket AS MATERIALIZED (
        SELECT name, greatest(at, statement_timestamp() - %(full)s * interval '1 second') AS since
        FROM notifications_heartbeat WHERE name = %(name)s FOR UPDATE
    ), taken AS MATERIALIZED (
        SELECT name, since, least(%(wanted)s, floor(
            (extract(epoch FROM statement_timestamp() - since) - %(kept)s) * %(rate)s + 1e-6
        )::int) AS number FROM bucket
    )
    UPDATE notifications_heartbeat AS heartbeat
    SET at = since + number * interval '1 second' / %(rate)s
    FROM taken WHERE heartbeat.name = taken.name AND number > 0
    RETURNING number
"""
MAKE = """
    INSERT INTO notifications_heartbeat (name, at)
    VALUES (%(name)s, statement_timestamp() - interval '1 hour') ON CONFLICT DO NOTHING
"""


def take_connections(sender: Sender, *, lane: int) -> int:
    """How many connections this sender may open: they are its own until it ends.

    The first eighth is kept for urgent mail, so that no wave takes the last connection.
    """
    total = settings.RELAY_CONNECTIONS
    kept = 0 if lane == Lane.URGENT or total == 1 else max(1, total // 8)
    number = settings.SENDER_CONNECTIONS
    wanted = {"sender": sender.pk, "kept": kept, "all": total, "wanted": number}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, wanted)
        if not cursor.rowcount and _make_slots(total):
            cursor.execute(TAKE, wanted)
        return int(cursor.rowcount)


def give_connections_back(sender: Sender) -> None:
    """It has closed them, whatever else of it is still in doubt."""
    RelaySlot.objects.filter(sender=sender).update(sender=None)


def allowance(wanted: int, *, lane: int) -> int:
    """How many of the wanted messages may be handed over now; they count as handed over."""
    rate = settings.RELAY_RATE
    if not rate:
        return wanted
    span = max(BUCKET_SECONDS, 1 / rate)  # in seconds of the rate; at least one message
    urgent = max(span / 4, 1 / rate)
    kept = 0 if lane == Lane.URGENT else urgent
    known = {"name": RATE, "rate": rate, "full": span + urgent, "kept": kept}
    with connection.cursor() as cursor:
        cursor.execute(ALLOW, {**known, "wanted": wanted})
        found = cursor.fetchone()
        if found is None:
            cursor.execute(MAKE, known)
    return found[0] if found else 0


def _make_slots(total: int) -> bool:
    """Whether any was missing: at the first use, and after the setting was raised."""
    have = set(RelaySlot.objects.values_list("number", flat=True))
    missing = [RelaySlot(number=each) for each in range(1, total + 1) if each not in have]
    RelaySlot.objects.bulk_create(missing, ignore_conflicts=True)
    return bool(missing)
