"""By keyboard alone: Tab, Enter, Space, letters. What has the focus is seen; nothing holds it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from registrations.models import Registration
from tests.clock import Clock
from tests.journeys.conftest import Said, Visitor
from tests.journeys.looking import show
from tests.patient.every import every_state
from tests.patient.states import a_place, a_webinar
from tests.registrations.pages import page, private

pytestmark = pytest.mark.matrix

MOST = 80  # presses of Tab, more than any page has stops
WIDTHS = [390, 1280]
# Of the element that has the focus: what it is, and whether somebody sees that it has it.
STOP = """() => {
    let stop = document.activeElement;
    while (stop?.shadowRoot?.activeElement) stop = stop.shadowRoot.activeElement;
    if (!stop || stop === document.body) return null;
    const style = getComputedStyle(stop), box = stop.getBoundingClientRect();
    const all = [...document.querySelectorAll('*')];
    const place = all.indexOf(stop.getRootNode().host ?? stop);
    return {
        name: `${stop.tagName} ${stop.id || stop.name || stop.getAttribute('href') || ''}`,
        place,
        isOutlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        isInSight: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
            && box.top < innerHeight && box.left < innerWidth,
    };
}"""
# Also where the page itself has put the focus on its errors.
TO_THE_TOP = "document.body.tabIndex = -1; document.body.focus(); scrollTo(0, 0)"
# What a mouse can press or fill in must be a stop as well; buttons of which one is chosen, by
# arrows, are one stop. The button that nobody sees lets Enter send the form.
PRESSABLE = """() => {
    const seen = [...document.querySelectorAll(
        'a[href], button:not(.unseen), input:not([type=hidden]), select, textarea, summary')]
        .filter((each) => each.checkVisibility() && !each.closest('[inert]'));
    return new Set(seen.map((each) => each.type === 'radio' ? each.name : each)).size;
}"""


def stops(reader: Page) -> list[dict[str, Any]]:
    """Where Tab leads, from the top of the page until it leaves the page."""
    found: list[dict[str, Any]] = []
    reader.evaluate(TO_THE_TOP)
    for _press in range(MOST):
        reader.keyboard.press("Tab")
        stop = reader.evaluate(STOP)
        if stop is None or (found and stop["place"] == found[0]["place"]):
            return found
        found.append(stop)
    raise AssertionError(f"Tab never leaves the page: {found[-5:]}")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", WIDTHS)
def test_tab_leads_through_every_page_in_order_seen_at_every_stop(
    site: str, clock: Clock, visitor: Visitor, width: int, language: str, said: Said
) -> None:
    reader, count, troubles = visitor.open(width=width), 0, []
    for seen in every_state(language):
        show(reader, site, seen, language)
        reader.wait_for_load_state("networkidle")  # the reader's own time brings a link with it
        found = stops(reader)
        count += len(found)
        places = [stop["place"] for stop in found]
        if places != sorted(places):
            troubles.append(f"{seen.name}: out of order: {[stop['name'] for stop in found]}")
        if len(found) < reader.evaluate(PRESSABLE):
            troubles.append(f"{seen.name}: not all are reached: {[s['name'] for s in found]}")
        troubles += [
            f"{seen.name}: {stop['name']} {trouble}"
            for stop in found
            for trouble in ("isOutlined", "isInSight")
            if not stop[trouble]
        ]
    visitor.complaints.clear()  # three states are refusals: see test_states.py
    assert troubles == []
    said(f"keyboard, {language}, {width} px: {count} stops, each in order and seen.")


def tab_to(reader: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _press in range(MOST):
        if reader.locator(f"{selector}:focus").count():
            return
        reader.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", WIDTHS)
def test_somebody_registers_by_keyboard_and_mends_a_mistake(
    site: str, visitor: Visitor, width: int, language: str, said: Said
) -> None:
    webinar = a_webinar(language)
    reader = visitor.open(width=width)
    reader.goto(f"{site}/?language={language}")
    tab_to(reader, f".cards a[href^='{page(webinar)}']")
    reader.keyboard.press("Enter")
    reader.wait_for_url(f"**{page(webinar)}**")
    tab_to(reader, "#id_first_name")
    reader.keyboard.type("Ada")
    tab_to(reader, "#id_time_zone")
    reader.keyboard.type("H")  # the next that begins so
    tab_to(reader, "#id_consent")
    reader.keyboard.press("Space")
    tab_to(reader, "#send")
    reader.keyboard.press("Enter")

    expect(reader.locator(".note.bad")).to_be_focused()  # the errors are read out first
    tab_to(reader, ".note.bad a")
    reader.keyboard.press("Enter")
    expect(reader.locator("#id_email")).to_be_focused()
    reader.keyboard.type("ada@example.com")
    reader.keyboard.press("Enter")  # sends the form from any of its fields

    expect(reader.locator(".big")).to_have_text("ada@example.com")
    assert Registration.objects.get().first_name == "Ada"
    said(f"keyboard, {language}, {width} px: registered, with a mistake mended.")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", WIDTHS)
def test_somebody_gives_the_place_up_by_keyboard_and_takes_it_again(
    site: str, visitor: Visitor, width: int, language: str, said: Said
) -> None:
    someone = a_place(language)
    reader = visitor.open(width=width)
    reader.goto(f"{site}{private(someone)}?language={language}")
    tab_to(reader, "details:has(form[action*='/zone/']) > summary")
    reader.keyboard.press("Space")
    tab_to(reader, "form[action*='/zone/'] select")
    reader.keyboard.press("End")
    tab_to(reader, "form[action*='/zone/'] > button")
    reader.keyboard.press("Space")
    expect(reader.locator(".note.good[role=status]")).to_be_visible()

    tab_to(reader, "details:has(form[action*='/cancel/']) > summary")
    reader.keyboard.press("Enter")
    tab_to(reader, "form[action*='/cancel/'] button")
    reader.keyboard.press("Enter")
    tab_to(reader, "form[action*='/return/'] button")
    reader.keyboard.press("Enter")

    expect(reader.locator(".note.good[role=status]")).to_be_visible()
    former = someone.time_zone
    someone.refresh_from_db()
    assert someone.is_active
    assert someone.time_zone != former
    said(f"keyboard, {language}, {width} px: zone changed, place given up and taken again.")
