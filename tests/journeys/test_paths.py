"""Every path of a patient: in both languages, on a phone and a desktop, with script and without.

By mouse here; by keyboard alone in test_keyboard.py. Words are left to the pages' own tests: what
is pressed is found by where it leads, so the paths are the same in every language.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, expect

from registrations import embedding
from registrations.models import Registration
from tests.clock import Clock
from tests.journeys.conftest import Said
from tests.journeys.foreign import Foreign, served
from tests.journeys.seats import Seat, link
from tests.makers import make_registration
from tests.patient.states import a_place, a_webinar, called_off, moved
from tests.registrations.pages import joining, page, private
from tests.sink import Sink

pytestmark = pytest.mark.matrix

Deliver = Callable[[], int]
OTHER = {"en": "es", "es": "en"}


def test_from_the_announcement_to_a_place_with_mistakes_on_the_way(seat: Seat, said: Said) -> None:
    webinar = a_webinar(seat.language)
    embed = embedding.of_webinar(webinar, language=seat.language, source="harbor")
    with served(Foreign(seat.site)) as foreign:
        foreign.pasted, foreign.is_hostile = embed.script(), False
        seat.reader.goto(foreign.address)
        seat.reader.locator("[data-announcement] a:visible").click()
        seat.reader.wait_for_url(f"{seat.site}{page(webinar)}**")

    seat.reader.locator("#send").click()
    seat.sees(".note.bad")
    expect(seat.reader.locator("[aria-invalid=true]")).to_have_count(3)
    seat.reader.locator(".note.bad a[href='#id_first_name']").click()
    expect(seat.reader.locator("#id_first_name")).to_be_focused()

    seat.reader.locator("#id_first_name").fill("Ada")
    seat.reader.locator("#id_email").fill("ada@")
    seat.reader.locator("#id_consent").check()
    seat.reader.locator("#send").click()
    expect(seat.reader.locator("[aria-invalid=true]")).to_have_count(1)
    expect(seat.reader.locator("#id_first_name")).to_have_value("Ada")
    seat.reader.locator("#id_email").fill("ada@example.com")
    seat.reader.locator("#send").click()

    expect(seat.reader.locator(".big")).to_have_text("ada@example.com")
    kept = Registration.objects.get()
    assert (kept.language, kept.source) == (seat.language, "harbor")
    zone = "America/Chicago" if seat.has_script else "America/Los_Angeles"
    assert kept.time_zone == zone  # the browser's own, where it can say it
    said(f"announcement -> page -> mistakes -> place: {seat}")


def test_the_private_page_changes_gives_up_takes_again_hands_out_and_deletes(
    seat: Seat, said: Said
) -> None:
    someone = a_place(seat.language)
    seat.go(private(someone))
    seat.sees(".note.good", "ol.steps")

    seat.reader.locator("details:not([open])", has=seat.form("/zone/")).first.click()
    seat.form("/zone/").locator("select").select_option("Asia/Tokyo")
    seat.press("/zone/")
    seat.sees(".note.good[role=status]")
    seat.press("/cancel/")
    seat.sees(".note[role=status]")
    expect(seat.form("/cancel/")).to_have_count(0)
    seat.press("/return/")
    seat.sees(".note.good[role=status]")
    someone.refresh_from_db()
    assert (someone.is_active, someone.time_zone) == (True, "Asia/Tokyo")

    with seat.reader.expect_download() as download:
        seat.reader.locator("a[href*='data.json']").click()
    assert someone.email in download.value.path().read_text()
    seat.press("/erase/")

    someone.refresh_from_db()
    assert (someone.state, someone.email) == ("erased", "")
    expect(seat.reader.locator(f"[href*='{private(someone)}']")).to_have_count(0)
    said(f"private page: {seat}")


def test_a_lost_link_comes_again_and_a_stranger_says_not_me(
    seat: Seat, clock: Clock, sent: Sink, deliver_everything_due: Deliver, said: Said
) -> None:
    someone = make_registration(
        webinar=a_webinar(seat.language), language=seat.language, email="ada@example.com"
    )
    deliver_everything_due()
    clock.forward(minutes=11)
    seat.go("/")
    seat.reader.locator("footer a[href*='/link/']").click()
    seat.reader.locator("main [type=email]").fill("ada@example.com")
    seat.reader.locator("main form > button").click()
    seat.sees(".note.good[role=status]")
    deliver_everything_due()

    first, again = sent.to("ada@example.com")
    seat.reader.goto(link(again.text, "r"))
    seat.sees("ol.steps")
    seat.reader.goto(link(first.text, "r", "not-me/"))
    with seat.reader.expect_navigation():
        seat.reader.locator("main form button").click()

    seat.sees("h1")
    someone.refresh_from_db()
    assert someone.state == "erased"
    said(f"link again, not me: {seat}")


def test_the_join_link_does_the_right_thing_at_every_hour(
    seat: Seat, clock: Clock, said: Said
) -> None:
    off = a_place(seat.language, called_off)
    seat.go(joining(off))
    seat.sees(".note.bad", ".struck")

    someone = a_place(seat.language, starts_in=timedelta(days=2))
    seat.go(joining(someone))
    seat.sees(".countdown", ".buttons")
    webinar = moved(someone.webinar)
    seat.go(joining(someone))
    seat.sees(".countdown", ".note")
    expect(seat.form("/go/")).to_have_count(0)
    clock.move_to(webinar.starts_at - timedelta(minutes=14))
    seat.go(joining(someone))
    seat.sees(".countdown", "#send")
    clock.move_to(webinar.starts_at + timedelta(minutes=1))
    seat.go(joining(someone))
    expect(seat.reader.locator(".countdown")).to_have_count(0)
    seat.reader.route("https://meet.example.com/**", lambda route: route.fulfill(body="The room"))
    seat.form("/go/").locator("button").click()
    expect(seat.reader).to_have_url("https://meet.example.com/host-room")
    someone.refresh_from_db()
    assert someone.joined_at is not None

    clock.move_to(webinar.ends_at)
    seat.go(joining(someone))
    seat.sees(".note")
    expect(seat.form("/go/")).to_have_count(0)
    said(f"join link: {seat}")


def test_the_other_language_is_one_press_away_and_stays(seat: Seat, said: Said) -> None:
    someone = a_place(seat.language)
    other = OTHER[seat.language]
    for path in ("/", "/privacy/", "/link/", page(someone.webinar), private(someone)):
        seat.go(path)
        seat.sees(f"html[lang={seat.language}]")
        seat.reader.locator(f"nav a[lang={other}]").click()
        seat.sees(f"html[lang={other}]")
        seat.reader.locator(f"nav a[lang={seat.language}]").click()
        seat.sees(f"html[lang={seat.language}]")

    seat.go(private(someone))
    seat.reader.locator(f"nav a[lang={other}]").click()
    seat.press("/cancel/")
    seat.sees(f"html[lang={other}]", ".note[role=status]")
    said(f"languages: {seat}")


def test_home_leads_to_a_webinar_to_privacy_and_to_the_feeds(seat: Seat, said: Said) -> None:
    webinar, _other = a_webinar(seat.language), a_webinar(OTHER[seat.language])
    seat.go("/")
    for address in found(seat.reader.locator("link[type='application/atom+xml']"), "href"):
        assert b"<feed" in fetched(address)
    for fold in seat.reader.locator("details > summary").all():
        fold.click()
    feeds = found(seat.reader.locator("a.address:visible"), "href")
    assert len(feeds) == 3  # of all, and of each language
    assert all(fetched(address).startswith(b"BEGIN:VCALENDAR") for address in feeds)

    seat.reader.locator("footer a[href*='/privacy/']").click()
    seat.sees(f"html[lang={seat.language}]", "main ul.list")
    seat.reader.locator(".bar .home").click()
    seat.reader.locator(f".cards a[href^='{page(webinar)}']").click()
    seat.sees(f"html[lang={seat.language}]", "#send")
    said(f"home, feeds, privacy: {seat}")


def found(elements: Locator, name: str) -> list[str]:
    return [each.get_attribute(name) or "" for each in elements.all()]


def fetched(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:
        octets: bytes = answer.read()
    return octets
