"""The README's pictures, taken afresh from the demo's webinars: `make pictures`.

They go to the folder that PICTURES names. Not a test of anything but their size.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from notifications import emails
from notifications.demo import loading
from notifications.models import Purpose
from registrations import embedding
from registrations.models import Registration
from tests.clock import Clock
from tests.journeys.foreign import Foreign, served
from tests.makers import make_delivery
from tests.notifications.emails.reading import raw_body
from tests.registrations.pages import page, private
from tests.rig import ROOT, Rig
from webinars import times
from webinars.models import Webinar

pytestmark = pytest.mark.pictures

PHONE = {"width": 390, "height": 866}
DESK = {"width": 720, "height": 520}
ADMIN = {"width": 900, "height": 830}
MOST = 120_000  # bytes
HOSPITAL = """
    <style>
      body { margin: 0; font: 18px/1.5 Georgia, serif; color: #2b2b33; background: #fff }
      header { padding: 20px 48px; font-size: 24px; background: #f3eee6; color: #6b2c2c }
      header nav { float: right; font-size: 16px; word-spacing: 1.5em; line-height: 36px }
      section { max-width: 560px; padding: 16px 48px 32px }
    </style>
    <header><nav>Doctors Visits Contact</nav>Harbor Clinic</header>
    <section><h1>Low back pain</h1>
    <p>Most people have it at some time in their lives. Our team helps you find out what it is,
    and what you can do.</p>%s</section>
"""


@pytest.fixture
def someone(rig: Rig, clock: Clock, settings: Settings) -> Registration:
    """Of the demo's national webinar, on the first of July before it."""
    july = loading.next_july_31(times.now())
    start = times.instant(july.day, july.clock, july.zone)
    clock.move_to(start - timedelta(days=30))
    settings.SITE_URL = rig.site
    settings.ORGANISATION_NAME = "Lakeside Health"
    loading.load()
    rig.web(ORGANISATION_NAME="Lakeside Health")
    return Registration.objects.select_related("webinar").get(first_name="Harold")


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport=PHONE, timezone_id="America/Denver") as context:
        yield context.new_page()


def test_the_pictures(rig: Rig, someone: Registration, reader: Page) -> None:
    webinar_page = f"{rig.site}{page(someone.webinar)}"
    reader.goto(webinar_page, wait_until="networkidle")
    take(reader, "page")
    reader.goto(f"{rig.site}{private(someone)}")
    take(reader, "private")
    reader.goto("about:blank")  # the page's policy forbids an email's styles
    reader.set_content(reminder(someone))
    take(reader, "reminder")
    reader.set_viewport_size(DESK)
    with served(Foreign(rig.site)) as foreign:
        foreign.is_hostile = False
        foreign.pasted = HOSPITAL % embedding.of_webinar(someone.webinar).script()
        reader.goto(foreign.address, wait_until="networkidle")
        take(reader, "announcement")
    reader.set_viewport_size(ADMIN)
    move_by_two_days(reader, rig.site, someone.webinar)
    take(reader, "reschedule")


def move_by_two_days(reader: Page, site: str, webinar: Webinar) -> None:
    """As an organizer, up to the last question."""
    reader.goto(f"{site}/admin/webinars/webinar/{webinar.pk}/reschedule/")
    reader.locator("#id_username").fill(loading.ORGANIZER)
    reader.locator("#id_password").fill("demo")
    reader.get_by_role("button", name="Log in").click()
    reader.locator("#id_local_date").fill(str(webinar.local_date + timedelta(days=2)))
    reader.locator("#id_reason").fill("The speaker is ill.")
    reader.locator(".act-buttons button").first.click()
    expect(reader.get_by_role("button", name="Reschedule and tell")).to_be_visible()


def reminder(someone: Registration) -> str:
    """The day before."""
    day = timedelta(days=1)
    wave = someone.webinar.waves.get(rule__before=day)
    delivery = make_delivery(registration=someone, purpose=Purpose.REMINDER, wave=wave)
    letter = emails.Composer(someone.webinar.starts_at - day).compose(delivery)
    return raw_body(letter, "html")


def take(reader: Page, name: str) -> None:
    folder = ROOT / Path(os.environ.get("PICTURES", "docs"))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.png"
    reader.screenshot(path=file, animations="disabled")
    assert file.stat().st_size < MOST
