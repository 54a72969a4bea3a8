"""Times something of ours against a baseline, in turns, so that a busy machine slows both alike."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import ClassVar, Protocol

RUNS = 7


class Row(Protocol):
    """One line of a table, and whether it is within its bar."""

    HEADS: ClassVar[list[str]]

    @property
    def is_within(self) -> bool: ...

    def cells(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians of several runs, in seconds for one; `limit` is what ours may take."""

    HEADS = ["what", "takes", "at most", "a second", "baseline", "takes", "ratio"]

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


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure beside its bar, where it has one. `unit` is how it is written: "{:,.0f}/s"."""

    HEADS = ["what", "found", "bar", "beside it"]

    what: str
    found: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    beside: str = ""

    @property
    def is_within(self) -> bool:
        too_low = self.at_least is not None and self.found < self.at_least
        return not too_low and not (self.at_most is not None and self.found > self.at_most)

    def cells(self) -> list[str]:
        found = self.unit.format(self.found)
        return [self.what, found if self.is_within else f"**{found}**", self._bar(), self.beside]

    def _bar(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.unit.format(self.at_least)}"
        return "" if self.at_most is None else f"≤ {self.unit.format(self.at_most)}"


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


def table(rows: Iterable[Row]) -> bool:
    """Print them as Markdown, each as soon as it is found; whether all are within their bars."""
    all_within, heads = True, None
    for row in rows:
        if heads is not row.HEADS:
            heads = row.HEADS
            _line(heads)
            _line(["---"] * len(heads))
        _line(row.cells())
        sys.stdout.flush()
        all_within = all_within and row.is_within
    return all_within


def _line(cells: list[str]) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
