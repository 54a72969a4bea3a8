"""The announcement in each of its forms: text, HTML, JSON, a script, the page within a frame.

What it says is decided by `webinars.announcement`; how an answer is kept, by the view.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from registrations import links, signup
from webinars import announcement, times
from webinars.announcement import AHEAD, Announcement, Occasion, State
from webinars.models import Series, Webinar

ALL = "all"
# The source of a form that its organizer gave no name of its own.
SOURCES = {
    "txt": "embed-text",
    "html": "embed-html",
    "json": "embed-json",
    "js": "embed-script",
    "frame": "embed-frame",
}


class Unknown(Exception):
    """No such thing is announced."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a form was asked for: "webinar" or "series" and its code, "next" and a language.

    The words are in `language`, where one is asked for; else in the webinar's own.
    """

    kind: str
    code: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An occasion in words, with the address that its link leads to."""

    occasion: Occasion
    words: Announcement
    language: str
    url: str


def tell(subject: Subject, *, source: str) -> Told:
    """What is to be said now. `source` is kept with whoever registers. Raises `Unknown`."""
    occasion, fallback = _found(subject)
    if occasion.webinar and occasion.state == State.COMING and signup.is_full(occasion.webinar):
        occasion = replace(occasion, state=State.FULL)
    own = occasion.webinar.language if occasion.webinar else fallback
    language = subject.language or own
    words = announcement.told(occasion, language)
    return Told(occasion, words, language, _link(occasion, language, source))


def _found(subject: Subject) -> tuple[Occasion, str]:
    """And the language to speak where there is no webinar."""
    if subject.kind == "webinar":
        webinar = Webinar.objects.public().filter(code=subject.code).first()
        if webinar:
            return announcement.of_webinar(webinar), webinar.language
    elif subject.kind == "series":
        series = Series.objects.filter(code=subject.code).first()
        if series:
            return announcement.of_next(Webinar.objects.filter(series=series)), series.language
    elif subject.kind == "next" and subject.code == ALL:
        return announcement.of_next(Webinar.objects.all()), settings.LANGUAGE_CODE
    elif subject.kind == "next" and subject.code in dict(settings.LANGUAGES):
        return announcement.of_next(Webinar.objects.filter(language=subject.code)), subject.code
    raise Unknown


def _link(occasion: Occasion, language: str, source: str) -> str:
    webinar = occasion.leads_to
    if webinar is None:
        return links.home_url(language)
    return links.with_source(links.page_url(webinar, language), source)


def text(told: Told) -> str:
    """One line, and the address at its end."""
    words = told.words
    said = " ".join(part for part in (words.sentence, words.note) if part)
    return f"{said} {words.link}: {told.url}\n"


def html(told: Told) -> str:
    """A paragraph without style or script, for any page."""
    return render_to_string("registrations/announcement/snippet.html", {"told": _unbroken(told)})


def facts(told: Told, zone: str | None = None) -> dict[str, Any]:
    """For programs. `zone`, as a browser reports it, adds the reader's own time."""
    webinar = told.occasion.webinar
    return {
        "state": told.occasion.state,
        "language": told.language,
        "sentence": told.words.sentence,
        "note": told.words.note,
        "your_time": _your_time(told, zone),
        "link": {"text": told.words.link, "label": told.words.label, "url": told.url},
        "title": webinar.title if webinar else "",
        "starts_at": _starts_at(webinar) if webinar else "",
        "zones": [*map(times.canonical, webinar.display_zones)] if webinar else [],
    }


def script(told: Told, zone: str | None = None) -> str:
    """A program that shows the announcement in whatever page loads it, and keeps it true."""
    said = facts(_unbroken(told), zone)
    said["your_time"] = times.unbroken(said["your_time"])
    context = {"said": json.dumps(said), "style": json.dumps(style())}
    return render_to_string("registrations/announcement/loader.js", context)


def frame(told: Told, *, script_url: str) -> str:
    """A whole page: right without JavaScript, kept true by the script with it."""
    context = {"told": _unbroken(told), "script": script_url, "style": style()}
    with translation.override(told.language):
        return render_to_string("registrations/announcement/frame.html", context)


@cache
def style() -> str:
    known = {"own": settings.PALETTE.light}
    return render_to_string("registrations/announcement/announcement.css", known).strip()


@cache
def style_hash() -> str:
    """Of the frame's one style sheet, as its content security policy names it."""
    return base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()


def _your_time(told: Told, zone: str | None) -> str:
    webinar = told.occasion.webinar
    if webinar is None or zone is None or told.occasion.state not in AHEAD:
        return ""
    if zone in map(times.canonical, webinar.display_zones):
        return ""  # it is said already
    words, _face = times.own_time(webinar.starts_at, zone, webinar.display_zones, told.language)
    with translation.override(told.language):
        return gettext("Where you are, that looks like: %(words)s") % {"words": words}


def _starts_at(webinar: Webinar) -> str:
    return times.faces(webinar.starts_at, webinar.display_zones[:1])[0].iso


def _unbroken(told: Told) -> Told:
    """For HTML, where lines break."""
    words = told.words
    sentence, note = times.unbroken(words.sentence), times.unbroken(words.note)
    return replace(told, words=replace(words, sentence=sentence, note=note))
