"""What the tests of the pages share: pressing buttons as a browser does, and reading the answer."""

from __future__ import annotations

import re
from datetime import date, time
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.test import Client

from registrations.models import Registration
from registrations.protection import stamp
from registrations.tokens import Purpose, token
from tests.makers import make_webinar
from webinars.models import Webinar

JULY = {"local_date": date(2027, 7, 30), "local_time": time(16)}

TYPED = {
    "first_name": "Ada",
    "email": "ada@example.com",
    "time_zone": "America/Chicago",
    "consent": "on",
}


def july(**fields: Any) -> Webinar:
    return make_webinar(**{**JULY, **fields})


def page(webinar: Webinar) -> str:
    return f"/w/{webinar.code}/"


def private(registration: Registration, rest: str = "") -> str:
    return f"/r/{token(registration, Purpose.MANAGE)}/{rest}"


def joining(registration: Registration, rest: str = "") -> str:
    return f"/j/{token(registration, Purpose.JOIN)}/{rest}"


def press(path: str, **typed: Any) -> Any:
    """Post a form of ours that was rendered just now."""
    return Client().post(path, {"rendered": stamp(), **typed})


def register(webinar: Webinar, **typed: Any) -> Any:
    return press(page(webinar), **{**TYPED, **typed})


def get(path: str, **headers: str) -> Any:
    return Client().get(path, headers=headers)


def text(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    reader = _Text()
    reader.feed(response.content.decode())
    words = re.sub(r"\s+", " ", "".join(reader.words)).strip()
    return re.sub(r" (?=[.,:;])", "", words)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.is_list = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_list = tag in {"select", "option", "optgroup"}
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.is_list = self.is_list and tag != "select"
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.is_list:
            self.words.append(data)


def has_form(response: Any) -> bool:
    return b'name="first_name"' in response.content


def every_row() -> dict[str, list[tuple[Any, ...]]]:
    """The whole database, to see that nothing changed."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }
