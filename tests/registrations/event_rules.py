"""Checks JSON-LD against event_rules.json: unknown types and properties, wrong kinds, what lacks.

The rules are written by hand from two published sources. Types, their properties, the kinds of
values and the enumerations: https://schema.org/Event and the pages of VirtualLocation, Offer,
Organization, Person, EventStatusType, EventAttendanceModeEnumeration and ItemAvailability.
What is required or recommended: Google Search Central, "Event structured data"
(developers.google.com/search/docs/appearance/structured-data/event), and for sessions online its
"New properties for virtual, postponed, and canceled events" of March 17, 2020. Google asks for more
of a place in the world; ours is a VirtualLocation, of which it asks for the URL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

RULES = json.loads(Path(__file__).with_name("event_rules.json").read_text("utf-8"))


def problems(node: dict[str, Any], kind: str = "Event") -> Iterator[str]:
    """What is wrong with it, by the rules; recommended properties that lack are named too."""
    rules = RULES[kind]
    if node.get("@type") != kind:
        yield f"{node.get('@type')} in place of {kind}"
    told = {name: value for name, value in node.items() if not name.startswith("@")}
    for word in ("required", "recommended"):
        yield from (f"{kind}.{name} is {word}" for name in rules[word] if name not in told)
    for name, value in told.items():
        if name not in rules["properties"]:
            yield f"{kind} has no {name}"
            continue
        for each in value if isinstance(value, list) else [value]:
            yield from _value_problems(f"{kind}.{name}", each, rules["properties"][name])


def _value_problems(name: str, value: Any, expected: Any) -> Iterator[str]:
    if isinstance(expected, list):
        if value not in {f"https://schema.org/{each}" for each in expected}:
            yield f"{name} is {value}"
    elif expected in RULES:
        yield from problems(value, expected)
    elif not KINDS[expected](value):
        yield f"{name} is no {expected}: {value}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_address(value: Any) -> bool:
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _is_instant(value: Any) -> bool:
    return datetime.fromisoformat(value).tzinfo is not None


KINDS: dict[str, Callable[[Any], bool]] = {
    "Text": _is_text,
    "URL": _is_address,
    "DateTime": _is_instant,
    "Number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Boolean": lambda value: isinstance(value, bool),
}
