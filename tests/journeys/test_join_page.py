"""The join page in a real browser: it opens by itself, and the press really leads to the host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from registrations.models import Registration
from registrations.views.join import TURNS
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import joining

pytestmark = pytest.mark.journey

WRONG = datetime(2019, 3, 4, 5, 6, tzinfo=UTC)  # what the device takes for now


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        yield context.new_page()


def waiting(clock: Clock, before_opening: timedelta) -> Registration:
    registration = make_registration(webinar=make_webinar())
    clock.move_to(registration.webinar.opens_at - before_opening)
    return registration


def test_it_counts_down_and_becomes_the_page_with_the_button_whatever_the_devices_clock(
    site: str, clock: Clock, phone: Page
) -> None:
    registration = waiting(clock, timedelta(minutes=2))
    loads: list[str] = []
    phone.on("load", lambda page: loads.append(page.url))
    phone.clock.install(time=WRONG)
    phone.goto(f"{site}{joining(registration)}")
    timer = phone.get_by_role("timer")
    expect(timer).to_have_text("16 minutes")
    expect(phone.get_by_text("the button comes by itself")).to_be_visible()

    phone.clock.run_for(60_000)
    expect(timer).to_have_text("15 minutes")
    assert len(loads) == 1

    clock.move_to(registration.webinar.opens_at + timedelta(seconds=TURNS))
    phone.clock.run_for(60_000 + TURNS * 1000 + 2000)
    expect(phone.get_by_role("button", name="Join now")).to_be_visible()
    assert len(loads) == 2


def test_at_the_start_its_words_change_without_a_load(site: str, clock: Clock, phone: Page) -> None:
    registration = waiting(clock, timedelta(seconds=-60))
    loads: list[str] = []
    phone.on("load", lambda page: loads.append(page.url))
    phone.clock.install(time=WRONG)
    phone.goto(f"{site}{joining(registration)}")
    expect(phone.get_by_text("You can come in now.")).to_be_visible()
    expect(phone.get_by_text("It has begun.")).to_be_hidden()

    phone.clock.run_for(14 * 60_000 + 2000)

    expect(phone.get_by_text("It has begun. You can still come in.")).to_be_visible()
    expect(phone.get_by_text("You can come in now.")).to_be_hidden()
    assert len(loads) == 1


def test_without_javascript_the_browser_loads_it_again_by_itself(
    site: str, clock: Clock, browser: Browser
) -> None:
    registration = waiting(clock, timedelta(seconds=2))
    Registration.objects.update(uuid=UUID(int=TURNS))  # its turn is the first
    registration.refresh_from_db()
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}{joining(registration)}")
        expect(page.get_by_role("button", name="Join now")).to_have_count(0)
        clock.move_to(registration.webinar.opens_at + timedelta(seconds=1))
        expect(page.get_by_role("button", name="Join now")).to_be_visible(timeout=20_000)


def test_the_press_leads_to_the_host_and_on_to_where_it_sends_people(
    site: str, clock: Clock, phone: Page
) -> None:
    registration = waiting(clock, timedelta(seconds=-60))
    complaints: list[str] = []
    phone.on("console", lambda message: complaints.append(message.text))
    phone.route(
        "https://meet.example.com/**",
        lambda route: route.fulfill(body="The room", content_type="text/html"),
    )
    phone.goto(f"{site}{joining(registration)}")
    assert "meet.example.com" not in phone.content()

    phone.get_by_role("button", name="Join now").click()

    expect(phone).to_have_url("https://meet.example.com/host-room")
    assert [text for text in complaints if "form-action" in text] == []
    registration.refresh_from_db()
    assert registration.joined_at is not None


def test_the_policy_is_what_lets_it_leave(site: str, clock: Clock, phone: Page) -> None:
    """Chromium applies form-action to the press's redirect: without the host's name it stays."""
    registration = waiting(clock, timedelta(seconds=-60))
    phone.route("https://meet.example.com/**", lambda route: route.fulfill(body="The room"))
    address = f"{site}{joining(registration)}"
    answer = phone.request.get(address)
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self' https://meet.example.com https:;" in policy
    narrow = policy.replace(" https://meet.example.com https:;", ";")
    phone.route(
        address,
        lambda route: route.fulfill(
            response=answer, headers={**answer.headers, "content-security-policy": narrow}
        ),
    )
    phone.goto(address)

    with phone.expect_console_message(lambda message: "form-action" in message.text):
        phone.get_by_role("button", name="Join now").click()

    assert phone.url == address
