"""A relay that takes 20 ms to answer: what of its connections' worth is used.

Each group of commands is answered 20 ms after it came, as by a relay that is far away; so a
connection can carry 50 messages a second at most. The rate is the sink's own, from the first
message to the last; the connections are the most that it saw at once. The last line is of a relay
that takes 20 ms over each single command: four times per message.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench import crew as crews
from tests.bench import database, pipeline
from tests.bench.crew import Sink
from tests.bench.measure import Figure
from tests.bench.sizes import sized

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
                yield through(sink, connections, workers)
        yield through(sink, SLOW, 1, commands=COMMANDS)


def through(sink: Sink, connections: int, workers: int, *, commands: int = 1) -> Figure:
    """`commands`: so many times per message the relay takes its time; 1: once per group."""
    most = connections / LATENCY / commands
    # An eighth of what the relay allows is left to urgent mail: allow for that, too.
    allowed = {
        "RELAY_CONNECTIONS": str(connections + max(1, connections // 7)),
        "SENDER_CONNECTIONS": str(connections // workers),
    }
    mails = sized(round(most * SECONDS))
    with crews.crew(sink, **allowed) as crew:
        crew.workers(workers)
        pipeline.drained(crew, workers, 20 * workers)
        pipeline.drained(crew, workers, mails, answer_after=LATENCY, is_serial=commands > 1)
        counts = sink.counts()
    if counts.connections > connections:
        raise AssertionError(f"{counts.connections} connections, {connections} are allowed")
    slowly = ", 20 ms for each command" if commands > 1 else ""
    return Figure(
        f"{connections} connections, {workers} worker{'s'[: workers - 1]}{slowly}",
        counts.rate / most,
        "{:.2f}",
        at_least=SHARE if commands == 1 else None,
        beside=f"{counts.rate:,.0f}/s over {counts.connections} connections, {mails:,} mails",
    )
