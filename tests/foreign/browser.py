"""ical.js (Thunderbird's and Nextcloud's), from vendor/, in the test browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.foreign.reading import ELSEWHERE, Absent, Parser, Reading

ICAL_JS = Path(__file__).parent / "vendor" / "ical-2.2.1.min.js"
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
    const person = who => [who.getParameter("cn"), who.getFirstValue()];
    return calendar.getAllSubcomponents("vevent").map(component => {
        const event = new ICAL.Event(component);
        const organizer = component.getFirstProperty("organizer");
        return {
            start: event.startDate.toJSDate().toISOString(),
            end: event.endDate.toJSDate().toISOString(),
            summary: event.summary,
            description: event.description,
            uid: event.uid,
            sequence: event.sequence,
            status: component.getFirstPropertyValue("status"),
            method: calendar.getFirstPropertyValue("method"),
            organizer: organizer && person(organizer),
            attendees: component.getAllProperties("attendee").map(person),
        };
    });
}"""


@contextmanager
def ical_js() -> Iterator[Parser]:
    """The parser, as long as its browser runs.

    Playwright keeps an event loop running in its thread, where Django refuses queries: it has a
    thread of its own.
    """
    chromium = find_chromium()
    with ThreadPoolExecutor(max_workers=1) as thread:
        session = _page(chromium)
        page = thread.submit(session.__enter__).result()
        try:
            yield lambda octets: [
                Reading.from_json(found)
                for found in thread.submit(page.evaluate, READ, octets.decode()).result()
            ]
        finally:
            thread.submit(session.__exit__, None, None, None).result()


@contextmanager
def _page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(timezone_id=ELSEWHERE)
        page.evaluate(LOAD, ICAL_JS.read_text())
        yield page
        browser.close()


def find_chromium() -> str:
    """The browser of the environment's CHROMIUM, or of the path. Raises `Absent`."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not found:
        raise Absent("No Chromium: install it, or name it in CHROMIUM.")
    return found
