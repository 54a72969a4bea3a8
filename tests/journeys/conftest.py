"""A real browser against the whole running system: web, workers, beat, watch and an inbox."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django import Settings

from tests.clock import Clock
from tests.journeys.seats import SEATS, Seat, named
from tests.rig import Rig, rigged, wait_for
from tests.sink import free_port

# Playwright's synchronous API keeps an event loop in this thread; Django would refuse queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# A loaded machine may take long over any of it.
expect.set_options(timeout=20_000)

DONE = pytest.StashKey[list[str]]()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        if os.environ.get("CI"):
            pytest.fail("no browser: set CHROMIUM to the path of one")
        pytest.skip("NO BROWSER: the journeys are not tested")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")  # a database to which it stays connected cannot be copied
def _standing(django_db_setup: None) -> Iterator[Rig]:
    with rigged(free_port()) as rig:
        rig.web()
        yield rig


@pytest.fixture
def site(_standing: Rig, transactional_db: None, clock: Clock, settings: Settings) -> str:
    """The address of the one web server of a file's tests: it remembers nothing between them.

    A test that stops something, or needs other settings, starts its own with `rig`.
    """
    settings.SITE_HOST = "127.0.0.1"
    return _standing.site


@dataclass(frozen=True)
class Running:
    """The whole system, up."""

    rig: Rig
    site: str
    inbox: str


@pytest.fixture
def running(transactional_db: None, clock: Clock) -> Iterator[Running]:
    smtp_port, http_port = free_port(), free_port()
    with rigged(smtp_port) as rig:
        rig.start(
            *[sys.executable, "-m", "maildump_runner.main", "--foreground", "--no-quit"],
            *["--smtp-ip", "127.0.0.1", "--smtp-port", str(smtp_port)],
            *["--http-ip", "127.0.0.1", "--http-port", str(http_port)],
            *["--db", str(rig.folder / "inbox.sqlite3")],
        )
        wait_for(lambda: _listens(http_port), "the inbox listens")
        rig.web()
        rig.worker("bulk", "bulk")
        rig.worker("urgent", "urgent")
        rig.beat()
        rig.watch()
        yield Running(rig, rig.site, f"http://127.0.0.1:{http_port}/")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Visitor:
    """Opens contexts in which an error in the console, or a request elsewhere, is a failure."""

    def __init__(self, browser: Browser, stack: ExitStack) -> None:
        self.browser, self.stack = browser, stack
        self.complaints: list[str] = []

    def open(
        self, *, width: int, time_zone: str = "America/Chicago", has_script: bool = True
    ) -> Page:
        context: BrowserContext = self.browser.new_context(
            viewport={"width": width, "height": 900},
            timezone_id=time_zone,
            java_script_enabled=has_script,
        )
        self.stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self._hear("error", str(error)))
        page.on("response", lambda answer: self._read(answer.status, answer.url))
        page.on("request", lambda request: self._see(request.url))
        return page

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith("Failed to load resource"):  # see _read
            self.complaints.append(text)

    def _read(self, status: int, url: str) -> None:
        if status >= 400:
            self.complaints.append(f"{status} for {url}")

    def _see(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "data:", "blob:", "https://meet.example.com")):
            self.complaints.append(f"a request elsewhere: {url}")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    with ExitStack() as stack:
        visitor = Visitor(browser, stack)
        yield visitor
    assert visitor.complaints == []


@pytest.fixture(params=SEATS, ids=[named(*seat) for seat in SEATS])
def seat(request: pytest.FixtureRequest, site: str, visitor: Visitor, settings: Settings) -> Seat:
    """A patient in each language, on each width, with and without script; the site is up."""
    language, width, has_script = request.param
    settings.SITE_URL = site
    reader = visitor.open(width=width, has_script=has_script)
    return Seat(reader, site, language, named(*request.param), has_script)


Said = Callable[[str], None]


@pytest.fixture
def said(request: pytest.FixtureRequest) -> Said:
    """Notes a line of what was done, for the end of the run."""
    return request.config.stash.setdefault(DONE, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    done = terminalreporter.config.stash.get(DONE, [])
    if done:
        terminalreporter.section("what the journeys did")
    for line in done:
        terminalreporter.write_line(line)


@pytest.fixture
def shots() -> Path | None:
    """Where screenshots go, when SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    return Path(folder) if folder else None
