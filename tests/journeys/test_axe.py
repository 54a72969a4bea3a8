"""No violation of axe-core on any page and state that a patient sees: WCAG 2.2 A and AA."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from registrations import changing, recordings, signup
from registrations.tokens import LENGTH, Purpose, token
from tests.clock import Clock
from tests.makers import make_one_of_each_kind, make_registration, make_webinar
from tests.registrations.pages import joining, private
from tests.registrations.pages import page as page_of
from tests.rig import Rig
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.journey

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PACIFIC = "America/Los_Angeles"
LOOKS = [
    pytest.param(390, "light", "en", id="phone"),
    pytest.param(1280, "dark", "en", id="desktop, dark"),
    pytest.param(390, "dark", "es", id="phone, dark, Spanish"),
    pytest.param(1280, "light", "es", id="desktop, Spanish"),
]


def paths() -> Iterator[tuple[str, str]]:
    """Each page in each state, by name."""
    yield "home", "/"
    yield "privacy", "/privacy/"
    yield "no such page", "/w/nothing0/"
    yield from public_pages()
    yield from private_pages()
    yield from changing_pages()


def public_pages() -> Iterator[tuple[str, str]]:
    webinar = make_webinar(local_date=date(2027, 7, 30), local_time=time(16))
    yield "open", page_of(webinar)
    full = make_webinar()
    make_registration(webinar=full)
    signup.limit(full, capacity=1)
    yield "full", page_of(full)
    opening = times.wall_clock(times.now() + timedelta(days=3), PACIFIC)
    later = make_webinar(registration_opens_date=opening.date(), registration_opens_time=time(9))
    yield "not open yet", page_of(later)
    moved = moved_by(make_webinar(), timedelta(days=1))
    yield "moved", page_of(moved)
    off = make_webinar()
    scheduling.cancel(off, reason="", by=None)
    yield "cancelled", page_of(off)
    over = make_webinar(starts_in=timedelta(hours=3))
    Webinar.objects.filter(pk=over.pk).update(
        starts_at=times.now() - timedelta(hours=3), ends_at=times.now() - timedelta(hours=2)
    )
    yield "over", page_of(over)


def private_pages() -> Iterator[tuple[str, str]]:
    registration = make_registration()
    yield "private", private(registration)
    yield "private, zone changed", private(registration, "?done=zone")
    yield "this was not me", private(registration, "not-me/")
    yield "join, before", joining(registration)
    gone = make_registration()
    signup.cancel(gone)
    yield "private, cancelled", private(gone, "?done=cancel")
    yield "join, cancelled", joining(gone)
    full = make_webinar(capacity=1)
    make_registration(webinar=full)
    waits, left = make_registration(webinar=full), make_registration(webinar=full)
    yield "private, waiting", private(waits)
    yield "join, waiting", joining(waits)
    signup.cancel(left)
    yield "private, off the list", private(left)
    now = make_registration(webinar=make_webinar(starts_in=timedelta(minutes=10)))
    yield "join, open", joining(now)
    yield from pages_afterwards()
    off = make_registration()
    scheduling.cancel(off.webinar, reason="", by=None)
    yield "private, called off", private(off)
    yield "join, called off", joining(off)


def pages_afterwards() -> Iterator[tuple[str, str]]:
    """Of a session that is over: to wish for the recording, having wished, the recording."""
    wishing, wished, recorded = (
        make_registration(webinar=make_webinar(starts_in=timedelta(hours=3))) for _each in range(3)
    )
    over = {"starts_at": times.now() - timedelta(hours=3), "ends_at": times.now()}
    for each in (wishing, wished, recorded):
        Webinar.objects.filter(pk=each.webinar_id).update(**over)
    recordings.wish(wished)
    Webinar.objects.filter(pk=recorded.webinar_id).update(recording_url="https://video.example/1")
    yield "join, over", joining(wishing)
    yield "join, over, wished", joining(wished)
    yield "join, over, recorded", joining(recorded)
    yield "private, over", private(wishing)


def changing_pages() -> Iterator[tuple[str, str]]:
    asked = make_registration()
    change = changing.ask_for_proof(asked, email="new@example.com")
    yield "private, address asked", private(asked, "?done=asked")
    yield "address to be proved", f"/e/{changing.proof_token(change)}/"
    yield "address not proved", f"/e/{'a' * LENGTH}/"
    yield "reminders to be stopped", f"/u/{token(asked, Purpose.STOP)}/"
    stopped = changing.stop_reminders(make_registration())
    yield "reminders stopped", f"/u/{token(stopped, Purpose.STOP)}/"
    yield "private, reminders stopped", private(stopped, "?done=stop")


def moved_by(webinar: Webinar, span: timedelta) -> Webinar:
    wanted = times.wall_clock(webinar.starts_at + span, webinar.time_zone)
    return scheduling.reschedule(
        webinar,
        date=wanted.date(),
        time=wanted.time(),
        time_zone=webinar.time_zone,
        reason="",
        by=None,
    )


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_axe_finds_nothing(
    rig: Rig, clock: Clock, browser: Browser, width: int, scheme: str, language: str
) -> None:
    rig.web()
    found: list[str] = []
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as context:
        reader = context.new_page()
        for name, path in paths():
            reader.goto(f"{rig.site}{path}{'&' if '?' in path else '?'}language={language}")
            found += violations(name, reader)
        found += pressed(reader, rig.site, language)
        found += asked(reader, rig.site, language)
    assert found == []


def pressed(reader: Page, site: str, language: str) -> Iterator[str]:
    """The answers to presses, with and without mistakes."""
    query = f"?language={language}"
    full = make_webinar(capacity=1)
    make_registration(webinar=full)
    for webinar, answer in ((full, "no place yet"), (make_webinar(), "check your email")):
        reader.goto(f"{site}{page_of(webinar)}{query}")
        reader.locator("#send").click()
        yield from violations("form, with mistakes", reader)
        reader.locator("[name=first_name]").fill("Ada")
        reader.locator("[name=email]").fill("ada@example.com")
        reader.locator("[name=time_zone]").select_option("America/Chicago")
        reader.locator("[name=consent]").check()
        reader.locator("#send").click()
        yield from violations(answer, reader)
        reader.locator("details > summary").click()
        reader.locator("[name=email]").fill("ada at home")
        reader.locator("#send").click()
        yield from violations("address to be fixed, with a mistake", reader)
    reader.goto(f"{site}/link/{query}")
    reader.locator("main button").click()
    yield from violations("link, with a mistake", reader)
    reader.locator("[name=email]").fill("ada@example.com")
    reader.locator("main button").click()
    yield from violations("link, asked for", reader)
    reader.goto(f"{site}{private(make_registration())}{query}")
    for each in reader.locator("details > summary").all():
        each.click()
    yield from violations("private, unfolded", reader)
    reader.locator("form[action*='/erase/'] button").click()
    yield from violations("erased", reader)


def asked(reader: Page, site: str, language: str) -> Iterator[str]:
    """Questions of every kind, and an address that may be mistyped."""
    webinar = make_webinar()
    make_one_of_each_kind(webinar)
    webinar.questions.update(is_required=True)
    make_one_of_each_kind(webinar)
    reader.goto(f"{site}{page_of(webinar)}?language={language}")
    reader.locator(".extras > summary").click()
    yield from violations("form with questions", reader)
    reader.locator("[name=email]").fill("ada@gmial.com")
    reader.locator("[name=phone]").fill("12")
    reader.locator("#send").click()
    yield from violations("form with questions, with mistakes", reader)


def violations(name: str, reader: Page) -> list[str]:
    """A line for each: where, which rule, and the elements."""
    result = Axe().run(reader, options=RULES)
    return [
        f"{name}: {each['id']} {[node['target'] for node in each['nodes']]}"
        for each in result.response["violations"]
    ]


def test_axe_would_find_something(browser: Browser) -> None:
    with browser.new_context() as context:
        reader = context.new_page()
        reader.set_content("<html><body><img src='a.png'><p style='color:#ddd'>Pale</p></body>")
        found = " ".join(violations("bad", reader))
    assert "image-alt" in found
    assert "color-contrast" in found
    assert "html-has-lang" in found
