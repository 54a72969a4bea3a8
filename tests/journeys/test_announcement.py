"""The announcement on a foreign page: a hostile style sheet, a strict policy, no JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from registrations import embedding
from registrations.embedding import Embed
from registrations.models import Registration
from tests.clock import Clock
from tests.journeys.conftest import Visitor
from tests.journeys.foreign import Foreign, served
from tests.makers import make_webinar
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.journey

INVITED = "Attend our National Patient Webinar on July 30 at 4pm PDT / 7pm EDT!"
YOURS = "Where you are, that looks like: 6:00 pm Central Time (CDT)"


@pytest.fixture
def webinar(site: str, clock: Clock) -> Webinar:
    """On July 30, 2027, at 4 pm Pacific; the site is up."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))
    return make_webinar(local_date=date(2027, 7, 30), local_time=time(16))


@pytest.fixture
def embed(site: str, webinar: Webinar, settings: Any) -> Embed:
    settings.SITE_URL = site
    return embedding.of_webinar(webinar, source="harbor-home")


@pytest.fixture
def foreign(site: str) -> Iterator[Foreign]:
    with served(Foreign(site)) as foreign:
        yield foreign


def test_the_script_speaks_in_its_own_style_on_a_hostile_page_with_a_strict_policy(
    foreign: Foreign, embed: Embed, visitor: Visitor, shots: Path | None
) -> None:
    foreign.allow(f"script-src {foreign.site}")
    foreign.pasted = embed.script()
    phone = visitor.open(width=390)

    phone.goto(foreign.address)

    box = phone.locator("[data-announcement] .box")
    expect(box).to_be_visible()
    expect(box).to_contain_text(INVITED)
    expect(box).to_contain_text(YOURS)
    assert is_painted(phone, "[data-announcement]")
    assert style(phone, ".box", "fontSize") == "19px"
    assert style(phone, ".box", "color") == "rgb(242, 250, 250)"
    assert phone.evaluate("document.querySelectorAll('script').length") == 1  # it asked, and left
    if shots:
        phone.screenshot(path=shots / "announcement-script.png")


def is_painted(phone: Page, selector: str) -> bool:
    """Whether a tap in its middle would reach it."""
    return bool(
        phone.evaluate(
            """(selector) => {
                const box = document.querySelector(selector).getBoundingClientRect();
                const at = [box.x + box.width / 2, box.y + box.height / 2];
                return box.height > 60 && !!document.elementFromPoint(...at)?.closest(selector);
            }""",
            selector,
        )
    )


def style(phone: Page, selector: str, name: str) -> str:
    found = phone.locator(selector).evaluate("(box, name) => getComputedStyle(box)[name]", name)
    return str(found)


def test_the_frame_speaks_on_a_hostile_page_with_a_strict_policy(
    foreign: Foreign, embed: Embed, visitor: Visitor, shots: Path | None
) -> None:
    foreign.allow(f"frame-src {foreign.site}")
    foreign.pasted = embed.frame().replace("<iframe", '<iframe id="ours"')
    phone = visitor.open(width=390)
    phone.goto(foreign.address)

    frame = phone.frame_locator("#ours")
    box = frame.locator(".box:visible")  # the script's, over what the page said without it
    expect(box).to_contain_text(INVITED)
    expect(box).to_contain_text(YOURS)
    if shots:
        phone.screenshot(path=shots / "announcement-frame.png")


def test_a_press_on_the_link_registers_with_the_embeds_name(
    foreign: Foreign, embed: Embed, visitor: Visitor
) -> None:
    foreign.pasted = embed.script()
    phone = visitor.open(width=390)
    phone.goto(foreign.address)

    phone.get_by_role("link", name="More Information: Pain after back surgery").click()
    phone.get_by_label("First name").fill("Ada")
    phone.get_by_label("Email").fill("ada@example.com")
    phone.get_by_label("I agree that you use these details").check()
    phone.locator("#send").click()

    expect(phone.get_by_text("ada@example.com").first).to_be_visible()
    assert Registration.objects.get().source == "harbor-home"


