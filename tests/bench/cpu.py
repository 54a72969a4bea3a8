"""What processor time processes took: with others on the machine it says more than a rate."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.bench import database
from tests.bench.crew import Crew


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds so far, or between two moments."""

    workers: float
    postgres: float
    sink: float

    def __sub__(self, earlier: Spent) -> Spent:
        return Spent(
            self.workers - earlier.workers,
            self.postgres - earlier.postgres,
            self.sink - earlier.sink,
        )

    def of_a_mail(self, mails: int) -> str:
        parts = {"workers": self.workers, "PostgreSQL": self.postgres, "sink": self.sink}
        return ", ".join(f"{name} {part / mails * 1e6:,.0f}" for name, part in parts.items())

    @property
    def whole(self) -> float:
        return self.workers + self.postgres + self.sink


def spent(crew: Crew) -> Spent:
    """By everything that the crew started, by the database server, and by the sink."""
    backend = psutil.Process(database.value("SELECT pg_backend_pid()"))
    return Spent(
        sum(of_family(process.pid) for process in crew.running),
        of_family(backend.ppid()),
        of_family(crew.sink.process.pid),
    )


def of_family(pid: int) -> float:
    """A process, its children, and those that it had."""
    leader = psutil.Process(pid)
    total = sum(leader.cpu_times()[:4])
    for child in leader.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            total += sum(child.cpu_times()[:4])
    return total
