"""A patient names somebody in the browser, who says yes and later stops. Axe finds nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from registrations.models import Registration
from tests.clock import Clock
from tests.journeys.test_axe import violations
from tests.makers import make_registration
from tests.registrations.pages import private

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(
    ("width", "scheme", "language", "has_script"),
    [(320, "light", "en", False), (1280, "dark", "es", True)],
)
def test_a_patient_names_somebody_who_says_yes_and_stops(
    site: str, clock: Clock, browser: Browser, width: int, scheme: str, language: str,
    has_script: bool,
) -> None:  # fmt: skip
    patient = make_registration(language=language)
    with browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=has_script,
    ) as context:
        reader = context.new_page()
        reader.goto(f"{site}{private(patient)}")
        unfold(reader, "/title/")
        press(reader, "/title/")
        unfold(reader, "/others/")
        press(reader, "/others/")  # nothing is filled in
        look(reader, has_script)
        reader.locator("[name=carer-first_name]").fill("Bo")
        reader.locator("[name=carer-email]").fill("bo@example.com")
        press(reader, "/others/")
        look(reader, has_script)
        carer = Registration.objects.get(carer_of=patient)
        reader.goto(f"{site}{private(carer, 'help/')}")
        look(reader, has_script)
        reader.locator("button[value=yes]").click()
        unfold(reader, "/cancel/")
        look(reader, has_script)
        press(reader, "/cancel/")
        look(reader, has_script)
    carer.refresh_from_db()
    patient.refresh_from_db()
    assert (carer.state, carer.language) == ("cancelled", language)
    assert patient.is_active
    assert patient.shows_title


def unfold(reader: Page, act: str) -> None:
    reader.locator(f"details:has(form[action*='{act}']) > summary").click()


def press(reader: Page, act: str) -> None:
    reader.locator(f"form[action*='{act}'] button").last.click()


def look(reader: Page, has_script: bool) -> None:
    """Nothing hangs over the edge; axe itself is a script."""
    if has_script:
        assert violations("carers", reader) == []
        wide = reader.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide
