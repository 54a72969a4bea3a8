"""Registering over HTTP while parts of the system are gone."""

from __future__ import annotations

import re
import time
import urllib.parse
import urllib.request

import pytest

from registrations.models import Registration
from tests.makers import make_webinar
from tests.rig import Rig, wait_for
from tests.sink import Sink


def register(rig: Rig, code: str, email: str) -> tuple[int, str, float]:
    """As a browser without JavaScript does it: status, page, seconds."""
    url = f"{rig.site}/w/{code}/"
    with urllib.request.urlopen(url) as page:
        stamp = re.search(r'name="rendered" value="([^"]+)"', page.read().decode())
    assert stamp
    fields = {
        "rendered": stamp[1],
        "first_name": "Ada",
        "email": email,
        "time_zone": "America/New_York",
        "consent": "on",
    }
    began = time.monotonic()
    body = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(url, body, timeout=30) as answer:
        return answer.status, answer.read().decode(), time.monotonic() - began


def arrived(sent: Sink, email: str) -> bool:
    return bool(sent.to(email))


@pytest.mark.parametrize("with_workers", [True, pytest.param(False, marks=pytest.mark.matrix)])
def test_registering_while_the_broker_is_away_loses_nothing_and_shows_no_error(
    rig: Rig, sent: Sink, *, with_workers: bool
) -> None:
    webinar = make_webinar()
    rig.web()
    rig.watch()
    if with_workers:
        rig.worker()
        rig.beat()
    status, _page, _seconds = register(rig, webinar.code, "before@example.com")
    wait_for(lambda: arrived(sent, "before@example.com"), "the first confirmation arrived")
    rig.stop_broker()
    status, page, seconds = register(rig, webinar.code, "without@example.com")
    assert (status, "without@example.com" in page) == (200, True)
    assert seconds < 5
    wait_for(lambda: arrived(sent, "without@example.com"), "the mail went out without the broker")
    assert Registration.objects.count() == 2
    assert [len(sent.to(f"{name}@example.com")) for name in ("before", "without")] == [1, 1]


def test_the_bell_makes_a_confirmation_quick(rig: Rig, sent: Sink) -> None:
    """No beat and no watch run: only the bell that registering rings."""
    webinar = make_webinar()
    rig.web()
    rig.worker("urgent")
    register(rig, webinar.code, "warm@example.com")
    wait_for(lambda: arrived(sent, "warm@example.com"), "the worker is awake")
    register(rig, webinar.code, "ada@example.com")
    wait_for(lambda: arrived(sent, "ada@example.com"), "the confirmation arrived")
