"""A whole form filled in without JavaScript, by keyboard alone, on a small phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from registrations.models import Answer, Registration
from tests.clock import Clock
from tests.makers import make_one_of_each_kind, make_webinar
from tests.registrations.pages import page as page_of

pytestmark = pytest.mark.journey

TARGETS = """() => [...document.querySelectorAll(
    '#place :is(input:not([type=hidden]), select, textarea, button:not(.unseen), summary)')]
    .filter((each) => each.checkVisibility())
    .map((each) => each.closest('label') ?? each)
    .map((each) => [each.outerHTML.slice(0, 60), each.getBoundingClientRect().height])
    .filter(([, height]) => height < 47.9)"""


def go_to(reader: Page, name: str) -> None:
    """By Tab, as far as it takes."""
    for _press in range(60):
        reader.keyboard.press("Tab")
        if reader.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")


def type_into(reader: Page, name: str, text: str) -> None:
    go_to(reader, name)
    reader.keyboard.type(text)


def unfold(reader: Page) -> None:
    for _press in range(60):
        reader.keyboard.press("Tab")
        if reader.evaluate("document.activeElement.matches('.extras > summary')"):
            reader.keyboard.press("Enter")
            return
    raise AssertionError("what is folded away is not reached by Tab")


def test_every_question_is_answered_by_keyboard_without_javascript(
    site: str, clock: Clock, browser: Browser
) -> None:
    webinar = make_webinar()
    asked = {kind: f"question_{each.pk}" for kind, each in make_one_of_each_kind(webinar).items()}
    webinar.questions.filter(kind="yes_no").update(is_required=True)
    with browser.new_context(
        java_script_enabled=False, viewport={"width": 320, "height": 640}
    ) as context:
        reader = context.new_page()
        reader.goto(f"{site}{page_of(webinar)}")
        type_into(reader, "first_name", "Ada")
        type_into(reader, "email", "ada@gmial.com")
        type_into(reader, asked["short"], "Sacramento")
        type_into(reader, asked["long"], "One line.")
        reader.keyboard.press("Enter")
        reader.keyboard.type("Another.")
        go_to(reader, asked["one"])
        reader.keyboard.press("ArrowUp")  # from "No answer" to the last choice
        go_to(reader, asked["several"])
        reader.keyboard.press("Space")
        unfold(reader)
        type_into(reader, "phone", "530 555 0137")
        go_to(reader, "consent")
        reader.keyboard.press("Space")
        reader.keyboard.press("Enter")

        # The one that must be answered was left out, and the address may be mistyped.
        reader.locator("[role=alert]").wait_for()
        assert reader.evaluate("document.documentElement.scrollWidth") == 320
        assert reader.evaluate(TARGETS) == []
        assert reader.locator("[role=alert] li").count() == 2
        go_to(reader, asked["yes_no"])
        reader.keyboard.press("ArrowDown")
        reader.locator("[name=instead]").focus()
        reader.keyboard.press("Enter")

        assert reader.locator(".big").inner_text() == "ada@gmail.com"
    kept = Registration.objects.get()
    assert (kept.email, kept.phone) == ("ada@gmail.com", "530 555 0137")
    assert dict(Answer.objects.values_list("question__kind", "value")) == {
        "short": ["Sacramento"],
        "long": ["One line.\nAnother."],
        "one": ["Water"],
        "several": ["Tea"],
        "yes_no": ["no"],
    }
