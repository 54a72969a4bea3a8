"""All foreign parsers at once: they decide what our files say, and must agree."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from tests.foreign import browser, installed, libraries, processes
from tests.foreign.octets import content_lines
from tests.foreign.reading import Absent, Parser, Reading

PARSERS: Mapping[str, Callable[[], AbstractContextManager[Parser]]] = {
    "vobject": lambda: nullcontext(libraries.read_with_vobject),
    "ics": lambda: nullcontext(libraries.read_with_ics),
    "ical": lambda: nullcontext(libraries.read_with_ical),
    "khal": processes.khal,
    "ical.js": browser.ical_js,
    "node-ical": processes.node_ical,
    "libical": installed.libical,
    "calcurse": installed.calcurse,
}
# Nothing that the project installs brings these; every other one must be there in CI.
MAY_BE_ABSENT = ("libical", "calcurse")


@dataclass(frozen=True)
class Kit:
    """The parsers that this machine has, and why it lacks the others."""

    parsers: Mapping[str, Parser]
    absent: Mapping[str, str]

    def readings(self, octets: bytes) -> dict[str, list[Reading]]:
        """The file's events as each reads them, in their order in time."""
        return {
            name: sorted(read(octets), key=lambda event: (event.start, event.summary))
            for name, read in self.parsers.items()
        }

    def agree_on(self, octets: bytes) -> list[Reading]:
        """What all of them read; AssertionError where one differs."""
        found = self.readings(octets)
        first = found["vobject"]
        differing = {name: events for name, events in found.items() if events != first}
        assert not differing, f"vobject read {first}, but {differing}"
        return first

    def read_alike(self, octets: bytes) -> Reading:
        """The one event of a file of ours, whose octets must keep to the rules for lines."""
        (event,) = self.read_all_alike(octets)
        return event

    def read_all_alike(self, octets: bytes) -> list[Reading]:
        content_lines(octets)
        return self.agree_on(octets)


@contextmanager
def opened() -> Iterator[Kit]:
    """The kit, as long as its browser and processes run."""
    parsers, absent = {}, {}
    with ExitStack() as stack:
        for name, start in PARSERS.items():
            try:
                parsers[name] = stack.enter_context(start())
            except Absent as reason:
                if os.environ.get("CI") and name not in MAY_BE_ABSENT:
                    raise
                absent[name] = str(reason)
        yield Kit(parsers, absent)
