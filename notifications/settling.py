"""The ledger's conditional statements after a claim: stamp, settle, defer. Each commits by itself.

They use the database's own clock only (`statement_timestamp()`, as Django's `Now()` does), and
all are by id and sender: a process that lost its lease changes nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from notifications import statements
from notifications.leases import MOST_REPEATS
from notifications.models import Delivery, Sender
from notifications.transport import Answer, Parcel

# The re-check: a row becomes SENDING only while everything that was composed is still true.
# One message of each connection that is about to hand over, in one commit. `coalesce` keeps
# PostgreSQL from looking through all that the sender holds, for each of them. The limit takes
# nothing away: without one it expects a hundred rows, and reads a small table as a whole.
STAMP = """
    UPDATE notifications_delivery AS delivery
    SET state = 'sending', tries = tries + 1, stamped_at = statement_timestamp(),
        revision_id = parcel.revision, registration_version = parcel.version,
        message_id = parcel.message_id, date = parcel.date, seed = parcel.seed,
        sha256 = parcel.sha256
    FROM (
            SELECT * FROM json_to_recordset(%(parcels)s::json) AS parcel(
                id bigint, revision bigint, sequence int, version int, address text,
                message_id text, date timestamptz, seed text, sha256 text
            ) LIMIT %(number)s::int
        ) AS parcel,
        registrations_registration AS registration
    JOIN webinars_webinar AS webinar ON webinar.id = registration.webinar_id
    WHERE delivery.id = parcel.id AND coalesce(delivery.sender_id, 0) = %(sender)s::bigint
        AND delivery.state = 'claimed' AND delivery.expires_at > statement_timestamp()
        AND registration.id = delivery.registration_id
        AND registration.version = parcel.version
        AND CASE delivery.purpose
            WHEN 'address_changed' THEN registration.epoch > delivery.epoch
            WHEN 'registration_cancelled' THEN registration.epoch > delivery.epoch
                OR registration.epoch = delivery.epoch AND registration.state = 'cancelled'
            WHEN 'carer_asked' THEN registration.epoch = delivery.epoch
                AND registration.state = 'asked'
            WHEN 'waitlisted' THEN
                registration.epoch = delivery.epoch AND registration.state = 'waiting'
            WHEN 'cancelled' THEN registration.epoch = delivery.epoch
                AND registration.state IN ('active', 'waiting')
            ELSE registration.epoch = delivery.epoch AND registration.state = 'active' END
        AND webinar.sequence = parcel.sequence
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
            WHERE suppression.address = parcel.address
                AND (suppression.scope = 'all'
                    OR delivery.purpose IN ('reminder', 'recording', 'carer_asked'))
        )
        AND NOT EXISTS (SELECT FROM notifications_ledger WHERE held_since IS NOT NULL)
    RETURNING delivery.id
"""

SETTLE_SENT = """
    UPDATE notifications_delivery AS delivery
    SET state = 'sent', sender_id = NULL, settled_at = statement_timestamp(),
        smtp_code = answer.code, outcome = answer.outcome
    FROM (
        SELECT * FROM json_to_recordset(%(answers)s::json)
            AS answer(id bigint, code smallint, outcome text) LIMIT %(number)s::int
    ) AS answer
    WHERE delivery.id = answer.id AND coalesce(delivery.sender_id, 0) = %(sender)s::bigint
        AND delivery.state IN ('claimed', 'sending')
    RETURNING delivery.id
"""

# Both in one commit: what the relay accepted, and what goes out next on the same connections.
SETTLE_AND_STAMP = f"WITH settled AS ({SETTLE_SENT}) {STAMP}"

Accepted = Sequence[tuple[Parcel, Answer]]

# After a temporary refusal of this one recipient (seconds), the last for ever after.
DEFERRALS = (30, 60, 300, 600, 900)
JITTER = 0.2


class Stamping:
    """A commit that these hand-overs begin, under way; and that what was accepted is settled."""

    def __init__(self, sender: Sender, parcels: Sequence[Parcel], accepted: Accepted = ()) -> None:
        composed = json.dumps([_composed(parcel) for parcel in parcels], default=str)
        number = max(len(parcels), len(accepted))
        known: dict[str, statements.Value] = {
            "sender": sender.pk,
            "parcels": composed,
            "number": number,
        }
        if accepted:
            known["answers"] = _answers(accepted)
        statement = SETTLE_AND_STAMP if accepted else STAMP
        self._statement = statements.UnderWay(statement, known)

    def is_answered(self) -> bool:
        """Whether it is committed, or refused, by now."""
        return self._statement.is_answered()

    def stamped(self) -> set[int]:
        """The deliveries that may go, once that is committed.

        Of the others something that was composed is not true any more, or they are not the
        sender's.
        """
        return {row[0] for row in self._statement.rows()}


def _composed(parcel: Parcel) -> dict[str, object]:
    email = parcel.email
    return {
        "id": parcel.delivery.pk,
        "address": email.address,
        "revision": email.revision.pk,
        "sequence": email.revision.number,
        "version": email.registration_version,
        "message_id": email.message_id,
        "date": email.date,
        "seed": email.seed,
        "sha256": email.sha256,
    }


def settle_sent(sender: Sender, accepted: Accepted) -> None:
    """The relay accepted these. Nothing happens to those that the sender lost meanwhile."""
    answers, number = _answers(accepted), len(accepted)
    statements.run(SETTLE_SENT, {"sender": sender.pk, "answers": answers, "number": number})


def _answers(accepted: Accepted) -> str:
    return json.dumps(
        [
            {"id": parcel.delivery.pk, "code": answer.code, "outcome": answer.text}
            for parcel, answer in accepted
        ]
    )


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


def put_back(sender: Sender, deliveries: Iterable[Delivery], *, after: timedelta) -> None:
    """Nothing was handed over: the deliveries are ready again, after a rest."""
    ids = [delivery.pk for delivery in deliveries]
    Delivery.objects.held().filter(pk__in=ids, sender=sender).update(
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
