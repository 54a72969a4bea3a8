"""A state of the list in a real browser: its page opened, its form filled in and sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, Route

from tests.patient.states import Seen

UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true })"
# The select of zones has no empty choice where a zone is known.
CHOOSE_NOTHING = "(select) => { select.selectedIndex = -1 }"


def show(reader: Page, site: str, seen: Seen, language: str) -> None:
    """Lead the browser there, and unfold what is folded away."""
    reader.goto(f"{site}{seen.path}{'&' if '?' in seen.path else '?'}language={language}")
    reader.evaluate(UNFOLD)
    if seen.typed is None:
        return
    form = reader.locator(f"form[action^='{seen.sent_to}']" if seen.sent_to else "main form")
    for name, value in seen.typed.items():
        fill(form.locator(f"[name={name}]"), value)
    with pretending(reader, seen.headers), reader.expect_navigation():
        form.get_by_role("button").last.click()
    reader.evaluate(UNFOLD)


def fill(field: Locator, value: str) -> None:
    kind = field.evaluate("(field) => field.type")
    if kind == "hidden":
        field.evaluate("(field, value) => { field.value = value }", value)
    elif kind == "checkbox":
        field.check()
    elif kind.startswith("select"):
        field.select_option(value) if value else field.evaluate(CHOOSE_NOTHING)
    else:
        field.fill(value)


@contextmanager
def pretending(reader: Page, headers: dict[str, str]) -> Iterator[None]:
    """While it lasts, the browser says this of itself."""
    said = {name.lower(): value for name, value in headers.items()}

    def go_on(route: Route) -> None:
        route.continue_(headers={**route.request.headers, **said})

    if headers:
        reader.route("**/*", go_on)
    yield
    if headers:
        reader.unroute("**/*")
