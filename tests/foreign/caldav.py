"""A CalDAV server, Radicale, on the loopback: what calendars keep entries in and ask for them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from urllib.error import URLError

from tests.rig import wait_for
from tests.sink import free_port

ENTRY = "entry.ics"
MAKE = """<mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
    <resourcetype><collection/><C:calendar/></resourcetype></prop></set></mkcol>"""
# RFC 4791 7.8.1: the entries that overlap a time range, with their data.
QUERY = """<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
    <prop><getetag/><C:calendar-data/></prop>
    <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
    <C:time-range start="{}" end="{}"/>
    </C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""
DATA = "{urn:ietf:params:xml:ns:caldav}calendar-data"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar on the server, with one entry at most."""

    address: str

    def make(self) -> None:
        self._ask("MKCOL", "", MAKE.encode(), "application/xml")

    def put(self, octets: bytes) -> None:
        """Store the entry, or replace it."""
        self._ask("PUT", ENTRY, octets, "text/calendar; charset=utf-8")

    def get(self) -> bytes:
        return self._ask("GET", ENTRY)

    def report(self, start: datetime, end: datetime) -> list[bytes]:
        """The entries that have a part of this time, as the server gives them back."""
        query = QUERY.format(*(f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" for at in (start, end)))
        answer = self._ask("REPORT", "", query.encode(), "application/xml")
        # XML makes \n of \r\n (XML 1.0, 2.11).
        found = [data.text or "" for data in ET.fromstring(answer).iter(DATA)]
        return [text.replace("\n", "\r\n").encode() for text in found]

    def _ask(self, method: str, name: str, body: bytes | None = None, kind: str = "") -> bytes:
        # The server takes any name, without a password: "ana:" here.
        headers = {"Authorization": "Basic YW5hOg=="} | ({"Content-Type": kind} if kind else {})
        request = urllib.request.Request(self.address + name, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            content: bytes = answer.read()
            return content


@dataclass(frozen=True, slots=True)
class Server:
    """Answers at `address`."""

    address: str
    numbers: Iterator[int] = field(default_factory=count)

    def new_calendar(self) -> Calendar:
        calendar = Calendar(f"{self.address}/ana/{next(self.numbers)}/")
        calendar.make()
        return calendar

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/.web/", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


@contextmanager
def radicale() -> Iterator[Server]:
    """The server, with a folder of its own, until the end."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [
                *[sys.executable, "-m", "radicale", "--config", "", "--auth-type", "none"],
                *["--storage-filesystem-folder", folder, "--hosts", f"127.0.0.1:{port}"],
                *["--logging-level", "warning"],
            ]
        )
        try:
            server = Server(f"http://127.0.0.1:{port}")
            wait_for(server.answers, "Radicale answers")
            yield server
        finally:
            process.terminate()
            process.wait(10)