def test_an_open_page_hears_within_a_minute_that_it_was_called_off(
    foreign: Foreign, embed: Embed, webinar: Webinar, visitor: Visitor
) -> None:
    foreign.allow(f"script-src {foreign.site}")
    foreign.pasted = embed.script()
    phone = visitor.open(width=390)
    phone.clock.install()
    phone.goto(foreign.address)
    box = phone.locator("[data-announcement] .box")
    expect(box).to_contain_text(YOURS)

    scheduling.cancel(webinar, reason="", by=None)
    phone.route(
        "**/*.js*", lambda route: route.continue_()
    )  # the browser's own clock goes on: keep nothing
    phone.clock.run_for(61_000)

    expect(box).to_contain_text("is cancelled.")
    expect(box).not_to_contain_text("Where you are")


@pytest.mark.parametrize("trouble", ["no JavaScript", "a policy that forbids it"])
def test_where_the_script_cannot_run_the_plain_link_stays(
    trouble: str, foreign: Foreign, embed: Embed, webinar: Webinar, browser: Browser
) -> None:
    foreign.pasted = embed.script()
    if trouble != "no JavaScript":
        foreign.allow("script-src 'self'")
    has_script = trouble != "no JavaScript"
    context = browser.new_context(java_script_enabled=has_script)
    page = context.new_page()
    page.goto(foreign.address)

    link = page.locator("[data-announcement] > a")
    assert link.get_attribute("href") == (
        f"{foreign.site}/w/{webinar.code}/?utm_source=harbor-home"
    )
    assert link.text_content() == webinar.title
    context.close()


def test_other_pages_of_ours_cannot_be_framed(
    foreign: Foreign, embed: Embed, browser: Browser
) -> None:
    foreign.pasted = f'<iframe src="{embed.page}"></iframe>'
    context = browser.new_context()
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(foreign.address)

    page.wait_for_timeout(500)
    assert any("frame-ancestors" in text or "X-Frame-Options" in text for text in refused)
    context.close()


def test_it_fits_a_small_phone_and_its_frame(
    embed: Embed, webinar: Webinar, visitor: Visitor
) -> None:
    phone = visitor.open(width=390)
    phone.goto(embed.frame_address)
    box = phone.locator(".box:visible")
    expect(box).to_contain_text(YOURS)
    assert phone.evaluate("document.querySelector('[data-announcement]').offsetHeight") <= 260

    scheduling.reschedule(
        webinar,
        date=date(2027, 8, 6),
        time=time(16),
        time_zone=webinar.time_zone,
        reason="",
        by=None,
    )
    small = visitor.open(width=320)
    small.goto(embed.frame_address)
    expect(small.locator(".box:visible")).to_contain_text("The time has changed.")
    assert small.evaluate("document.documentElement.scrollWidth") == 320


def test_an_organizer_copies_by_keyboard_or_by_hand(
    site: str, webinar: Webinar, visitor: Visitor, browser: Browser
) -> None:
    User.objects.create_superuser("organizer", password="a long pass phrase")
    desk = visitor.open(width=1280)
    signed_in(desk, site)
    address = f"{site}/admin/webinars/webinar/{webinar.pk}/announce/"
    desk.goto(address)
    expect(desk.frame_locator("iframe").locator(".box:visible")).to_contain_text(INVITED)
    box, button = desk.locator("#script"), desk.get_by_role("button", name="Copy: Script")

    button.press("Enter")

    expect(desk.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    expect(button).to_be_focused()
    desk.context.grant_permissions(["clipboard-read"])
    assert desk.evaluate("navigator.clipboard.readText()") == box.input_value()

    context = browser.new_context(
        java_script_enabled=False, storage_state=desk.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(address)
    assert plain.locator("[data-copy]:visible").count() == 0
    assert "<script async" in plain.locator("#script").input_value()
    context.close()


def signed_in(desk: Page, site: str) -> None:
    desk.goto(f"{site}/admin/login/")
    desk.get_by_label("Username").fill("organizer")
    desk.get_by_label("Password").fill("a long pass phrase")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"{site}/admin/")
