"""What one sender has claimed and not begun: how many at a time, and when again."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from time import monotonic

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from notifications import claims, expansion, statements
from notifications.models import Delivery, Lane, Sender
from notifications.recording import AWAY

log = logging.getLogger(__name__)

MOST = 500  # a claim
A_FEW = 16  # rows that become deliveries at once
QUICK_SECONDS, SLOW_SECONDS = 0.04, 0.12  # from one claim to the next
LOOK_SECONDS = 0.2  # between two claims that found nothing
FEED_SECONDS = 1
WITHOUT_SECONDS = 30  # a connection for what is claimed ahead
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Intake:
    """A queue of claimed deliveries, filled before it is empty.

    What is claimed ahead is claimed over a connection of its own: the outbox's stamps meanwhile,
    and nobody waits for either. `at` is the database's clock when it was filled last: a process's
    own may be wrong.
    """

    def __init__(self, sender: Sender, lane: int, connections: int) -> None:
        self.sender, self.lane, self.connections = sender, lane, connections
        self.at = LONG_AGO
        self._made: deque[Delivery] = deque()
        self._batches: deque[claims.Batch] = deque()  # of which nothing is made yet, or not all
        self._ahead: claims.Claiming | None = None
        self._line: BaseDatabaseWrapper | None = None  # that it goes over
        self._ahead_at = 0.0  # when one may be begun again
        self._common = claims.Common()
        self._limit = self._least = 2 * connections  # of the next claim
        self._claimed_at = monotonic()
        self._is_plenty = False  # the last claim found more than goes out at once
        self._look_at = 0.0  # when a claim may find something again

    def __len__(self) -> int:
        """How many wait here: claimed, and not begun."""
        return len(self._made) + sum(map(len, self._batches))

    def next(self) -> Delivery | None:
        """The one to begin with; None when nothing waits."""
        if not self._made:
            self._make(A_FEW)
        return self._made.popleft() if self._made else None

    def not_begun(self, delivery: Delivery) -> None:
        """It is the next one still."""
        self._made.appendleft(delivery)

    def is_low(self) -> bool:
        """Whether to fill it now: nobody is to wait for a claim, while there is plenty."""
        if self._ahead is not None:
            return not len(self) or self._ahead.is_answered()
        if monotonic() < self._look_at:
            return False
        is_early = len(self) >= self.connections or monotonic() < self._ahead_at
        return not len(self) or (self._is_plenty and not is_early)

    def fill(self) -> None:
        """Claim the next ones, or begin to, where some wait yet."""
        if self._ahead is not None:
            self._take_what_is_ahead()
        elif len(self):
            self._begin_ahead()
        if not len(self):
            self._fill_now()

    def fill_alone(self) -> None:
        """Claim one of those that senders died of."""
        self._take(claims.claim_alone(self.sender, lane=self.lane))

    def give_back(self, others: Iterable[Delivery] = ()) -> None:
        """What waits here, and those, were not begun: somebody else may have them."""
        self._made.extend(others)
        if self._ahead is not None:
            self._take_what_is_ahead()
        ids = [delivery.pk for delivery in self._made]
        for batch in self._batches:
            ids += batch.ids()
        if ids:
            claims.give_back(self.sender, ids)
        self._made.clear()
        self._batches.clear()

    def close(self) -> None:
        """A claim that is under way ends first: whoever takes back what the sender holds finds
        all of it.
        """
        if self._line is not None:
            line, self._line = self._line, None
            statements.wait_for_what_is_under_way(line)
            line.close()

    def something_changed(self) -> None:
        """What webinars and waves were known to say is read again, and claimed again at once."""
        self._common.forget()
        self._look_at = 0.0

    def _fill_now(self) -> None:
        batch = self._claiming().batch()
        if not len(batch) and self._has_fed():
            batch = self._claiming().batch()
        if not len(batch):
            self._look_at = monotonic() + LOOK_SECONDS
        self._take(batch)

    def _begin_ahead(self) -> None:
        """Where PostgreSQL has no connection to spare, do without for a while."""
        try:
            self._ahead = self._claiming(self._own_line())
        except AWAY as error:
            log.warning("nothing is claimed ahead (%s)", type(error).__name__)
            self._ahead_at = monotonic() + WITHOUT_SECONDS
            self.close()

    def _take_what_is_ahead(self) -> None:
        assert self._ahead is not None  # noqa: S101 - the caller has looked
        try:
            batch = self._ahead.batch()
        except Exception:
            self._ahead = None  # what it took comes back with the sender's end
            raise
        self._ahead = None
        self._take(batch)

    def _take(self, batch: claims.Batch) -> None:
        self._is_plenty = len(batch) > self.connections
        self._batches.append(batch)
        self.at = batch.at

    def _make(self, most: int) -> None:
        """Deliveries of the next rows."""
        while self._batches and not self._batches[0]:
            self._batches.popleft()
        if self._batches:
            self._made.extend(self._batches[0].take(most))

    def _claiming(self, on: BaseDatabaseWrapper | None = None) -> claims.Claiming:
        limit = self._next_limit()
        return claims.Claiming(self.sender, lane=self.lane, limit=limit, common=self._common, on=on)

    def _own_line(self) -> BaseDatabaseWrapper:
        """Made when it is needed: a few confirmations are sent without."""
        if self._line is None:
            self._line = connection.copy()
        return self._line

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
