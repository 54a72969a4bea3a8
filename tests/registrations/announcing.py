"""What the tests of the announcement share."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from tests.registrations.pages import get
from webinars.models import Webinar

TITLE = "Pain after back surgery: is it the SI joint?"
AUGUST = {"local_date": date(2027, 8, 27), "local_time": time(16)}
A_WEEK_LATER = {"date": date(2027, 8, 6), "time": time(16), "time_zone": "America/Los_Angeles"}
PATHS = {
    "txt": "/announce/{}.txt",
    "html": "/announce/{}.html",
    "json": "/announce/{}.json",
    "js": "/announce/{}.js",
    "frame": "/announce/{}/",
}


def of(webinar: Webinar, form: str = "txt", query: str = "") -> Any:
    return form_of(f"webinar/{webinar.code}", form, query)


def form_of(subject: str, form: str = "txt", query: str = "") -> Any:
    return get(PATHS[form].format(subject) + query)


def said(subject: Webinar | str, query: str = "") -> str:
    """The text, without its link."""
    path = f"webinar/{subject.code}" if isinstance(subject, Webinar) else subject
    line: str = form_of(path, "txt", query).content.decode()
    return line.partition(" http")[0]
