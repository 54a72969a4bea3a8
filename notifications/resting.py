"""What is left alone for a while: the relay when it fails, a domain that defers or is slow.

Rests are rows, so every process keeps them. How a single delivery waits is `settling.defer`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from time import monotonic

from django.db.models.functions import Now

from notifications import heartbeats
from notifications.models import Heartbeat
from notifications.transport import Answer, Parcel, Verdict

RELAY = "the relay rests until"
RELAY_REST = timedelta(seconds=10)

DOMAIN = "rests until: "
DOMAIN_REST = timedelta(seconds=60)
DEFERRALS_IN_A_ROW = 3
SLOW_SECONDS = 0.25  # a domain is slow that takes longer, and much longer than others
SLOW_AT_FIRST_SECONDS = 5  # before anything was answered
SLOW_REST = timedelta(seconds=10)
MUCH_LONGER = 4
SHARE = 4  # of a slow domain: one connection in so many


def rest_relay() -> None:
    """Every process leaves the relay alone."""
    heartbeats.rest(RELAY, RELAY_REST)


def relay_rests() -> bool:
    return heartbeats.rests(RELAY)


def forget_domains() -> int:
    """Remove the rests that are long over."""
    old = Heartbeat.objects.filter(name__startswith=DOMAIN, at__lt=Now() - timedelta(days=1))
    return old.delete()[0]


class Domains:
    """How the recipients' domains behave, as one sender sees it."""

    def __init__(self, connections: int) -> None:
        self.share = max(1, connections // SHARE)
        self.resting: set[str] = set()
        self.deferred: Counter[str] = Counter()  # in a row
        self.begun: defaultdict[str, dict[Parcel, float]] = defaultdict(dict)
        self.usual = 0.0  # seconds that an answer takes

    def refresh(self) -> None:
        """Learn which ones rest, whoever asked for it."""
        names = Heartbeat.objects.filter(name__startswith=DOMAIN, at__gt=Now())
        self.resting = set(names.values_list("name", flat=True))

    def rest(self, address: str) -> timedelta | None:
        """How long a message to this address is to wait; None when it may go now.

        A slow domain keeps a part of the connections busy, never all of them.
        """
        name = _name(address)
        begun = self.begun.get(name, {})
        if len(begun) >= self.share:
            oldest = next(iter(begun.values()))
            if monotonic() - oldest > self._slow_seconds():
                return SLOW_REST
        return DOMAIN_REST if name in self.resting else None

    def began(self, parcel: Parcel) -> None:
        self.begun[_name(parcel.email.recipient)][parcel] = monotonic()

    def ended(self, parcel: Parcel, answer: Answer | None = None) -> None:
        """Answered, or called off."""
        name = _name(parcel.email.recipient)
        began = self.begun[name].pop(parcel, monotonic())
        if not self.begun[name]:
            del self.begun[name]
        if answer is None:
            return
        if answer.verdict is Verdict.ACCEPTED:
            took = monotonic() - began
            self.usual = self.usual + (took - self.usual) / 10 if self.usual else took
            self.deferred.pop(name, None)
        elif answer.verdict is Verdict.DEFERRED:
            self._defers(name)

    def oldest(self) -> float:
        """Since when the longest has been under way; now, when nothing is."""
        firsts = (next(iter(begun.values())) for begun in self.begun.values())
        return min(firsts, default=monotonic())

    def _slow_seconds(self) -> float:
        if not self.usual:
            return SLOW_AT_FIRST_SECONDS
        return max(SLOW_SECONDS, self.usual * MUCH_LONGER)

    def _defers(self, name: str) -> None:
        self.deferred[name] += 1
        if self.deferred[name] >= DEFERRALS_IN_A_ROW:
            self.resting.add(name)
            heartbeats.rest(name, DOMAIN_REST)


def _name(address: str) -> str:
    """The row's name: the domain, as far as it fits."""
    return (DOMAIN + address.rpartition("@")[2].lower())[:60]
