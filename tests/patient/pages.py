"""The pages of the list as HTML, by Django's own client: for whatever reads but does not click."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from registrations.protection import stamp
from tests.patient.every import every_state
from tests.patient.states import Seen

# What no address leads to by itself.
TEMPLATES = ("403.html", "500.html")


def every_page(language: str) -> Iterator[tuple[str, str]]:
    """Each page in each state: its name and its HTML."""
    for seen in every_state(language):
        yield seen.name, answer(seen, language).content.decode()
    with translation.override(language):
        for name in TEMPLATES:
            yield name, render_to_string(name, {"organisation_name": "Lakeside Health"})


def answer(seen: Seen, language: str) -> Any:
    """What a browser shows in the end."""
    asked = f"{'&' if '?' in seen.path else '?'}language={language}"
    if seen.typed is None:
        return Client().get(f"{seen.path}{asked}")
    typed = {"rendered": stamp(), **seen.typed}
    path = f"{seen.sent_to or seen.path}?language={language}"
    site = "cross-site" if seen.is_from_elsewhere else "same-origin"
    answer = Client().post(path, typed, headers={"Sec-Fetch-Site": site})
    return Client().get(answer["Location"]) if answer.status_code == 303 else answer
