"""An organizer's acts: publish, reschedule, amend, cancel. The only writers of a schedule.

Each act is one transaction, raises `Refused` with a sentence for the organizer, sends
`webinar_changed` and returns the webinar. Who is told, and how, is `notifications.planning`.
`retime` is the act of those who make the zones' rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from webinars import times, topics
from webinars.hours import SIGN_UP_HOURS
from webinars.models import ZONE_RELEASE, Revision, Webinar
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

# A revision's reason, where no organizer gave one.
RULES_CHANGED = gettext_noop("The time zone rules changed.")
OPENS_TOO_LATE = (
    "Sign-up would close before it opens. Choose an earlier opening, or a later closing."
)
ALREADY_OVER = "By the zone's new rules it would have started already."


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
    if webinar.is_sensitive and (word := topics.named_topic(webinar, webinar.calendar_title)):
        found["calendar_title"] = (
            f"The calendar title names the topic (“{word}”). It shows on lock screens and shared "
            "calendars: choose neutral words, such as “Online session”."
        )
    if never_opens(webinar):
        found["registration_opens_date"] = OPENS_TOO_LATE
    return found


def never_opens(webinar: Webinar) -> bool:
    """Whether sign-up would close before it opens."""
    opens_at = webinar.registration_opens_at
    return opens_at is not None and opens_at >= webinar.registration_closes_at


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
    if never_opens(webinar):
        raise Refused("Sign-up would open only after that. First change when it opens.")
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


@dataclass(frozen=True, slots=True)
class Retiming:
    """What the present zone rules make of a start. `problem` says why it stays all the same."""

    webinar: Webinar
    was: datetime
    becomes: datetime
    problem: str = ""

    @property
    def moves(self) -> bool:
        return self.was != self.becomes


def timed_by_older_rules() -> QuerySet[Webinar]:
    """Webinars to come whose start follows from an older release of the zone data than ours."""
    return _to_come().filter(zone_release__lt=ZONE_RELEASE).order_by("starts_at", "pk")


def is_outdated() -> bool:
    """Whether a webinar to come was timed by newer rules than this process has."""
    return _to_come().filter(zone_release__gt=ZONE_RELEASE).exists()


def _to_come() -> QuerySet[Webinar]:
    return Webinar.objects.exclude(state=Webinar.State.CANCELLED).filter(starts_at__gt=Now())


def retiming(webinar: Webinar) -> Retiming:
    """What `retime` would do. Writes nothing."""
    was = webinar.starts_at
    try:
        becomes = times.instant(webinar.local_date, webinar.local_time, webinar.time_zone)
    except (times.NoSuchTime, times.UnknownZone) as trouble:
        return Retiming(webinar, was, was, str(trouble))
    if becomes <= times.now():
        return Retiming(webinar, was, was, ALREADY_OVER)
    return Retiming(webinar, was, becomes)


@transaction.atomic
def retime(webinar: Webinar) -> Retiming | None:
    """Derive a start to come again from its wall clock, by the zone's present rules.

    A published webinar that moves gets a revision, and everybody registered is told; a draft moves
    silently. A wall clock that no longer names one instant to come keeps the one that people were
    told, and `clock_state` says so. None when these rules, or newer ones, were followed already:
    safe to repeat and to race, and a process with older zone data moves nothing back.
    """
    locked = _to_come().select_for_update(no_key=True).filter(zone_release__lt=ZONE_RELEASE)
    found = locked.filter(pk=webinar.pk).first()
    if found is None:
        return None
    result = retiming(found)
    if result.moves:
        _move_with_the_rules(found)
        return result
    found.zone_release = ZONE_RELEASE
    if not result.problem:
        found.clock_state = Webinar.Clock.RIGHT
        found.set_sign_up_hours()
    elif found.clock_state == Webinar.Clock.RIGHT:
        found.clock_state = Webinar.Clock.LOST
    found.save(update_fields=["zone_release", "clock_state", *SIGN_UP_HOURS])
    return result


def _move_with_the_rules(webinar: Webinar) -> None:
    webinar.set_wall_clock(webinar.local_date, webinar.local_time, webinar.time_zone)
    if webinar.state == Webinar.State.DRAFT:
        _save(webinar)
        return
    webinar.schedule_revision += 1
    webinar.sequence += 1
    webinar.scheduled_at = times.now()
    _record(webinar, reason=RULES_CHANGED, by=None)


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
