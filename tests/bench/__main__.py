"""All measurements as tables: `make bench`. Exit code 1 where one misses its bar.

Names pick some: `python -m tests.bench pipeline relay`. RUNS and SIZE scale them: see `sizes`.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from time import perf_counter

from tests.bench import measure

BENCHES = (
    *("words", "invites", "letters", "pipeline", "disk", "relay"),
    *("expansion", "million", "memory", "confirmation", "pages", "costs"),
)


def main(names: list[str]) -> int:
    sys.stdout.write("Medians of several runs; what misses its bar is **bold**.\n")
    within = [_run(name) for name in names or BENCHES]
    return 0 if all(within) else 1


def _run(name: str) -> bool:
    """Print its table; a bench that fails stops no other."""
    bench = import_module(f"tests.bench.{name}")
    sys.stdout.write(f"\n### {name}\n{(bench.__doc__ or '').rstrip()}\n\n")
    begin = perf_counter()
    try:
        return measure.table(bench.measurements())
    except Exception:
        traceback.print_exc()
        return False
    finally:
        sys.stdout.write(f"\n({perf_counter() - begin:.0f} s)\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
