"""All measurements as tables: `make bench`. Exit code 1 where one is over its limit."""

from __future__ import annotations

import sys

from tests.bench import invites, measure, words

BENCHES = (words, invites)


def main() -> int:
    sys.stdout.write("Medians of several runs; ratio: ours to the baseline, in the same run.\n")
    within = []
    for bench in BENCHES:
        title, _, _ = (bench.__doc__ or "").partition("\n")
        sys.stdout.write(f"\n{title}\n\n")
        within.append(measure.table(bench.measurements()))
    return 0 if all(within) else 1


if __name__ == "__main__":
    sys.exit(main())
