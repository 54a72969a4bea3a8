"""Calendar parsers that are not icalendar, all giving one `Reading`: they decide what we wrote.

ical.js (Thunderbird's and Nextcloud's) runs in the test browser, from the file in vendor/.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import vobject
from playwright.sync_api import Page, sync_playwright

ICAL_JS = Path(__file__).parent / "vendor" / "ical-2.2.1.min.js"
PEOPLE = ("organizer", "attendee")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOAD = """async source => {
    const file = new Blob([source], {type: "text/javascript"});
    window.ICAL = (await import(URL.createObjectURL(file))).default;
}"""
READ = """text => {
    const calendar = new ICAL.Component(ICAL.parse(text));
    const component = calendar.getFirstSubcomponent("vevent");
    const event = new ICAL.Event(component);
    const organizer = component.getFirstProperty("organizer");
    const attendees = component.getAllProperties("attendee");
    return {
        start: event.startDate.toJSDate().toISOString(),
        end: event.endDate.toJSDate().toISOString(),
        uid: event.uid,
        sequence: event.sequence,
        status: component.getFirstPropertyValue("status"),
        method: calendar.getFirstPropertyValue("method"),
        summary: event.summary,
        description: event.description,
        organizer: organizer && [organizer.getParameter("cn"), organizer.getFirstValue()],
        attendees: attendees.map(who => [who.getParameter("cn"), who.getFirstValue()]),
    };
}"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one parser made of a file with one event. Instants in UTC; `method` None for a file.

    `organizer` and `attendees` are pairs of name and URI.
    """

    start: datetime
    end: datetime
    uid: str
    sequence: int
    status: str
    method: str | None
    summary: str
    description: str
    organizer: tuple[str, str] | None
    attendees: tuple[tuple[str, str], ...]


Parser = Callable[[bytes], Reading]


def read_with_vobject(octets: bytes) -> Reading:
    """What vobject (Radicale's parser) reads."""
    calendar = vobject.readOne(octets.decode())
    event, method = calendar.vevent, getattr(calendar, "method", None)
    people = {name: [_person(line) for line in event.contents.get(name, [])] for name in PEOPLE}
    return Reading(
        start=event.dtstart.value.astimezone(UTC),
        end=event.dtend.value.astimezone(UTC),
        uid=event.uid.value,
        sequence=int(event.sequence.value),
        status=event.status.value,
        method=method.value if method else None,
        summary=event.summary.value,
        description=event.description.value,
        organizer=next(iter(people["organizer"]), None),
        attendees=tuple(people["attendee"]),
    )


def _person(line: Any) -> tuple[str, str]:
    return line.params["CN"][0], line.value


@contextmanager
def ical_js() -> Iterator[Parser]:
    """ical.js in a headless browser whose clocks are far from UTC, so that a floating time shows.

    Playwright keeps an event loop running in its thread, where Django refuses queries: it has a
    thread of its own.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        session = _browser_page()
        page = thread.submit(session.__enter__).result()
        try:
            yield lambda octets: thread.submit(_read_in, page, octets).result()
        finally:
            thread.submit(session.__exit__, None, None, None).result()


@contextmanager
def _browser_page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(timezone_id="Pacific/Chatham")
        page.evaluate(LOAD, ICAL_JS.read_text())
        yield page
        browser.close()


def _read_in(page: Page, octets: bytes) -> Reading:
    found = page.evaluate(READ, octets.decode())
    found["start"] = datetime.fromisoformat(found["start"])
    found["end"] = datetime.fromisoformat(found["end"])
    found["organizer"] = found["organizer"] and tuple(found["organizer"])
    found["attendees"] = tuple(tuple(who) for who in found["attendees"])
    return Reading(**found)


def find_chromium() -> str:
    """The browser of the environment's CHROMIUM, or of the path. Without one: failed in CI."""
    if found := os.environ.get("CHROMIUM") or shutil.which("chromium"):
        return found
    reason = "No Chromium: ical.js has read nothing. Install it, or name it in CHROMIUM."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
