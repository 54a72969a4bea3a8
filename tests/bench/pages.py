"""What a crowd costs: the page, the calendar file and the form, by granian with two workers.

Beside them and in turns, by the same server: a bare view that answers 10 KB through the middleware
of `startproject`, and one that inserts three rows in one transaction. Eight clients in one more
process, each waiting for its answer, share the cores with all of it. Every posted form is somebody
new; the webinar has fewer seats than people who ask, and none is given twice.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode
from urllib.request import urlopen

from config import launch
from registrations import protection
from registrations.models import Registration
from tests.bench import bare_site, crowd, database
from tests.bench import crew as crews
from tests.bench.measure import Figure
from tests.bench.sizes import RUNS, sized
from tests.makers import make_webinar
from tests.rig import wait_for
from tests.sink import free_port
from webinars.models import Speaker, Webinar

NAMES = ("Ana", "José", "Zoë", "Siobhán", "D'Arcy", "Mary Ann", "Łukasz", "李")
CLIENTS = 8
SECONDS = sized(4, at_least=1, at_most=10)
PEOPLE = sized(6_000, at_least=200)  # who register in a round
SHARE = 0.4  # of the bare view
PATIENCE = 50.0  # ms
SERVER = [
    *(sys.executable, "-m", "granian", "--interface", "wsgi", "--log-level", "error"),
    *("--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "4", "--no-access-log"),
]


@dataclass(frozen=True, slots=True)
class Found:
    """Answers a second, and the 95th percentile in milliseconds."""

    rate: float
    p95: float


def measurements() -> Iterator[Figure]:
    with ExitStack() as stack:
        launch.collect_static_files()  # a fresh clone has none
        stack.enter_context(database.made_anew())
        database.execute(bare_site.TABLE)
        webinar = typical()
        ours = stack.enter_context(serving("config.wsgi:application", f"/w/{webinar.code}/"))
        bare = stack.enter_context(
            serving("tests.bench.bare_site:application", "/page/", settings="bare_settings")
        )
        rounds = [a_round(ours, bare, webinar, number) for number in range(RUNS + 1)][1:]
        seats = Registration.objects.active().filter(webinar=webinar).count()
    for what, against in (("page", "bare page"), ("calendar", "bare page"), ("form", "bare form")):
        yield from figures(what, against, rounds)
    asked = PEOPLE * (RUNS + 1)
    yield Figure(
        "seats given",
        seats,
        "{:,.0f}",
        at_most=asked // 2,
        beside=f"of {asked // 2:,}; {asked:,} asked",
    )


def figures(what: str, against: str, rounds: list[dict[str, Found]]) -> Iterator[Figure]:
    ours, bare = ([each[name] for each in rounds] for name in (what, against))
    rate, theirs = (median(each.rate for each in found) for found in (ours, bare))
    share = median(mine.rate / their.rate for mine, their in zip(ours, bare, strict=True))
    yield Figure(
        f"{what}, of a {against}",
        share,
        "{:.2f}",
        at_least=SHARE,
        beside=f"{rate:,.0f}/s; the {against} {theirs:,.0f}/s",
    )
    yield Figure(f"{what}: p95", median(each.p95 for each in ours), "{:.1f} ms", at_most=PATIENCE)


def typical() -> Webinar:
    """A page with what organizers write on it; half of those who ask get a place."""
    webinar = make_webinar(
        capacity=PEOPLE * (RUNS + 1) // 2,
        description="<p>" + "What causes the pain, how it is found, and what helps. " * 20 + "</p>",
    )
    for name in ("Dr. Ana Ruiz", "Prof. Wei Chen"):
        Speaker.objects.create(webinar=webinar, name=name, role="Spine surgeon")
    return webinar


@contextmanager
def serving(application: str, path: str, *, settings: str = "") -> Iterator[int]:
    """A server of this application, up; yields its port."""
    port = free_port()
    environment = {**os.environ, "SITE_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "ERROR"}
    environment["DJANGO_SETTINGS_MODULE"] = (
        f"tests.bench.{settings}" if settings else "config.settings"
    )
    process = subprocess.Popen([*SERVER, "--port", str(port), application], env=environment)
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{port}{path}"), f"{application} answers")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def a_round(ours: int, bare: int, webinar: Webinar, number: int) -> dict[str, Found]:
    page = f"/w/{webinar.code}/"
    forms = [form(f"p{number}-{each}@example.com", each) for each in range(PEOPLE)]
    return {
        "bare page": asked(bare, [get("/page/")]),
        "page": asked(ours, [get(page)]),
        "calendar": asked(ours, [get(f"{page}calendar.ics")]),
        "bare form": asked(bare, [post("/form/", each) for each in forms], once=True),
        "form": asked(ours, [post(page, each) for each in forms], once=True),
    }


def asked(port: int, requests: list[str], *, once: bool = False) -> Found:
    with tempfile.NamedTemporaryFile("w") as file:
        json.dump(requests, file)
        file.flush()
        seconds = 600 if once else SECONDS
        manner = ["--once"] if once else []
        said = crews.run("client.py", port, CLIENTS, seconds, file.name, *manner)
    found = json.loads(said)
    if set(found["statuses"]) != {"200"}:
        raise AssertionError(f"not all were answered well: {found['statuses']}")
    return Found(found["rate"], found["p95"])


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def post(path: str, body: str) -> str:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def form(email: str, number: int) -> str:
    """All that a browser sends."""
    return urlencode(
        {
            "first_name": NAMES[number % len(NAMES)],
            "last_name": "Garcia",
            "email": email,
            "time_zone": crowd.ZONES[number % len(crowd.ZONES)],
            "consent": "on",
            "utm_source": "clinic",
            "rendered": protection.stamp(),
        }
    )
