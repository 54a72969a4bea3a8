"""Waves become deliveries: `expand_due`, against a plain INSERT … SELECT into a copy.

A large wave is written down bit by bit, the next one when the one before has gone out: here it
goes out at once, unmeasured. The copy has the same columns and indexes, and no foreign keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from notifications import expansion
from notifications.models import Delivery, Wave
from tests.bench import crowd, database
from tests.bench.measure import Figure
from tests.bench.sizes import RUNS, sized

PEOPLE = sized(200_000, at_least=1_000)
BAR = 50_000
COPY = "bench_copy"


def measurements() -> Iterator[Figure]:
    with database.made_anew():
        database.execute(f"CREATE TABLE {COPY} (LIKE notifications_delivery INCLUDING ALL)")
        waves = len(crowd.due_waves(PEOPLE))
        database.settle_down()
        rounds = [(PEOPLE / ours(), PEOPLE / plain()) for _ in range(RUNS)]
    found, baseline = (median(each) for each in zip(*rounds, strict=True))
    ratio = median(mine / bare for mine, bare in rounds)
    yield Figure(
        f"{PEOPLE:,} rows expanded, waves: {waves}",
        found,
        "{:,.0f} rows/s",
        at_least=BAR,
        beside=f"plain INSERT … SELECT: {baseline:,.0f} rows/s; ratio {ratio:.2f}",
    )


def ours() -> float:
    """The seconds that it takes, from the planned waves to all their rows."""
    database.execute("TRUNCATE notifications_delivery CASCADE")
    begun = Wave.objects.filter(cursor__gt=0)
    begun.update(state=Wave.State.PLANNED, cursor=0, expanded_at=None)
    database.execute("CHECKPOINT")
    took, written = 0.0, 0
    while written < PEOPLE:
        Delivery.objects.filter(state=Delivery.State.READY).update(state=Delivery.State.SENT)
        begin = perf_counter()
        more = expansion.expand_due()
        took += perf_counter() - begin
        written += more
        if not more:
            raise AssertionError(f"{written} rows for {PEOPLE} people, and no more")
    return took


def plain() -> float:
    database.execute(f"TRUNCATE {COPY}")
    database.execute("CHECKPOINT")
    first = Delivery.objects.earliest("pk")
    begin = perf_counter()
    crowd.copies(
        first,
        "registrations_registration AS person",
        {"registration_id": "person.id", "key": "person.id || ':0:reminder'"},
        into=COPY,
    )
    return perf_counter() - begin
