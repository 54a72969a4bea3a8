"""A state of the list in a real browser: its page opened, its form filled in and sent."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page

from tests.patient.states import Seen

UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true })"
FORM_ELSEWHERE = "<main><form method='post' action='{}'><button>Win</button></form></main>"
SUBMIT = """([action, typed]) => {
    const form = document.createElement("form")
    Object.assign(form, {method: "post", action})
    for (const [name, value] of Object.entries(typed)) {
        form.append(Object.assign(document.createElement("input"), {name, value}))
    }
    document.body.append(form)
    form.submit()
}"""
# The select of zones has no empty choice where a zone is known.
CHOOSE_NOTHING = "(select) => { select.selectedIndex = -1 }"


def show(reader: Page, site: str, seen: Seen, language: str) -> None:
    """Lead the browser there, and unfold what is folded away."""
    address = f"{site}{seen.path}{'&' if '?' in seen.path else '?'}language={language}"
    if seen.is_from_elsewhere:
        reader.goto("about:blank")
        reader.set_content(FORM_ELSEWHERE.format(address))
    else:
        reader.goto(address)
    if seen.typed is not None:
        reader.evaluate(UNFOLD)
        send(reader, seen)
    reader.evaluate(UNFOLD)


def send(reader: Page, seen: Seen) -> None:
    here = f"form[action='{seen.sent_to}'], form[action^='{seen.sent_to}?']"
    form = reader.locator(here if seen.sent_to else "main form").first
    typed = {} if seen.is_from_elsewhere else seen.typed or {}
    if not form.count():  # of another page
        with reader.expect_navigation():
            reader.evaluate(SUBMIT, [seen.sent_to, typed])
        return
    press = form.get_by_role("button").last
    for name, value in typed.items():
        if (choice := form.locator(f"button[name={name}][value={json.dumps(value)}]")).count():
            press = choice
        else:
            fill(form.locator(f"[name={name}]"), value)
    with reader.expect_navigation():
        press.click()


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
