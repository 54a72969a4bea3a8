"""A relay that takes 20 ms to answer: what of its connections' worth is used.

Each group of commands is answered 20 ms after it came, as by a relay that is far away; so a
connection can carry 50 messages a second at most. The rate is the sink's own, from the first
message to the last; the connections are the most that it saw at once. In turns with it: a sender
that has no database and promises nothing. The last line is of a relay that takes 20 ms over each
single command: four times per message.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from tests.bench import crew as crews
from tests.bench import database, pipeline
from tests.bench.crew import Counts, Sink
from tests.bench.measure import Figure
from tests.bench.sizes import RUNS, sized

LATENCY = 0.020
SECONDS = 5  # that a perfect sender would take
CONNECTIONS = (8, 16, 32, 64)
WORKERS = (1, 2)
SHARE = 0.85
SLOW, COMMANDS = 32, 4  # MAIL, RCPT, DATA, the message


def measurements() -> Iterator[Figure]:
    with ExitStack() as stack:
        stack.enter_context(database.made_anew())
        sink = stack.enter_context(crews.sinking())
        for workers in WORKERS:
            for connections in CONNECTIONS:
                yield far_away(sink, connections, workers)
        yield slow(sink)


def far_away(sink: Sink, connections: int, workers: int) -> Figure:
    """The median of some rounds, in turns with the bare sender."""
    most = connections / LATENCY
    mails = sized(round(most * SECONDS))
    rounds = [
        (ours.rate / most, bare_rate(sink, ours) / most)
        for ours in through(sink, connections, workers, mails, RUNS)
    ]
    ours, bare = zip(*rounds, strict=True)
    return Figure(
        f"{connections} connections, {workers} worker{'s'[: workers - 1]}",
        median(ours),
        "{:.2f}",
        at_least=SHARE,
        beside=f"{_each(ours)}, of {mails:,} mails; a bare sender: {_each(bare)}",
    )


def slow(sink: Sink) -> Figure:
    """Over each command, so that no connection can do better than the messages one by one."""
    most = SLOW / LATENCY / COMMANDS
    mails = sized(round(most * SECONDS))
    [ours] = through(sink, SLOW, 1, mails, rounds=1, is_serial=True)
    what = f"{SLOW} connections, 1 worker, 20 ms for each command"
    return Figure(what, ours.rate / most, "{:.2f}", beside=f"of {mails:,} mails")


def through(
    sink: Sink, connections: int, workers: int, mails: int, rounds: int, *, is_serial: bool = False
) -> Iterator[Counts]:
    """What the sink counted of each round."""
    # An eighth of what the relay allows is left to urgent mail: allow for that, too.
    allowed = {
        "RELAY_CONNECTIONS": str(connections + max(1, connections // 7)),
        "SENDER_CONNECTIONS": str(connections // workers),
    }
    with crews.crew(sink, **allowed) as crew:
        crew.workers(workers)
        pipeline.drained(crew, workers, 20 * workers)
        for _ in range(rounds):
            pipeline.drained(crew, workers, mails, answer_after=LATENCY, is_serial=is_serial)
            counts = sink.counts()
            if counts.connections > connections:
                raise AssertionError(f"{counts.connections} connections, {connections} allowed")
            yield counts


def bare_rate(sink: Sink, ours: Counts) -> float:
    """Of as many messages as ours were, as large, over as many connections."""
    sink.begin(answer_after=LATENCY)
    size = ours.octets // ours.messages
    crews.run("wire.py", sink.port, ours.connections, ours.messages, size)
    return sink.counts().rate


def _each(shares: tuple[float, ...]) -> str:
    return " ".join(f"{share:.2f}" for share in shares)
