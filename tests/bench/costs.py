"""Where the time goes: one drain in this process, without and then with a profiler.

Of a statement counts what we spend on sending it and waiting for it. The profiler's shares
are of wall time, too; what C functions and the standard library take counts for whoever calls them.
"""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, perf_counter

from django.test import override_settings

from notifications import outbox
from tests.bench import crew as crews
from tests.bench import crowd, database
from tests.bench.measure import Figure
from tests.bench.sizes import sized

MAILS = sized(5_000, at_least=200)
LONGEST = 600

# The first of these that a statement contains names it.
STATEMENTS = (
    ("SKIP LOCKED", "claim"),
    ("'sending', tries", "stamp"),
    ("SET state = 'sent'", "settle"),
    ("SELECT", "load and look"),
    ("", "all others"),
)
# The first of these that a file's path contains names the work.
WORK = (
    ("/notifications/emails/", "compose"),
    ("/registrations/", "compose"),
    ("/webinars/", "compose"),
    ("/django/template/", "compose"),
    ("/django/core/mail/", "compose"),
    ("/email/", "compose"),
    ("/notifications/transport", "speak SMTP, wait for the relay"),
    ("/django/db/models/", "rows into objects"),
    ("/django/db/backends/", "statements: send, wait, receive"),
    ("/psycopg", "statements: send, wait, receive"),
    ("/notifications/", "the outbox's own loop and statements"),
)
ELSE = "the rest"

Function = tuple[str, int, str]
Callers = dict[Function, tuple[int, int, float, float]]
Stats = dict[Function, tuple[int, int, float, float, Callers]]


def measurements() -> Iterator[Figure]:
    with ExitStack() as stack:
        stack.enter_context(database.made_anew())
        sink = stack.enter_context(crews.sinking())
        stack.enter_context(override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=sink.port))
        prepared(MAILS // 10)
        drained(MAILS // 10)
        yield from statements()
        yield from profile()


def prepared(mails: int) -> None:
    database.empty()
    crowd.expanded(mails)
    database.settle_down()


def drained(mails: int) -> float:
    """The seconds that one drain takes for so many."""
    begin = perf_counter()
    worked_on = outbox.drain(until=monotonic() + LONGEST)
    took = perf_counter() - begin
    if worked_on != mails or crowd.unsettled():
        raise AssertionError(f"{worked_on} of {mails} were drained")
    return took


def statements() -> Iterator[Figure]:
    seconds: Counter[str] = Counter()
    number: Counter[str] = Counter()

    def note(statement: str, took: float) -> None:
        name = next(name for words, name in STATEMENTS if words in statement)
        seconds[name] += took
        number[name] += 1

    prepared(MAILS)
    with database.statements_timed(note):
        took = drained(MAILS)
    yield Figure("a mail, in all", took / MAILS * 1e6, "{:,.1f} µs", beside=f"{MAILS:,} mails")
    for name, found in seconds.most_common():
        share = f"{found / took:.0%} of the time; {number[name]:,} statements"
        yield Figure(f"SQL: {name}", found / MAILS * 1e6, "{:,.1f} µs", beside=share)


def profile() -> Iterator[Figure]:
    prepared(MAILS)
    with cProfile.Profile() as profiler:
        drained_in = drained(MAILS)
    yield Figure("with the profiler: a mail", drained_in / MAILS * 1e6, "{:,.1f} µs")
    yield from by_work(pstats.Stats(profiler).stats)  # type: ignore[attr-defined]


def by_work(stats: Stats) -> Iterator[Figure]:
    total: dict[str, float] = defaultdict(float)
    for function, (_calls, _all, own, _with_callees, _callers) in stats.items():
        for name, share in shares(function, stats, frozenset()).items():
            total[name] += own * share
    everything = sum(total.values())
    for name, seconds in sorted(total.items(), key=lambda item: -item[1]):
        yield Figure(f"work: {name}", seconds / everything, "{:.1%}")


def shares(function: Function, stats: Stats, below: frozenset[Function]) -> dict[str, float]:
    """Whose work a function does: its file's, or else its callers', as much as each called it."""
    path = Path(function[0]).as_posix()
    for fragment, name in WORK:
        if fragment in path and "/tests/" not in path:
            return {name: 1.0}
    found: dict[str, float] = defaultdict(float)
    callers = {
        caller: numbers[2] for caller, numbers in stats[function][4].items() if caller not in below
    }
    total = sum(callers.values())
    for caller, own in callers.items():
        for name, share in shares(caller, stats, below | {function}).items():
            found[name] += share * (own / total if total else 1 / len(callers))
    return found or {ELSE: 1.0}
