"""The kit itself: who is there, and that each says all that it can."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tests.foreign.kit import PARSERS, Kit
from tests.foreign.reading import UNSAID, Reading

GOLDEN = Path(__file__).parent.parent / "webinars" / "golden"
# What a parser never tells, whatever it is given.
UNTOLD = {
    "khal": {"method", "organizer", "attendees"},
    "calcurse": {"uid", "sequence", "status", "method", "organizer", "attendees"},
}


@pytest.mark.parametrize("name", PARSERS)
def test_each_parser_is_here_and_says_all_that_it_can(kit: Kit, name: str) -> None:
    if name in kit.absent:
        pytest.skip(f"{name} HAS READ NOTHING. {kit.absent[name]}")

    (found,) = kit.parsers[name]((GOLDEN / "invite.ics").read_bytes())

    untold = {each.name for each in fields(Reading) if getattr(found, each.name) is UNSAID}
    assert untold == UNTOLD.get(name, set())
