"""The whole pipeline: from expanded wave to settled row, by real Celery workers.

Beside it, in turns and against the same sink: (a) a bare smtplib loop with one prebuilt message
of the same size over one kept connection, (b) one Celery task per email. The loop (a) runs as it
is started, and once more on one core together with the sink, which saves it from waking another
core for each command: the most that it could do. A figure of ours runs from the moment that the
workers are told of a due wave to the last settled row; "sending" is from the first stamped row to
the last settled one. A ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import crew as crews
from tests.bench import crowd, database, received
from tests.bench.cpu import Spent, spent
from tests.bench.crew import Crew, Sink
from tests.bench.measure import Figure
from tests.bench.sizes import RUNS, sized
from tests.rig import CELERY, wait_for

OURS = sized(20_000, at_least=200)
BARE = OURS
NAIVE = sized(1_000, at_least=50)
CHECKED = sized(2_000, at_least=100)

CORES = os.sched_getaffinity(0)
ONE_CORE = {min(CORES)}

SPAN = """
    SELECT extract(epoch FROM max(settled_at) - {since}), count(*)
    FROM notifications_delivery WHERE state = 'sent'
"""


@dataclass(frozen=True, slots=True)
class Drained:
    """A wave that is through: mails a second since the bell, and since the first stamp."""

    rate: float
    sending: float
    cpu: Spent


@dataclass(frozen=True, slots=True)
class Round:
    """One after the other: our way, and mails a second in the other two."""

    ours: Drained
    bare: float
    bare_on_one_core: float
    naive: float


def measurements() -> Iterator[Figure]:
    yield from figures(slow_disk=0)


def figures(*, slow_disk: float) -> Iterator[Figure]:
    """With two workers, then with one; commits take `slow_disk` ms longer."""
    with ExitStack() as stack:
        stack.enter_context(database.made_anew())
        if slow_disk:
            commit = stack.enter_context(database.honest_disk(slow_disk))
            yield Figure("a commit", commit * 1000, "{:.2f} ms", at_least=slow_disk)
        sink = stack.enter_context(crews.sinking())
        for workers in (2, 1):
            yield from of_workers(sink, workers)


def of_workers(sink: Sink, workers: int) -> Iterator[Figure]:
    with crews.crew(sink) as crew, tempfile.NamedTemporaryFile() as sample:
        crew.workers(workers)
        mails = checked(crew, workers, Path(sample.name))
        naive_workers(crew)
        naively(crew, CHECKED // 10)
        yield Figure("messages that parse, hashes that match", mails, "{:,.0f}", at_least=CHECKED)
        rounds = [a_round(crew, workers, Path(sample.name)) for _ in range(RUNS)]
    yield from results(f"{workers} worker{'s'[: workers - 1]}", rounds)


def results(who: str, rounds: list[Round]) -> Iterator[Figure]:
    yield Figure(
        f"{who}: from the bell to the last row",
        median(r.ours.rate for r in rounds),
        "{:,.0f}/s",
        beside="each round: " + " ".join(f"{r.ours.rate:,.0f}" for r in rounds),
    )
    yield Figure(f"{who}: sending", median(r.ours.sending for r in rounds), "{:,.0f}/s")
    cpu = rounds[-1].ours.cpu
    yield Figure(
        f"{who}: processor time of a mail",
        cpu.whole / OURS * 1e6,
        "{:,.0f} µs",
        beside=f"{cpu.of_a_mail(OURS)} µs in the last round",
    )
    is_bar = who.startswith("2")
    for name, bar, others in (
        ("(a), a bare smtplib loop", 1.0, [r.bare for r in rounds]),
        ("(a) on one core with the sink", None, [r.bare_on_one_core for r in rounds]),
        ("(b), a task per email", 40.0, [r.naive for r in rounds]),
    ):
        ratios = [r.ours.rate / other for r, other in zip(rounds, others, strict=True)]
        yield Figure(
            f"{who}: times {name}",
            median(ratios),
            "{:.2f}",
            at_least=bar if is_bar else None,
            beside=f"{median(others):,.0f}/s",
        )


def checked(crew: Crew, workers: int, sample: Path) -> int:
    """Warms up; every message is parsed and compared with its row. Keeps one as a sample."""
    with tempfile.NamedTemporaryFile() as kept:
        drained(crew, workers, CHECKED, keep=kept.name)
        mails = received.messages(Path(kept.name))
    received.compare_with_rows(mails)
    typical = sorted(mails, key=len)[len(mails) // 2]
    sample.write_bytes(typical)
    return len(mails)


def a_round(crew: Crew, workers: int, sample: Path) -> Round:
    ours = drained(crew, workers, OURS)
    bare, on_one = (barely(crew, sample, cores) for cores in (CORES, ONE_CORE))
    return Round(ours, bare, on_one, naively(crew, NAIVE))


def barely(crew: Crew, sample: Path, cores: set[int]) -> float:
    """Mails a second of the bare loop, with the sink on the same cores."""
    with crew.sink.on(cores):
        return BARE / float(crews.run("bare.py", crew.smtp_port, BARE, sample))


def drained(crew: Crew, workers: int, mails: int, **manners: object) -> Drained:
    """A wave of so many, from its rows to the last settled one."""
    database.empty()
    crowd.expanded(mails)
    database.settle_down()
    crew.sink.begin(**manners)
    before = spent(crew)
    begin = database.value("SELECT clock_timestamp()")
    crews.wait_quietly(
        lambda: crew.sink.counts().messages >= mails and not crowd.unsettled(),
        f"{mails} mails are through",
        ring=lambda: crew.ring(workers),
    )
    cpu = spent(crew) - before
    at_the_sink = crew.sink.counts().messages
    since_bell, sent = database.row(SPAN.format(since="%s"), begin)
    since_stamp, _sent = database.row(SPAN.format(since="min(stamped_at)"))
    if not at_the_sink == sent == mails:
        raise AssertionError(f"{mails} mails: {at_the_sink} at the sink, {sent} rows say sent")
    crews.fall_silent()
    return Drained(mails / float(since_bell), mails / float(since_stamp), cpu)


def naive_workers(crew: Crew) -> None:
    """A worker with two processes, which listens to nothing yet."""
    crew.start(
        *CELERY,
        *("worker", "--loglevel", "WARNING", "--concurrency", "2", "-Q", "nothing"),
        *("-n", "naive@rig", "--include", "tests.bench.naive"),
    )
    wait_for(lambda: crew.listens("naive@rig"), "the naive worker listens")


def naively(crew: Crew, mails: int) -> float:
    """Mails a second of the usual way; its tasks are all waiting when it begins."""
    ids = crowd.some_deliveries(mails)
    crew.sink.begin()
    for each in ids:
        crew.task("tests.bench.naive.remind", each, queue="naive")
    crew.listen_to("naive", "naive@rig")
    crews.wait_quietly(lambda: crew.sink.counts().messages >= mails, "the naive mails are through")
    crew.listen_to("naive", "naive@rig", no_more=True)
    return crew.sink.counts().rate
