"""The ledger's conditional statements: claim, stamp, settle. Each commits by itself.

They use the database's own clock only (`statement_timestamp()`, as Django's `Now()` does).
"""

from __future__ import annotations

import random
from datetime import timedelta

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from notifications.emails import Email
from notifications.leases import ALONE_AFTER, MOST_REPEATS
from notifications.models import Delivery, Sender

# One statement: pick what is ready, skip what others hold, and make it ours.
CLAIM = """
    WITH picked AS MATERIALIZED (
        SELECT id FROM notifications_delivery
        WHERE state = 'ready' AND lane <= %(lane)s AND deaths BETWEEN %(least)s AND %(most)s
            AND next_attempt_at <= statement_timestamp() AND expires_at > statement_timestamp()
        ORDER BY lane, next_attempt_at LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ), at_work AS (
        UPDATE notifications_sender SET claimed_at = statement_timestamp() WHERE id = %(sender)s
    )
    UPDATE notifications_delivery AS delivery SET state = 'claimed', sender_id = %(sender)s
    FROM picked WHERE delivery.id = picked.id
    RETURNING delivery.id
"""

# The re-check: the row becomes SENDING only while everything that was composed is still true.
STAMP = """
    UPDATE notifications_delivery AS delivery
    SET state = 'sending', tries = tries + 1, stamped_at = statement_timestamp(),
        revision_id = %(revision)s, registration_version = %(version)s,
        message_id = %(message_id)s, date = %(date)s, seed = %(seed)s, sha256 = %(sha256)s
    FROM registrations_registration AS registration
    JOIN webinars_webinar AS webinar ON webinar.id = registration.webinar_id
    WHERE delivery.id = %(delivery)s AND delivery.sender_id = %(sender)s
        AND delivery.state = 'claimed' AND delivery.expires_at > statement_timestamp()
        AND registration.id = delivery.registration_id
        AND registration.version = %(version)s
        AND CASE delivery.purpose
            WHEN 'address_changed' THEN registration.epoch > delivery.epoch
            WHEN 'registration_cancelled'
                THEN registration.epoch = delivery.epoch AND registration.state = 'cancelled'
            ELSE registration.epoch = delivery.epoch AND registration.state = 'active' END
        AND webinar.sequence = %(sequence)s
        AND CASE delivery.purpose
            WHEN 'address_changed' THEN true
            WHEN 'registration_cancelled' THEN true
            WHEN 'cancelled' THEN webinar.state = 'cancelled'
            ELSE webinar.state = 'published' END
        AND NOT EXISTS (
            SELECT FROM notifications_wave AS wave
            WHERE wave.id = delivery.wave_id AND (
                wave.state = 'superseded'
                OR wave.purpose = 'reminder'
                    AND wave.schedule_revision <> webinar.schedule_revision
                OR wave.purpose <> 'reminder' AND wave.sequence <> webinar.sequence)
        )
        AND NOT EXISTS (
            SELECT FROM notifications_suppression AS suppression
            WHERE suppression.address = %(address)s
                AND (suppression.scope = 'all' OR delivery.purpose = 'reminder')
        )
"""

# After a temporary refusal of this one recipient (seconds), the last for ever after.
DEFERRALS = (30, 60, 300, 600, 900)
JITTER = 0.2


def claim(sender: Sender, *, lane: int, limit: int) -> list[int]:
    """Make up to `limit` ready deliveries of this lane or a more urgent one the sender's."""
    return _claim(sender, lane, limit, least=0, most=ALONE_AFTER - 1)


def claim_alone(sender: Sender, *, lane: int) -> list[int]:
    """One of those that two senders died of: it may be the poison, and must harm no other."""
    return _claim(sender, lane, 1, least=ALONE_AFTER, most=32_767)


def give_back(sender: Sender) -> None:
    """What was claimed and not begun is ready again, unharmed."""
    Delivery.objects.filter(sender=sender, state=Delivery.State.CLAIMED).update(
        state=Delivery.State.READY, sender=None
    )


def _claim(sender: Sender, lane: int, limit: int, *, least: int, most: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {"sender": sender.pk, "lane": lane, "limit": limit, "least": least, "most": most},
        )
        return [row[0] for row in cursor.fetchall()]


def stamp(delivery: Delivery, sender: Sender, email: Email) -> bool:
    """Commit that this hand-over begins. False when what was composed is not true any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            STAMP,
            {
                "delivery": delivery.pk,
                "sender": sender.pk,
                "revision": email.revision.pk,
                "sequence": email.revision.number,
                "version": email.registration_version,
                "address": delivery.address,
                "message_id": email.message_id,
                "date": email.date,
                "seed": email.seed,
                "sha256": email.sha256,
            },
        )
        return bool(cursor.rowcount)


def settle(
    delivery: Delivery,
    sender: Sender,
    state: Delivery.State,
    *,
    code: int | None = None,
    outcome: str = "",
) -> None:
    """End a delivery. Does nothing when the sender has lost it meanwhile."""
    _mine(delivery, sender).update(
        state=state, sender=None, settled_at=Now(), smtp_code=code, outcome=outcome
    )


def put_back(delivery: Delivery, sender: Sender, *, after: timedelta) -> None:
    """Nothing was handed over: the delivery is ready again, after a rest."""
    _mine(delivery, sender).update(
        state=Delivery.State.READY, sender=None, next_attempt_at=Now() + after
    )


def defer(delivery: Delivery, sender: Sender, *, code: int | None, outcome: str) -> None:
    """Later, and later still: the relay said so of this recipient, or our own code failed."""
    seconds = DEFERRALS[min(delivery.deferrals, len(DEFERRALS) - 1)]
    rest = timedelta(seconds=seconds * random.uniform(1, 1 + JITTER))  # noqa: S311 - jitter
    _mine(delivery, sender).update(
        state=Delivery.State.READY,
        sender=None,
        deferrals=F("deferrals") + 1,
        next_attempt_at=Now() + rest,
        smtp_code=code,
        outcome=outcome,
    )


def offer_again(delivery: Delivery, sender: Sender, *, outcome: str) -> None:
    """The answer was lost after the final dot: offer it once more, twice at most."""
    mine = _mine(delivery, sender)
    if delivery.ambiguous >= MOST_REPEATS:
        settle(
            delivery, sender, Delivery.State.FAILED, outcome=f"after unknown hand-overs: {outcome}"
        )
        return
    mine.update(
        state=Delivery.State.READY,
        sender=None,
        ambiguous=F("ambiguous") + 1,
        next_attempt_at=Now() + timedelta(seconds=DEFERRALS[0]),
        outcome=outcome,
    )


def _mine(delivery: Delivery, sender: Sender) -> QuerySet[Delivery]:
    return Delivery.objects.held().filter(pk=delivery.pk, sender=sender)
