"""Every page in every state and every email is valid HTML: no error and no warning.

By the Nu checker, which is what the W3C's own service runs.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clock import Clock
from tests.journeys import tools
from tests.journeys.conftest import Said
from tests.notifications.emails.reading import raw_body
from tests.patient.letters import every_letter
from tests.patient.pages import every_page

pytestmark = [pytest.mark.matrix, pytest.mark.django_db]

# What the checker says and we mean, each with its reason.
MEANT = {
    "The “cellpadding” attribute on the “table” element is obsolete.": (
        "Outlook on Windows puts space around an email's button without it."
    ),
    "The “cellspacing” attribute on the “table” element is obsolete.": "As cellpadding.",
    "CSS: “mso-padding-alt”: Property “mso-padding-alt” doesn't exist.": (
        "Outlook on Windows knows it, and gives a button its size by it."
    ),
}


@pytest.fixture(scope="module")
def checker() -> list[str]:
    try:
        return tools.checker()
    except tools.Absent as absent:
        pytest.skip(f"NO HTML CHECKER: no page's HTML is checked. {absent}")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_and_email_is_valid(
    clock: Clock, checker: list[str], language: str, tmp_path: Path, said: Said
) -> None:
    for name, html in every_page(language):
        write(tmp_path, f"page {name}", html)
    for name, letter in every_letter(language):
        write(tmp_path, f"email {name}", raw_body(letter, "html"))

    found = complaints(checker, tmp_path)

    assert [each for each in found if not any(words in each for words in MEANT)] == []
    said(f"HTML, {language}: {len([*tmp_path.iterdir()])} pages and emails are valid.")


def test_the_checker_would_find_something(checker: list[str], tmp_path: Path) -> None:
    write(tmp_path, "bad", "<!doctype html><html><title>Bad</title><p><ul id=a id=b></ul></p>")

    assert len(complaints(checker, tmp_path)) > 2


def write(folder: Path, name: str, html: str) -> None:
    file = re.sub(r"\W+", "-", name)
    (folder / f"{file}.html").write_text(html, encoding="utf-8")


def complaints(checker: list[str], folder: Path) -> list[str]:
    """A line for each: where, what, and the words of the page."""
    command = [*checker, "--format", "json", "--stdout", "--exit-zero-always", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    messages: list[dict[str, Any]] = json.loads(done.stdout)["messages"]
    return [
        f"{Path(each['url']).stem}: {each['message']} ({each.get('extract', '').strip()})"
        for each in messages
    ]
