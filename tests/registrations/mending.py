"""What the tests of a mistyped address share: the sealed field, the button, who is registered."""

from __future__ import annotations

import re
from typing import Any

from registrations.models import Registration
from tests.registrations.pages import page, press
from webinars.models import Webinar

WRONG, RIGHT = "ada@gmial.example", "ada@gmail.example"


def sealed(answer: Any) -> str:
    """The hidden field of the page that answered."""
    found = re.search(r'name="sealed" value="([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def fix(webinar: Webinar, answer: Any, email: str = RIGHT) -> Any:
    """Send the small form on that page."""
    return press(f"{page(webinar)}fix/", sealed=sealed(answer), email=email)


def people() -> list[tuple[str, str]]:
    """Those that a wrong address gave way to the right one are left out: they name nobody."""
    rows = Registration.objects.order_by("pk")
    assert not rows.filter(state="replaced").exclude(email="").exists()
    return [(each.email, each.state) for each in rows if each.state != "replaced"]
