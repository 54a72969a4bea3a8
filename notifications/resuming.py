"""What an operator may say of mail that is held: all of it goes out, or only what is newer.

That it is held, and why, is `restoring`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Now

from notifications import expansion, restoring, sweeping
from notifications.models import Delivery, Ledger, Wave
from webinars import times

log = logging.getLogger(__name__)

BATCH = 5_000
ERASE_AGAIN = (
    "A restored backup brings back whoever was erased since. First erase them again: "
    "manage.py erasures --replay FILE"
)
MAYBE_SENT = "it may have gone out before the restore"

State = Delivery.State


@dataclass(frozen=True, slots=True)
class Held:
    """What waits for an operator's word."""

    in_place_at: datetime  # the ledger's last known moment, which is a restored backup's age
    due: int
    oldest_at: datetime | None
    begun: int  # of those that are due: their hand-over had begun, and was not settled
    waves: int  # due, and nobody is written down yet


def held() -> Held:
    """Counts; call it while everything is held."""
    unsettled = _unsettled().filter(due_at__lte=Now(), expires_at__gt=Now())
    counts = unsettled.aggregate(
        due=Count("pk"),
        oldest_at=Min("due_at"),
        begun=Count("pk", filter=Q(tries__gt=0)),
    )
    return Held(
        in_place_at=Ledger.objects.get().seen_at,
        waves=Wave.objects.to_expand().filter(due_at__lte=Now()).count(),
        **counts,
    )


class Refused(Exception):
    """Everything stays held, and why."""


def resume(*, sent_until: datetime | None = None) -> int:
    """Send again, from here on. Returns how many messages are not sent because of `sent_until`.

    What was due by then is SKIPPED: it may have gone out before the restore. Raises `Refused`,
    for an instant to come or where something is in the way. May be repeated where it was
    interrupted: nothing goes out before the end of it.
    """
    if sent_until and sent_until > times.now():
        raise Refused("That instant is yet to come: nothing due after now can have gone out.")
    skipped = _skip_until(sent_until) if sent_until else 0
    restoring.release()
    log.warning("mail goes out again; %s deliveries were passed over", skipped)
    return skipped


def _skip_until(instant: datetime) -> int:
    """All of it must be written down first, or it would be written down, and sent, later."""
    backed_up_at = Ledger.objects.get().seen_at
    sweeping.repair()
    total = _skip(instant, backed_up_at)
    due, before = _to_expand(instant), set[int]()
    while due:
        written = expansion.expand_due()
        skipped = _skip(instant, backed_up_at)
        if not written and not skipped and due == before:
            raise Refused(f"Wave {min(due)} could not be written down now. Try it again.")
        total += skipped
        due, before = _to_expand(instant), due
    # Nobody was written down from these, and now it is too late to: they went out in their time.
    missed = Wave.objects.filter(state=Wave.State.MISSED, due_at__lte=instant)
    missed.filter(expires_at__gt=backed_up_at).update(state=Wave.State.SUPERSEDED)
    return total


def _to_expand(instant: datetime) -> set[int]:
    return set(Wave.objects.to_expand().filter(due_at__lte=instant).values_list("pk", flat=True))


def _skip(instant: datetime, backed_up_at: datetime) -> int:
    """What was due by then and not settled at the backup; it may have expired since."""
    expired = Delivery.objects.filter(state=State.EXPIRED, settled_at__gt=backed_up_at)
    rows = (_unsettled() | expired).filter(due_at__lte=instant)
    return sum(
        rows.filter(pk__in=batch).update(
            state=State.SKIPPED, sender=None, settled_at=Now(), outcome=MAYBE_SENT
        )
        for batch in _batches(rows)
    )


def _unsettled() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state__in=[State.READY, State.CLAIMED, State.SENDING])


def _batches(rows: QuerySet[Delivery]) -> Iterator[list[int]]:
    """No statement holds a million rows."""
    last = 0
    while batch := list(
        rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        yield batch
        last = batch[-1]
