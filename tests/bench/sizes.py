"""How large and how often, from the environment: `SIZE=0.1 RUNS=1 make bench` for a quick look."""

from __future__ import annotations

import os

SIZE = float(os.environ.get("SIZE", "1"))
RUNS = int(os.environ.get("RUNS", "3"))


def sized(number: int, *, at_least: int = 1, at_most: int | None = None) -> int:
    """That many, times SIZE."""
    found = max(at_least, round(number * SIZE))
    return found if at_most is None else min(found, at_most)
