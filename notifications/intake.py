"""What one sender has claimed and not begun: how many at a time, and when again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from time import monotonic

from django.conf import settings

from notifications import claims, expansion
from notifications.models import Delivery, Lane, Sender

MOST = 500  # a claim
QUICK_SECONDS, SLOW_SECONDS = 0.04, 0.12  # from one claim to the next
LOOK_SECONDS = 0.2  # between two claims that found nothing
FEED_SECONDS = 1
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Intake:
    """A queue of claimed deliveries, filled before it is empty.

    `at` is the database's clock when it was filled last: a process's own may be wrong.
    """

    def __init__(self, sender: Sender, lane: int, connections: int) -> None:
        self.sender, self.lane, self.connections = sender, lane, connections
        self.waiting: deque[Delivery] = deque()
        self.at = LONG_AGO
        self._common = claims.Common()
        self._limit = self._least = 2 * connections  # of the next claim
        self._claimed_at = monotonic()
        self._is_plenty = False  # the last claim found more than goes out at once
        self._look_at = 0.0  # when a claim may find something again

    def is_low(self) -> bool:
        """Whether to fill it now: nobody is to wait for a claim, while there is plenty."""
        if monotonic() < self._look_at:
            return False
        return not self.waiting or (self._is_plenty and len(self.waiting) < self.connections)

    def fill(self) -> None:
        """Claim the next ones."""
        batch = self._claimed()
        if not batch.deliveries and self._has_fed():
            batch = self._claimed()
        if not batch.deliveries:
            self._look_at = monotonic() + LOOK_SECONDS
        self._take(batch)

    def fill_alone(self) -> None:
        """Claim one of those that senders died of."""
        self._take(claims.claim_alone(self.sender, lane=self.lane))

    def give_back(self, others: Iterable[Delivery] = ()) -> None:
        """What waits here, and those, were not begun: somebody else may have them."""
        self.waiting.extend(others)
        if self.waiting:
            claims.give_back(self.sender, self.waiting)
            self.waiting.clear()

    def something_changed(self) -> None:
        """What webinars and waves were known to say is read again, and claimed again at once."""
        self._common.forget()
        self._look_at = 0.0

    def _take(self, batch: claims.Batch) -> None:
        self.waiting.extend(batch.deliveries)
        self._is_plenty = len(batch.deliveries) > self.connections
        self.at = batch.at

    def _claimed(self) -> claims.Batch:
        limit = self._next_limit()
        return claims.claim(self.sender, lane=self.lane, limit=limit, common=self._common)

    def _next_limit(self) -> int:
        """What it sends in a moment: more would be kept from others, less would cost more."""
        took, self._claimed_at = monotonic() - self._claimed_at, monotonic()
        if took < QUICK_SECONDS:
            self._limit = min(2 * self._limit, MOST)
        elif took > SLOW_SECONDS:
            self._limit = max(self._limit // 2, self._least)
        rate = settings.RELAY_RATE
        return max(1, min(self._limit, round(rate * 2))) if rate else self._limit

    def _has_fed(self) -> bool:
        """Large waves are written down bit by bit: whether there was another bit that is due."""
        is_bulk = self.lane == Lane.BULK
        return is_bulk and expansion.feed(until=monotonic() + FEED_SECONDS) > 0
