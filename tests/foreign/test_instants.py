"""Around changes of the clocks, all parsers read the instants that the organizer meant."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tests.foreign.instants import CASES, CHANGES, LENGTH, Case
from tests.foreign.kit import Kit


@pytest.mark.parametrize("zone", CHANGES)
def test_every_parser_reads_the_start_and_the_end_that_we_mean(kit: Kit, zone: str) -> None:
    for case in [case for case in CASES if case.zone == zone]:
        found = kit.read_alike(case.invite())
        assert (found.start, found.end) == (case.start, case.start + LENGTH), case


def test_the_cases_stand_on_both_sides_of_changes() -> None:
    def changed(before: Case, after: Case) -> bool:
        zone = ZoneInfo(before.zone)
        return before.start.astimezone(zone).utcoffset() != after.start.astimezone(zone).utcoffset()

    pairs = [pair for pair in pairwise(CASES) if pair[0].clock.hour == 22]

    assert len(CASES) == 12 * 6
    assert [(case.zone, case.day.month) for case, after in pairs if not changed(case, after)] == [
        ("America/Phoenix", 3),
        ("America/Phoenix", 10),
        ("America/Vancouver", 10),
        ("Pacific/Honolulu", 3),
        ("Pacific/Honolulu", 10),
    ]
