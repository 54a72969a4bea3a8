"""An organizer's acts: publish, reschedule, amend, cancel. The only writers of a schedule.

Each act is one transaction, raises `Refused` with a sentence for the organizer, sends
`webinar_changed` and returns the webinar. Who is told, and how, is `notifications.planning`.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from webinars import times
from webinars.models import Revision, Webinar
from webinars.signals import webinar_changed

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REQUIRED_TO_PUBLISH = {
    "join_url": "Give the host's join link.",
    "help_line": "Give a help line: some people cannot read email well.",
    "organizer_name": "Say who organizes it.",
    "organizer_email": "Give a mailbox that somebody reads.",
    "display_zones": "Choose at least one zone for the announcement.",
}


class Refused(ValueError):
    """An act that cannot be done now; its text says why and what to do."""


@transaction.atomic
def draft(webinar: Webinar) -> Webinar:
    """Save a webinar that nobody has been told of. Raises `times.NoSuchTime`, `UnknownZone`."""
    # The row has the last word: somebody may have published it while it was being edited.
    if webinar.pk and _locked(webinar).state != Webinar.State.DRAFT:
        raise Refused("It is published: reschedule it instead, so that people are told.")
    webinar.set_wall_clock(webinar.local_date, webinar.local_time, webinar.time_zone)
    return _save(webinar)


def obstacles(webinar: Webinar) -> dict[str, str]:
    """What keeps a draft from being published: field -> what to do. Empty when nothing does."""
    found = {name: say for name, say in REQUIRED_TO_PUBLISH.items() if not getattr(webinar, name)}
    if webinar.starts_at <= times.now():
        found["local_date"] = "This time is already past. Choose a later one."
    if webinar.is_sensitive and _shares_a_word(webinar.calendar_title, webinar.title):
        found["calendar_title"] = (
            "The calendar title names the topic. It shows on lock screens and shared calendars: "
            "choose neutral words, such as “Online session”."
        )
    return found


@transaction.atomic
def publish(webinar: Webinar, *, by: User | None) -> Webinar:
    """Open registration and plan the reminders. Raises `Refused` while there are `obstacles`."""
    webinar = _locked(webinar)
    if webinar.state != Webinar.State.DRAFT:
        raise Refused("Only a draft can be published.")
    webinar.set_wall_clock(webinar.local_date, webinar.local_time, webinar.time_zone)
    if found := obstacles(webinar):
        raise Refused(" ".join(found.values()))
    webinar.state = Webinar.State.PUBLISHED
    webinar.published_at = webinar.scheduled_at = times.now()
    webinar.sender_email = settings.DEFAULT_FROM_EMAIL
    return _record(webinar, reason="", by=by)


@transaction.atomic
def reschedule(
    webinar: Webinar,
    *,
    date: date,
    time: time,
    time_zone: str,
    reason: str,
    by: User | None,
    duration: timedelta | None = None,
) -> Webinar:
    """Move a published webinar; everybody registered is told.

    Raises `times.NoSuchTime` for a wall-clock time that the zone skips or repeats, `Refused` for
    a past one. The same instant and length again changes no revision and tells nobody.
    """
    webinar = _published(webinar)
    before = (webinar.starts_at, webinar.duration)
    webinar.duration = webinar.duration if duration is None else duration
    webinar.set_wall_clock(date, time, time_zone)
    if webinar.starts_at <= times.now():
        raise Refused("The new time is already past. Choose a later one.")
    if (webinar.starts_at, webinar.duration) == before:
        return _save(webinar)
    if webinar.starts_at != before[0]:
        webinar.schedule_revision += 1
        webinar.scheduled_at = times.now()
    webinar.sequence += 1
    return _record(webinar, reason=reason, by=by)


@transaction.atomic
def amend(
    webinar: Webinar,
    *,
    calendar_title: str,
    dial_in: str,
    help_line: str,
    reason: str,
    by: User | None,
) -> Webinar:
    """Change what calendar entries say beside the time; everybody registered is told."""
    webinar = _published(webinar)
    wanted = {"calendar_title": calendar_title, "dial_in": dial_in, "help_line": help_line}
    if all(getattr(webinar, name) == value for name, value in wanted.items()):
        return webinar
    for name, value in wanted.items():
        setattr(webinar, name, value)
    webinar.sequence += 1
    return _record(webinar, reason=reason, by=by)


@transaction.atomic
def cancel(webinar: Webinar, *, reason: str, by: User | None) -> Webinar:
    """Call a published webinar off. Every pending message stops with this commit."""
    webinar = _published(webinar)
    webinar.state = Webinar.State.CANCELLED
    webinar.cancelled_at = times.now()
    webinar.sequence += 1
    return _record(webinar, reason=reason, by=by)


def _locked(webinar: Webinar) -> Webinar:
    # no_key: a plain FOR UPDATE would block every registration's foreign key.
    return Webinar.objects.select_for_update(no_key=True).get(pk=webinar.pk)


def _published(webinar: Webinar) -> Webinar:
    webinar = _locked(webinar)
    if webinar.state == Webinar.State.DRAFT:
        raise Refused("It is still a draft: edit it freely, nobody has been told of it.")
    if webinar.state == Webinar.State.CANCELLED:
        raise Refused("It was cancelled, and everybody was told so. Make a new one instead.")
    if webinar.ends_at <= times.now():
        raise Refused("It is over. Make a new one instead.")
    return webinar


def _record(webinar: Webinar, *, reason: str, by: User | None) -> Webinar:
    """Save, write the revision down, and ring: in this order, for the receivers read it."""
    webinar.changed_at = times.now()
    webinar.save()
    Revision.objects.record(webinar, reason=reason, by=by)
    webinar_changed.send(Webinar, webinar=webinar)
    return webinar


def _save(webinar: Webinar) -> Webinar:
    """What tells nobody anything."""
    webinar.changed_at = times.now()
    webinar.save()
    webinar_changed.send(Webinar, webinar=webinar)
    return webinar


def _shares_a_word(neutral: str, title: str) -> bool:
    """Whether a word of five letters or more stands in both, whatever its case."""
    common = {"online", "session", "webinar", "patient", "national", "meeting", "appointment"}
    words = [{w.strip(".,:;?!¿¡()").casefold() for w in text.split()} for text in (neutral, title)]
    return any(len(word) > 4 for word in (words[0] & words[1]) - common)
