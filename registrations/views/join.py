"""The join page, behind a link that never changes: before, now, after, called off.

Calendars that hold this link are shared, so it names nobody and leads to nothing private. The
host's address is in no page; attendance counts on the press alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_safe

from registrations import attending, links, recordings, tokens, waiting
from registrations.forms import StampedForm
from registrations.models import Registration
from registrations.protection import private_form
from registrations.views import shown
from registrations.views.answers import (
    asked_language,
    calendar_file,
    path_of,
    private_page,
    see_other,
    speak,
)
from webinars import ics, times
from webinars.models import Webinar

SOON = timedelta(days=1)
TURNS = 20  # seconds over which the pages that wait for the opening ask again


class Phase(StrEnum):
    """What the link means now."""

    BEFORE = "before"
    OPEN = "open"
    WAITING = "waiting"
    OVER = "over"
    CALLED_OFF = "called off"
    GIVEN_UP = "given up"


def phase(registration: Registration) -> Phase:
    webinar = registration.webinar
    if webinar.state == Webinar.State.CANCELLED:
        return Phase.CALLED_OFF
    if webinar.ends_at <= times.now():
        return Phase.OVER
    if registration.is_waiting:
        return Phase.WAITING
    if not registration.is_active:
        return Phase.GIVEN_UP
    return Phase.OPEN if attending.can_join(registration) else Phase.BEFORE


@require_safe
@private_page
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page; looking at it counts nothing."""
    return _page(request, _resolve(request, token), StampedForm())


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def join_press(request: HttpRequest, token: str) -> HttpResponse:
    """Count the attendance and lead to the host; before and after it opens, back to the page."""
    registration = _resolve(request, token)
    form = StampedForm(request.POST)
    if request.method == "POST" and not form.is_valid():
        return _page(request, registration, form)
    try:
        if request.method == "POST":
            return see_other(attending.join(registration))
    except attending.NotOpen:
        pass
    return see_other(path_of("join", token, language=asked_language(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def join_wish(request: HttpRequest, token: str) -> HttpResponse:
    """Note that they want to hear when the recording is there; then back to the page."""
    registration = _resolve(request, token)
    form = StampedForm(request.POST)
    if request.method == "POST" and not form.is_valid():
        return _page(request, registration, form)
    if request.method == "POST" and phase(registration) == Phase.OVER:
        recordings.wish(registration)
    return see_other(path_of("join", token, language=asked_language(request)))


@require_safe
@private_page
def join_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The personal calendar entry; who has no place any more is shown the page instead."""
    registration = _resolve(request, token)
    if phase(registration) not in {Phase.BEFORE, Phase.OPEN}:
        return see_other(path_of("join", token, language=asked_language(request)))
    return calendar_file(ics.personal_file(registration.webinar, links.attendee(registration)))


def _resolve(request: HttpRequest, token: str) -> Registration:
    registration = tokens.resolve(token, tokens.Purpose.JOIN)
    speak(request, registration.language)
    return registration


def _page(request: HttpRequest, registration: Registration, form: StampedForm) -> HttpResponse:
    webinar, now = registration.webinar, phase(registration)
    context: dict[str, Any] = {
        "webinar": webinar,
        "discreet_title": registration.discreet_title,
        "is_carer": registration.is_carer,
        "phase": now,
        "form": form,
        "has_hope": waiting.is_open(webinar),
        "moved_from": shown.moved_from(webinar, [registration.time_zone], registration.known_since),
        "languages": shown.other_languages(request),
        **shown.when(webinar, registration.time_zone),
        **_waiting(registration, speak(request, registration.language)),
        **_paths(registration, asked_language(request)),
        "is_wished": now == Phase.OVER and recordings.is_wished(registration),
    }
    response = render(request, "registrations/join.html", context)
    if now == Phase.OPEN:
        response.form_action = way_out(webinar.join_url)  # type: ignore[attr-defined]
    return response


def _waiting(registration: Registration, language: str) -> dict[str, Any]:
    """How long it still takes, in words and as numbers for the countdown.

    Numbers of seconds from now: whoever counts them down need not have the right time.
    """
    webinar, now = registration.webinar, times.now()
    return {
        "is_soon": webinar.starts_at - now <= SOON,
        "turn": _turn(registration),
        "seconds_to_turn": _seconds(webinar.opens_at, now) + _turn(registration),
        "opens": _opens(registration, language),
        "countdown": times.until(webinar.starts_at, now, language),
        "seconds_to_start": _seconds(webinar.starts_at, now),
        "seconds_to_opening": _seconds(webinar.opens_at, now),
    }


def _opens(registration: Registration, language: str) -> SafeString:
    """When the button appears; with the day where that is the eve."""
    webinar, zone = registration.webinar, registration.time_zone
    start, opens = (
        times.faces(at, [zone], language)[0] for at in (webinar.starts_at, webinar.opens_at)
    )
    is_eve = opens.day != start.day
    words = times.long_form(webinar.opens_at, [zone], language) if is_eve else opens.words
    return shown.marked(webinar.opens_at, zone, words)


def _turn(registration: Registration) -> int:
    """How many seconds after the opening its page asks again: thousands wait for that second."""
    return 1 + registration.uuid.int % TURNS


def _seconds(instant: datetime, now: datetime) -> int:
    """Rounded up: a page that counts to zero finds the door open."""
    return max(0, ceil((instant - now).total_seconds()))


def _paths(registration: Registration, language: str) -> dict[str, Any]:
    own = tokens.token(registration, tokens.Purpose.JOIN)
    return {
        "press_path": path_of("join_press", own, language=language),
        "wish_path": path_of("join_wish", own, language=language) if registration.is_active else "",
        "page_path": path_of("webinar", registration.webinar.code, language=language),
        "calendar": shown.calendar_links(
            registration, file=path_of("join_calendar", own, language=language)
        ),
    }


def way_out(address: str) -> str:
    """Where the press may lead, for `form-action`: the host, and any https site that it names.

    Chromium checks every redirect of the chain, and meeting hosts send people on to other names.
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]} https:"
