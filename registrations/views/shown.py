"""What several pages show of a webinar: its stage, its times in words, the way to another language.

Words for times come from `webinars.times` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise as StrPromise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from notifications import hearing, planning
from notifications.hearing import Status
from notifications.models import Purpose
from registrations import links, signup, waiting
from registrations.forms import source_of
from registrations.models import Registration
from webinars import announcement, ics, times
from webinars.models import Webinar

Days = list[tuple[str, list[times.Face]]]


class Stage(StrEnum):
    """What the public page offers."""

    NOT_YET = "not yet"
    OPEN = "open"
    LIST = "list"  # every place is taken: whoever signs up waits for one
    FULL = "full"  # and the list is over, too
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OVER = "over"

    @property
    def has_form(self) -> bool:
        return self in {self.OPEN, self.LIST}


def stage(webinar: Webinar) -> Stage:
    """Asks for the seats, and only where there is a limit."""
    if webinar.ends_at <= times.now():
        return Stage.OVER
    if webinar.state == Webinar.State.CANCELLED:
        return Stage.CANCELLED
    if webinar.is_yet_to_open():
        return Stage.NOT_YET
    if not webinar.takes_registrations():
        return Stage.CLOSED
    if not signup.is_full(webinar):
        return Stage.OPEN
    return Stage.LIST if waiting.is_open(webinar) else Stage.FULL


def opening(webinar: Webinar) -> SafeString:
    """When sign-up opens, in the announcement's zones; empty where it is open at once."""
    opens_at, zones = webinar.registration_opens_at, webinar.display_zones
    if opens_at is None:
        return SafeString("")
    language = get_language() or webinar.language
    return marked(opens_at, zones[0], times.long_form(opens_at, zones, language))


def has_begun(webinar: Webinar) -> bool:
    return webinar.starts_at <= times.now() < webinar.ends_at


def when(webinar: Webinar, *first: str) -> dict[str, Any]:
    """The times for a page, by day: in the reader's zone, if known, then in the announcement's."""
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "days": by_day(webinar.starts_at, [*first, *webinar.display_zones], language),
        "is_mine": bool(first),
        "lasts": times.until(webinar.ends_at, webinar.starts_at, language),
        "has_begun": has_begun(webinar),
    }


def by_day(instant: datetime, zones: list[str], language: str) -> Days:
    """The instant's faces, those on one date together: ("Friday, July 31, 2026", [faces])."""
    days: dict[str, list[times.Face]] = {}
    for face in times.faces(instant, zones, language):
        days.setdefault(face.day, []).append(face)
    return list(days.items())


def marked(instant: datetime, zone: str, words: str) -> SafeString:
    """The words for an instant, for machines too: `<time datetime="2026-07-31T16:00:00-07:00">`."""
    iso = times.faces(instant, [zone])[0].iso
    return format_html('<time datetime="{}">{}</time>', iso, times.unbroken(words))


def moved_from(webinar: Webinar, zones: list[str], since: datetime | None = None) -> str:
    """The time it was announced for before, in words; empty if it has not moved (since then).

    Empty too where there is no new time to come to: it was called off, or is over.
    """
    before = announcement.former_start(webinar, since) if webinar.is_on() else None
    if before is None:
        return ""
    language = get_language() or webinar.language
    return marked(before, zones[0], times.announcement(before, zones, language))


@dataclass(frozen=True, slots=True)
class Message:
    """An email to come: "1 day before", and its date where that is another day."""

    label: str
    day: str


def reminders_ahead(webinar: Webinar, zone: str) -> list[Message]:
    """The reminders still to come for somebody in this zone who registers now, soonest first."""
    now, language = times.now(), get_language() or webinar.language
    start = times.day(webinar.starts_at, zone, language)
    every = webinar.reminder_rules.all()
    rules = [rule for rule in every if rule.is_enabled and rule.retired_at is None]
    dues = sorted((planning.due(rule, webinar, zone), rule.pk) for rule in rules)
    ahead = [due for due, _rule in dues if now < due < webinar.starts_at]
    days = [times.day(due, zone, language) for due in ahead]
    return [
        Message(before(webinar.starts_at - due), day if day != start else "")
        for due, day in zip(ahead, days, strict=True)
    ]


