"""What a worker's memory grows to: with a thousand recipients, and with a hundred thousand.

The peak (VmHWM, so Linux only) of the process that sends, each time of a new worker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil

from tests.bench import crew as crews
from tests.bench import database, pipeline
from tests.bench.crew import Sink
from tests.bench.measure import Figure
from tests.bench.sizes import sized

FEW = sized(1_000, at_least=100, at_most=1_000)
MANY = sized(100_000, at_least=200, at_most=100_000)
FLAT = 1.1
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def measurements() -> Iterator[Figure]:
    with ExitStack() as stack:
        stack.enter_context(database.made_anew())
        sink = stack.enter_context(crews.sinking())
        few, many = peak(sink, FEW), peak(sink, MANY)
    yield Figure(f"{FEW:,} recipients", few, "{:,.1f} MB")
    yield Figure(f"{MANY:,} recipients", many, "{:,.1f} MB", at_most=few * FLAT)


def peak(sink: Sink, mails: int) -> float:
    """In megabytes."""
    with crews.crew(sink) as crew:
        (worker,) = crew.workers(1)
        pipeline.drained(crew, 1, mails)
        return max(_peak(child.pid) for child in psutil.Process(worker.pid).children())


def _peak(pid: int) -> float:
    found = PEAK.search(Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found.group(1)) / 1024
