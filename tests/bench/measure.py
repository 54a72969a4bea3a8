"""Times something of ours against a baseline, in turns, so that a busy machine slows both alike."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

RUNS = 7
HEADS = ["what", "takes", "at most", "a second", "baseline", "takes", "ratio"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians of several runs, in seconds for one; `limit` is what ours may take."""

    what: str
    takes: float
    limit: float
    baseline: str
    baseline_takes: float

    @property
    def is_within(self) -> bool:
        return self.takes < self.limit

    def cells(self) -> list[str]:
        return [
            self.what,
            words(self.takes) if self.is_within else f"**{words(self.takes)}**",
            words(self.limit),
            f"{1 / self.takes:,.0f}" if self.takes < 1 else "",
            self.baseline,
            words(self.baseline_takes),
            f"{self.takes / self.baseline_takes:.2f}",
        ]


def measure(
    what: str,
    act: Callable[[], object],
    *,
    limit: float,
    baseline: str,
    against: Callable[[], object],
    times: int = 1,
    runs: int = RUNS,
) -> Measurement:
    """Both acts in turns, each doing its thing so many `times`; first once without counting."""
    act(), against()
    both = [(_seconds(act) / times, _seconds(against) / times) for _ in range(runs)]
    ours, theirs = (median(found) for found in zip(*both, strict=True))
    return Measurement(what, ours, limit, baseline, theirs)


def _seconds(act: Callable[[], object]) -> float:
    gc.collect()
    begin = perf_counter()
    act()
    return perf_counter() - begin


def words(seconds: float) -> str:
    for unit, name in ((1, "s"), (1e-3, "ms")):
        if seconds >= unit:
            return f"{seconds / unit:.2f} {name}"
    return f"{seconds * 1e6:.1f} µs"


def table(measurements: Iterable[Measurement]) -> bool:
    """Print them as Markdown; whether all are within their limits."""
    found = list(measurements)
    for cells in [HEADS, ["---"] * len(HEADS), *(each.cells() for each in found)]:
        sys.stdout.write(f"| {' | '.join(cells)} |\n")
    return all(each.is_within for each in found)