LABELS: dict[str, StrPromise] = {
    Purpose.CONFIRMATION: _("Your place is saved"),
    Purpose.WAITLISTED: _("You are on the list"),
    Purpose.PROMOTED: _("You have a place now"),
    Purpose.ALREADY_REGISTERED: _("Your link once more"),
    Purpose.MOVED: _("Something has changed"),
    Purpose.CANCELLED: _("The session is cancelled"),
    Purpose.REGISTRATION_CANCELLED: _("Your place is cancelled"),
    Purpose.RECORDING: _("The recording is ready"),
    Purpose.TITLE_CHOSEN: _("A new name for your calendar entry"),
}
TO_CARERS: dict[str, StrPromise] = {
    **LABELS,
    Purpose.CARER_ASKED: _("We asked if you want to help"),
    Purpose.CONFIRMATION: _("You said yes"),
    Purpose.REGISTRATION_CANCELLED: _("No more reminders"),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One of our emails: "A reminder, 1 day before", where it is, and when in the reader's zone."""

    label: str
    status: Status
    is_due: bool
    at: SafeString


def messages(registration: Registration) -> list[Heard]:
    """What they hear from us, sent and to come, in their zone."""
    language, zone = get_language() or registration.language, registration.time_zone
    return [
        Heard(
            label=_label(message, registration),
            status=message.status,
            is_due=message.status is Status.TO_COME and message.at <= times.now(),
            at=marked(message.at, zone, times.announcement(message.at, [zone], language)),
        )
        for message in hearing.messages(registration)
    ]


def _label(message: hearing.Message, registration: Registration) -> str:
    is_farewell = message.purpose == Purpose.REGISTRATION_CANCELLED
    if is_farewell and not (registration.has_had_a_place or registration.is_carer):
        return gettext("You are off the list")
    if message.before is None:
        labels = TO_CARERS if registration.is_carer else LABELS
        return str(labels.get(message.purpose, message.purpose.label))
    return gettext("A reminder, %(how_long)s") % {"how_long": before(message.before)}


def before(span: timedelta) -> str:
    """ "7 days before", "1 hour before", "10 minutes before": in the largest unit that it fills."""
    minutes = span // timedelta(minutes=1)
    if minutes >= 24 * 60:
        days = round(minutes / (24 * 60))
        return ngettext("%(count)d day before", "%(count)d days before", days) % {"count": days}
    if minutes >= 60:
        hours = round(minutes / 60)
        return ngettext("%(count)d hour before", "%(count)d hours before", hours) % {"count": hours}
    return ngettext("%(count)d minute before", "%(count)d minutes before", minutes) % {
        "count": minutes
    }


@dataclass(frozen=True, slots=True)
class CalendarLinks:
    """Ways to put somebody's session into a calendar, and what the calendar must then show."""

    file: str
    google: str
    outlook: str
    office: str
    line: SafeString


def calendar_links(registration: Registration, *, file: str) -> CalendarLinks:
    """`file` is the path of the download that goes with the page's own token."""
    webinar, attendee = registration.webinar, links.attendee(registration)
    language = get_language() or registration.language
    return CalendarLinks(
        file=file,
        google=ics.google_url(webinar, attendee),
        outlook=ics.outlook_url(webinar, attendee, "outlook.live.com"),
        office=ics.outlook_url(webinar, attendee, "outlook.office.com"),
        line=marked(
            webinar.starts_at,
            registration.time_zone,
            ics.calendar_line(webinar, attendee, language),
        ),
    )


def public_calendar_links(webinar: Webinar) -> CalendarLinks:
    """For somebody who has no place yet: they lead to the public page."""
    language, zones = get_language() or webinar.language, webinar.display_zones
    entry = {"page_url": links.page_url(webinar, language), "language": language}
    span = times.span(webinar.starts_at, webinar.ends_at, zones, language)
    return CalendarLinks(
        file=reverse("webinar_calendar", args=[webinar.code]),
        google=ics.public_google_url(webinar, **entry),
        outlook=ics.public_outlook_url(webinar, **entry, host="outlook.live.com"),
        office=ics.public_outlook_url(webinar, **entry, host="outlook.office.com"),
        line=marked(webinar.starts_at, zones[0], f"{webinar.discreet_title}: {span}"),
    )


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The way to the same page in another language, named in that language."""

    code: str
    name: str
    query: str


def other_languages(request: HttpRequest) -> list[LanguageLink]:
    """Links that keep where the reader came from, and nothing else of the address."""
    source = source_of(request.GET.get("utm_source", ""))
    kept = f"&utm_source={source}" if source else ""
    return [
        LanguageLink(
            code=code,
            name=get_language_info(code)["name_local"].capitalize(),
            query=f"?language={code}{kept}",
        )
        for code, _name in settings.LANGUAGES
        if code != get_language()
    ]
