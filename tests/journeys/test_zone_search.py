"""The search for a time zone in a real browser: by place or words, by keyboard, without script."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.clock import Clock
from tests.journeys.conftest import Visitor
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import page as path_of
from tests.registrations.pages import private
from webinars import times
from webinars.models import Webinar

pytestmark = pytest.mark.journey


@pytest.fixture
def webinar(site: str, clock: Clock) -> Webinar:
    """On July 30, 2027, at 10 pm Pacific; the site is up."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))
    return make_webinar(local_date=date(2027, 7, 30), local_time=time(22))


def search(phone: Page, words: str) -> list[str]:
    """What is offered for it."""
    phone.get_by_label("City, state, or country").fill(words)
    return phone.locator(".find li").all_inner_texts()


def test_a_zone_is_found_by_state_city_country_letters_or_name(
    site: str, webinar: Webinar, visitor: Visitor
) -> None:
    phone = visitor.open(width=390)
    phone.goto(f"{site}{path_of(webinar)}")
    phone.get_by_text("Search for your place").click()

    eastern = "Eastern Time: New York, Atlanta, Miami"
    assert search(phone, "ohio") == [f"Ohio: {eastern}"]
    assert search(phone, "  MIAMI") == [eastern]
    assert search(phone, "new mex") == ["New Mexico: Mountain Time: Denver, Salt Lake City"]
    assert search(phone, "sao paulo") == ["Brazil: São Paulo"]
    assert search(phone, "edt")[0] == f"EDT: {eastern}"
    assert search(phone, "hawaii time") == ["Hawaii Time: Honolulu"]
    assert search(phone, "portland") == [
        f"Portland (Maine): {eastern}",
        "Portland (Oregon): Pacific Time: Los Angeles, Seattle",
    ]
    expect(phone.locator("#found")).to_have_text("Places found: 2")


def test_what_is_not_found_or_fits_too_much_is_said(
    site: str, webinar: Webinar, visitor: Visitor
) -> None:
    phone = visitor.open(width=390)
    phone.goto(f"{site}{path_of(webinar)}")
    phone.get_by_text("Search for your place").click()
    status = phone.locator("#found")

    assert search(phone, "atlantis") == []
    expect(status).to_have_text("We do not know this place. Try a larger city, or your country.")
    assert search(phone, "a") == []
    expect(status).to_have_text("Many places fit. Please write more letters.")
    assert search(phone, " ") == []
    expect(status).to_have_text("")


def test_a_press_chooses_in_the_list_and_the_page_says_the_time_there(
    site: str, webinar: Webinar, visitor: Visitor
) -> None:
    phone = visitor.open(width=390)
    phone.goto(f"{site}{path_of(webinar)}")
    expect(phone.locator("#id_time_zone")).to_have_value("America/Chicago")
    phone.get_by_text("Search for your place").click()
    search(phone, "tokyo")

    phone.get_by_role("button", name="Japan: Tokyo").click()

    expect(phone.locator("#id_time_zone")).to_have_value("Asia/Tokyo")
    expect(phone.locator("#id_time_zone")).to_be_focused()
    expect(phone.locator("#found")).to_have_text("You chose: Japan: Tokyo")
    expect(phone.locator(".find li")).to_have_count(0)
    there = phone.locator("[data-time] time")
    expect(there).to_have_text("Saturday, July 31, 2027, 2:00\N{NO-BREAK SPACE}pm Japan Time (JST)")
    expect(there).to_have_attribute("datetime", "2027-07-31T14:00:00+09:00")


def test_it_works_by_keyboard_alone_and_enter_sends_no_form(
    site: str, webinar: Webinar, visitor: Visitor
) -> None:
    desk = visitor.open(width=1280)
    desk.goto(f"{site}{path_of(webinar)}?language=es")
    desk.locator("#id_time_zone").focus()

    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")  # opens it
    desk.keyboard.press("Tab")
    desk.keyboard.type("pensilvania")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")

    expect(desk).to_have_url(re.compile(r"/w/\w{8}/\?language=es$"))
    expect(desk.locator("#id_time_zone")).to_have_value("America/New_York")
    expect(desk.locator("#found")).to_have_text(
        "Usted eligió: Hora del Este: Nueva York, Atlanta, Miami"
    )


def test_the_private_page_has_it_too(site: str, webinar: Webinar, visitor: Visitor) -> None:
    registration = make_registration(webinar=webinar, time_zone="America/New_York")
    phone = visitor.open(width=390)
    phone.goto(f"{site}{private(registration)}")
    phone.get_by_text("Change my time zone").click()

    search(phone, "oregon")
    phone.get_by_role("button", name="Oregon: Pacific Time: Los Angeles, Seattle").click()
    phone.get_by_role("button", name="Save my time zone").click()

    expect(phone.get_by_role("status")).to_contain_text(
        "From now on we tell you the time for Pacific Time: Los Angeles, Seattle."
    )
    expect(phone.locator(".faces li").first).to_contain_text("your time")
    registration.refresh_from_db()
    assert registration.time_zone == "America/Los_Angeles"


def test_without_script_there_is_the_whole_list_and_no_search(
    site: str, webinar: Webinar, browser: Browser
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}{path_of(webinar)}")

        assert page.locator(".find").is_hidden()
        assert page.locator("#id_time_zone option").count() > 300
