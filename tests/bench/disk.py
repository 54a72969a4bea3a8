"""The pipeline once more, as if each commit waited a millisecond for an honest disk."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import pipeline
from tests.bench.measure import Figure


def measurements() -> Iterator[Figure]:
    yield from pipeline.figures(slow_disk=1)
