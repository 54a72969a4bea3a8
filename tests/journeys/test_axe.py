"""No violation of axe-core on any page and state that a patient sees: WCAG 2.2 A and AA."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.clock import Clock
from tests.journeys.conftest import Said
from tests.journeys.looking import show
from tests.patient.every import every_state

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A frame has the headings of the page around it.
IN_A_FRAME = {"page-has-heading-one": {"enabled": False}}
LOOKS = [
    pytest.param(390, "light", "en", id="phone", marks=pytest.mark.journey),
    pytest.param(1280, "dark", "es", id="desktop, dark, Spanish", marks=pytest.mark.matrix),
    pytest.param(1280, "light", "en", id="desktop", marks=pytest.mark.matrix),
    pytest.param(390, "dark", "es", id="phone, dark, Spanish", marks=pytest.mark.matrix),
]


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_axe_finds_nothing(
    site: str, clock: Clock, browser: Browser, width: int, scheme: str, language: str, said: Said
) -> None:
    found: list[str] = []
    count = 0
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as context:
        reader = context.new_page()
        for seen in every_state(language):
            show(reader, site, seen, language)
            count += 1
            found += violations(seen.name, reader, is_framed=seen.path.startswith("/announce/"))
    assert found == []
    said(f"axe, {language}, {width} px, {scheme}: {count} states, nothing found.")


def violations(name: str, reader: Page, *, is_framed: bool = False) -> list[str]:
    """A line for each: where, which rule, and the elements."""
    options: dict[str, Any] = {
        "runOnly": RULES,
        "rules": IN_A_FRAME if is_framed else {},
        "resultTypes": ["violations"],  # what passes is counted, and not described
    }
    result = Axe().run(reader, options=options)
    return [
        f"{name}: {each['id']} {[node['target'] for node in each['nodes']]}"
        for each in result.response["violations"]
    ]


@pytest.mark.journey
def test_axe_would_find_something(browser: Browser) -> None:
    with browser.new_context() as context:
        reader = context.new_page()
        reader.set_content("<html><body><img src='a.png'><p style='color:#ddd'>Pale</p></body>")
        found = " ".join(violations("bad", reader))
    assert "image-alt" in found
    assert "color-contrast" in found
    assert "html-has-lang" in found
