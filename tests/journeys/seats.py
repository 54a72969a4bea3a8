"""A patient before a screen: in a language, on a phone or a desktop, with script or without.

What is pressed is found by where it leads, so the paths are the same in every language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

from playwright.sync_api import Locator, Page, expect

SEATS = list(product(["en", "es"], [390, 1280], [True, False]))


def named(language: str, width: int, has_script: bool) -> str:
    return f"{language}, {width} px, {'script' if has_script else 'no script'}"


@dataclass(frozen=True)
class Seat:
    """A patient before a screen."""

    reader: Page
    site: str
    language: str
    name: str
    has_script: bool

    def __str__(self) -> str:
        return self.name

    def go(self, path: str) -> None:
        self.reader.goto(f"{self.site}{path}{'&' if '?' in path else '?'}language={self.language}")

    def form(self, leads_to: str) -> Locator:
        return self.reader.locator(f"form[action*='{leads_to}']")

    def press(self, leads_to: str) -> None:
        """The one button of the form that leads there; what hides it is unfolded first."""
        folded = self.reader.locator("details:not([open])", has=self.form(leads_to))
        if folded.count():
            folded.locator("> summary").click()
        with self.reader.expect_navigation():
            self.form(leads_to).locator("> button").click()

    def unfold(self, leads_to: str) -> Locator:
        """The form that leads there and nowhere below, in sight."""
        form = self.reader.locator(f"form[action$='{leads_to}'], form[action*='{leads_to}?']")
        folded = self.reader.locator("details:not([open])", has=form)
        if folded.count():
            folded.locator("> summary").click()
        return form

    def sees(self, *selectors: str) -> None:
        for selector in selectors:
            expect(self.reader.locator(selector).first).to_be_visible()


def link(text: str, kind: str, rest: str = r"(?!not-me|\S*calendar)") -> str:
    found = re.search(rf"http://\S+/{kind}/\w+/{rest}\S*", text)
    assert found, text
    return found[0]
