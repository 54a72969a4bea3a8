"""What each foreign parser reads as the start of the cases in `instants`, as a Markdown table:
`python -m tests.foreign.table`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC

import tests.standalone  # noqa: F401 - sets Django up for what follows
from tests.foreign import kit
from tests.foreign.instants import CASES


def main() -> None:
    with kit.opened() as opened:
        write(["zone", "wall clock", "meant (UTC)", *opened.parsers])
        write(["---"] * (3 + len(opened.parsers)))
        for case in CASES:
            meant = f"{case.start:%m-%d %H:%M}"
            readings = opened.readings(case.invite()).values()
            starts = [f"{event.start.astimezone(UTC):%m-%d %H:%M}" for (event,) in readings]
            cells = [start if start == meant else f"**{start}**" for start in starts]
            write([case.zone, f"{case.day} {case.clock:%H:%M}", meant, *cells])
    for name, reason in opened.absent.items():
        sys.stdout.write(f"\n{name} has read nothing. {reason}\n")


def write(cells: Iterable[str]) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()
