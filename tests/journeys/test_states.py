"""Every state in a real browser, with script and without, narrow and wide: it fits and is legible.

Without script nothing is missing: what only a script fills stands nowhere, and every form works.
"""

from __future__ import annotations

from itertools import product

import pytest
from playwright.sync_api import Page

from tests.clock import Clock
from tests.journeys.conftest import Said, Visitor
from tests.journeys.looking import show
from tests.patient.every import every_state
from tests.patient.states import Seen

pytestmark = pytest.mark.matrix

LEAST = 44  # px: WCAG 2.2's larger target; ours are 48 and more, borders apart
# The one button that nobody sees lets Enter send the form.
SMALL = """(least) => [...document.querySelectorAll(
    'button:not(.unseen), .button, summary, select, label.tick,'
    + 'input:not([type=hidden], [type=checkbox], [type=radio])')]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < least)
    .map((each) => each.outerHTML.slice(0, 90))"""
EMPTY = """() => [...document.querySelectorAll('main :is(p, h1, h2, h3, li, strong, b, label, ul)')]
    .filter((each) => each.checkVisibility() && !each.textContent.trim()
        && !each.querySelector('input, select, img') && !each.matches('[role=status], ul'))
    .map((each) => each.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize(
    ("language", "width", "has_script"),
    [
        pytest.param(*seat, id=f"{seat[0]}, {seat[1]} px, {'script' if seat[2] else 'no script'}")
        for seat in product(["en", "es"], [320, 1280], [True, False])
    ],
)
def test_every_state_fits_its_screen_and_is_whole(
    site: str,
    clock: Clock,
    visitor: Visitor,
    language: str,
    width: int,
    has_script: bool,
    said: Said,
) -> None:
    reader, troubles, count = visitor.open(width=width, has_script=has_script), [], 0
    for seen in every_state(language):
        show(reader, site, seen, language)
        count += 1
        troubles += [f"{seen.name}: {trouble}" for trouble in troubles_of(seen, reader, width)]
    assert troubles == []
    # The page that is not there, the form from elsewhere, the link that proves no address.
    assert [each[:3] for each in visitor.complaints] == ["404", "403", "404"]
    visitor.complaints.clear()
    said(f"states, {language}, {width} px, script {has_script}: {count} fit.")


def troubles_of(seen: Seen, reader: Page, width: int) -> list[str]:
    found = []
    across = reader.evaluate("document.documentElement.scrollWidth")
    if across > width:
        found.append(f"is {across} px wide")
    if not seen.path.startswith("/announce/") and reader.locator("h1:visible").count() != 1:
        found.append("has not one heading")
    found += [f"small: {each}" for each in reader.evaluate(SMALL, LEAST)]
    found += [f"empty: {each}" for each in reader.evaluate(EMPTY)]
    return found
