"""The parsers that Linux distributions bring, where they are installed: libical and calcurse."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_int, c_long, c_void_p
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.foreign.reading import ELSEWHERE, Absent, Parser, Reading


class _Span(ctypes.Structure):
    """libical's struct icaltime_span: seconds since 1970 in UTC."""

    _fields_ = [("start", c_long), ("end", c_long), ("is_busy", c_int)]


# What each function returns and takes.
LIBICAL = {
    "icalparser_parse_string": (c_void_p, c_char_p),
    "icalcomponent_string_to_kind": (c_int, c_char_p),
    "icalproperty_string_to_kind": (c_int, c_char_p),
    "icalcomponent_get_first_component": (c_void_p, c_void_p, c_int),
    "icalcomponent_get_next_component": (c_void_p, c_void_p, c_int),
    "icalcomponent_get_first_property": (c_void_p, c_void_p, c_int),
    "icalcomponent_count_errors": (c_int, c_void_p),
    "icalcomponent_get_span": (_Span, c_void_p),
    "icalcomponent_get_summary": (c_char_p, c_void_p),
    "icalcomponent_get_description": (c_char_p, c_void_p),
    "icalcomponent_get_uid": (c_char_p, c_void_p),
    "icalcomponent_get_sequence": (c_int, c_void_p),
    "icalproperty_get_value_as_string": (c_char_p, c_void_p),
    "icalproperty_get_parameter_as_string": (c_char_p, c_void_p, c_char_p),
    "icalcomponent_free": (None, c_void_p),
}
# One field a line would not do: a description has lines of its own.
FIELD, EVENT = "\x1f", "\x1e"
CALCURSE_FORMAT = FIELD.join(["%(start:epoch)", "%(end:epoch)", "%m", "%N"]) + EVENT


@contextmanager
def libical() -> Iterator[Parser]:
    """What GNOME's, KDE's and many servers' calendars are built on."""
    try:
        library = ctypes.CDLL("libical.so.3")
    except OSError:
        raise Absent("No libical: install Debian's libical3.") from None
    for function, (returns, *takes) in LIBICAL.items():
        getattr(library, function).restype = returns
        getattr(library, function).argtypes = takes
    yield partial(_read_with_libical, library)


def _read_with_libical(library: Any, octets: bytes) -> list[Reading]:
    calendar = library.icalparser_parse_string(octets)
    try:
        assert library.icalcomponent_count_errors(calendar) == 0
        return [_reading(library, calendar, event) for event in _events(library, calendar)]
    finally:
        library.icalcomponent_free(calendar)


def _events(library: Any, calendar: int) -> Iterator[int]:
    kind = library.icalcomponent_string_to_kind(b"VEVENT")
    event = library.icalcomponent_get_first_component(calendar, kind)
    while event:
        yield event
        event = library.icalcomponent_get_next_component(calendar, kind)


def _reading(library: Any, calendar: int, event: int) -> Reading:
    prop = partial(_property, library)
    span = library.icalcomponent_get_span(event)
    attendee = prop(event, b"ATTENDEE")
    return Reading(
        start=datetime.fromtimestamp(span.start, UTC),
        end=datetime.fromtimestamp(span.end, UTC),
        summary=library.icalcomponent_get_summary(event).decode(),
        description=library.icalcomponent_get_description(event).decode(),
        uid=library.icalcomponent_get_uid(event).decode(),
        sequence=library.icalcomponent_get_sequence(event),
        status=prop(event, b"STATUS")[1],
        method=(prop(calendar, b"METHOD") or (None, None))[1],
        organizer=prop(event, b"ORGANIZER"),
        attendees=(attendee,) if attendee else (),
    )


def _property(library: Any, component: int, name: bytes) -> tuple[str, str] | None:
    """Its CN and its value."""
    kind = library.icalproperty_string_to_kind(name)
    found = library.icalcomponent_get_first_property(component, kind)
    if not found:
        return None
    common_name = library.icalproperty_get_parameter_as_string(found, b"CN") or b""
    return common_name.decode(), library.icalproperty_get_value_as_string(found).decode()


@contextmanager
def calcurse() -> Iterator[Parser]:
    """The terminal calendar: it keeps times and texts only."""
    program = shutil.which("calcurse")
    if program is None:
        raise Absent("No calcurse: install Debian's calcurse.")
    with tempfile.TemporaryDirectory() as folder:
        yield partial(_read_with_calcurse, program, Path(folder))


def _read_with_calcurse(program: str, folder: Path, octets: bytes) -> list[Reading]:
    file = folder / "event.ics"
    file.write_bytes(octets)
    said = subprocess.run(
        [
            *[program, "-D", str(folder), "--quiet", "--import", str(file)],
            *["--dump-imported", "--format-apt", CALCURSE_FORMAT],
        ],
        env={**os.environ, "TZ": ELSEWHERE},
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [_calcurse_event(*event.split(FIELD)) for event in said.split(EVENT)[:-1]]


def _calcurse_event(start: str, end: str, summary: str, note: str) -> Reading:
    return Reading(
        start=datetime.fromtimestamp(int(start), UTC),
        end=datetime.fromtimestamp(int(end), UTC),
        summary=summary,
        description=_without_margin(note),
    )


def _without_margin(note: str) -> str:
    """The note as it is kept; where the place stands under it, without that."""
    lines = [line.removeprefix("\t") for line in note.split("\n")]
    return "\n".join(lines).partition("\n-- \n")[0].rstrip("\n")
