"""Feeds: calendars that subscribe hear of new, moved and cancelled webinars by themselves.

Which webinars stand in a feed, what it is called, and its bytes. What one entry says is `ics`;
how long an answer may be kept is decided by the views.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext
from icalendar import Calendar, Event
from icalendar.prop import vDuration

from webinars import ics
from webinars.models import Series, Webinar, WebinarQuerySet

KEPT_WHEN_CANCELLED = timedelta(days=30)
REFRESH = timedelta(hours=1)
# What an entry is made of; the rest of a thousand rows would take as long again to read.
TOLD = (
    "code", "uid", "title", "calendar_title", "is_sensitive", "language", "starts_at", "ends_at",
    "display_zones", "help_line", "sender_email", "state", "sequence", "changed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feed:
    """Some webinars under a name that stands in the reader's list of calendars."""

    name: str
    webinars: WebinarQuerySet

    def fingerprint(self) -> str:
        """Another one whenever the octets would be others; one query, nothing is composed."""
        entries = self.webinars.values_list("pk", "changed_at")
        told = [f"{pk} {changed_at.isoformat()}" for pk, changed_at in entries]
        return hashlib.sha256("\n".join([ics.PRODID, self.name, *told]).encode()).hexdigest()[:32]

    def octets(self, page_url: Callable[[Webinar], str]) -> bytes:
        """The file: METHOD:PUBLISH (RFC 5546 3.2.1), an entry for each webinar, in its language.

        `page_url` gives the absolute address of a webinar's public page.
        """
        calendar = _frame(self.name)
        for webinar in self.webinars.only(*TOLD):
            with translation.override(webinar.language):
                calendar.add_component(_entry(webinar, page_url(webinar)))
        return ics.octets(calendar)


def everything() -> Feed:
    """All that is coming, named in English."""
    return Feed(_name(settings.LANGUAGE_CODE), announced())


def in_language(language: str) -> Feed:
    """What is coming in one language, and named in it."""
    return Feed(_name(language), announced().filter(language=language))


def of_series(series: Series) -> Feed:
    """What is coming of one series. One sensitive webinar in it, and its title is not said."""
    is_discreet = series.webinars.filter(is_sensitive=True).exists()
    name = f"{settings.ORGANISATION_NAME}: {series.title}"
    return Feed(_name(series.language) if is_discreet else name, announced().filter(series=series))


def announced() -> WebinarQuerySet:
    """Published and not over, or cancelled lately: so that whoever has the entry hears of it."""
    lately = Now() - KEPT_WHEN_CANCELLED
    is_coming = Q(state=Webinar.State.PUBLISHED, ends_at__gt=Now())
    is_off = Q(state=Webinar.State.CANCELLED, cancelled_at__gt=lately)
    return Webinar.objects.public().filter(is_coming | is_off).order_by("starts_at", "pk")


def _name(language: str) -> str:
    with translation.override(language):
        return gettext("%(organisation)s: online sessions") % {
            "organisation": settings.ORGANISATION_NAME
        }


def _frame(name: str) -> Calendar:
    """RFC 7986 5.1 and 5.7, and beside them what calendars older than it understand."""
    calendar = ics.calendar("PUBLISH")
    said = ics.Text(ics.UNSAFE.sub(" ", name).strip())
    calendar["NAME"] = calendar["X-WR-CALNAME"] = said
    calendar["REFRESH-INTERVAL"] = vDuration(REFRESH, params={"VALUE": "DURATION"})
    calendar["X-PUBLISHED-TTL"] = vDuration(REFRESH)
    return calendar


def _entry(webinar: Webinar, page_url: str) -> Event:
    event = ics.public_entry(webinar, page_url=page_url)
    event["ORGANIZER"] = ics.organizer(webinar)
    # In a feed, Google shows private entries as "Busy", without a word of what they are.
    event.pop("CLASS", None)
    if webinar.state == Webinar.State.CANCELLED:
        _call_off(event)
    return event


def _call_off(event: Event) -> None:
    """Said in words too: some calendars show the title and nothing of STATUS."""
    event["STATUS"] = ics.Text("CANCELLED")
    event["TRANSP"] = ics.Text("TRANSPARENT")
    event["SUMMARY"] = ics.Text(gettext("Cancelled: %(title)s") % {"title": event["SUMMARY"]})
    lines = [gettext("This session is cancelled."), "", str(event["DESCRIPTION"])]
    event["DESCRIPTION"] = ics.Text("\n".join(lines))
