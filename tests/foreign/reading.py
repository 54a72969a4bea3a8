"""What a foreign parser made of a calendar file, in one shape for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class _Unsaid:
    """Stands for what a parser does not tell, and equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "unsaid"


UNSAID: Any = _Unsaid()
# Where parsers that run in processes of their own believe to be: far from UTC, so that a time
# read as local shows.
ELSEWHERE = "Pacific/Chatham"


@dataclass(frozen=True, slots=True)
class Reading:
    """One event. Instants are aware; `method` is the file's, None where it has none.

    `organizer` and `attendees` are pairs of name and URI.
    """

    start: datetime
    end: datetime
    summary: str
    description: str
    uid: str = UNSAID
    sequence: int = UNSAID
    status: str = UNSAID
    method: str | None = UNSAID
    organizer: tuple[str, str] | None = UNSAID
    attendees: tuple[tuple[str, str], ...] = UNSAID

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Reading:
        """From ISO instants and lists."""
        found |= {name: datetime.fromisoformat(found[name]) for name in ("start", "end")}
        if found.get("organizer"):
            found["organizer"] = tuple(found["organizer"])
        if "attendees" in found:
            found["attendees"] = tuple(tuple(who) for who in found["attendees"])
        return cls(**found)


# From a file to its events.
Parser = Callable[[bytes], list[Reading]]


class Absent(Exception):
    """A parser that this machine does not have; the text says what to install."""
