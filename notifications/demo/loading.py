"""Loads the demo through the same acts as everybody uses; only what is past is written directly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from notifications.demo import people, texts
from notifications.demo.people import Person
from notifications.demo.texts import Text
from registrations import carers, questions, signup
from registrations.models import Question, Registration
from webinars import scheduling, times
from webinars.models import Resource, Revision, Speaker, Webinar

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ORGANIZER = "organizer"
# The one-hour reminder comes two to three minutes after loading, while the newcomer watches.
SOON = timedelta(hours=1, minutes=3)
# The second has no clock changes: for the one night when the first shows an hour twice.
SOON_ZONES = ("America/New_York", "America/Phoenix")
WEDNESDAY, THURSDAY = 2, 3
FOUR_PM = time(16)


class Slot(NamedTuple):
    """A wall clock in its zone, which shows it once."""

    day: date
    clock: time
    zone: str


@transaction.atomic
def load() -> None:
    """Make the organizer, six webinars and the people who come; all or nothing."""
    now, organizer = times.now(), _organizer()
    national = _publish(texts.NATIONAL, next_july_31(now), organizer)
    _help(_register(national, people.NATIONAL))
    signup.cancel(_register(national, [people.GONE])[0])

    soon = _publish(texts.MOVING, in_about_an_hour(now), organizer, minutes=45)
    _register(soon, people.SOON)

    spanish_slot = Slot(_next(WEDNESDAY, now, days=16), time(18, 0), "America/Chicago")
    zones = ["America/Los_Angeles", "America/Chicago", "America/New_York"]
    spanish = _publish(texts.SPANISH, spanish_slot, organizer, display_zones=zones)
    signup.limit(spanish, capacity=60)
    _register(spanish, people.SPANISH)

    _fill_a_group(now, organizer)
    draft_slot = Slot(_next(THURSDAY, now, days=45), time(12, 0), "America/New_York")
    _draft(texts.DRAFT, draft_slot, join_url="")
    _hold(
        texts.HELD, Slot(_next(THURSDAY, now, days=-28), time(17, 0), "America/Denver"), organizer
    )


def next_july_31(now: datetime) -> Slot:
    """4 pm Pacific on the next July 31 that is at least an hour away."""
    clock, zone = FOUR_PM, "America/Los_Angeles"
    year = times.wall_clock(now, zone).year
    days = (date(year, 7, 31), date(year + 1, 7, 31))
    later = now + timedelta(hours=1)
    return Slot(next(day for day in days if times.instant(day, clock, zone) > later), clock, zone)


def in_about_an_hour(now: datetime) -> Slot:
    """A whole minute, `SOON` from now."""
    start = (now + SOON).replace(second=0, microsecond=0)
    zone = next(zone for zone in SOON_ZONES if _is_shown_once(start, zone))
    shown = times.wall_clock(start, zone)
    return Slot(shown.date(), shown.time(), zone)


def _is_shown_once(start: datetime, zone: str) -> bool:
    shown = times.wall_clock(start, zone)
    try:
        times.instant(shown.date(), shown.time(), zone)
    except times.NoSuchTime:
        return False
    return True


def _next(weekday: int, now: datetime, *, days: int) -> date:
    """The first such weekday (Monday is 0) from so many days after today on."""
    day = now.date() + timedelta(days=days)
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _organizer() -> User:
    """The one login whose password stands in the manual; kept where it exists."""
    users = get_user_model().objects
    found = users.filter(username=ORGANIZER).first()
    return found or users.create_superuser(ORGANIZER, "organizer@example.org", "demo")


def _webinar(text: Text, slot: Slot, *, minutes: int = 60, **fields: Any) -> Webinar:
    return Webinar(
        title=text.title,
        calendar_title=text.calendar_title,
        summary=text.summary,
        description=text.description,
        language=text.language,
        dial_in=text.dial_in,
        help_line=text.help_line,
        local_date=slot.day,
        local_time=slot.clock,
        time_zone=slot.zone,
        duration=timedelta(minutes=minutes),
        organizer_name="Lakeside Back Care Education",
        organizer_email="education@example.org",
        **{"join_url": "https://example.org/meeting/7k2m9", **fields},
    )


def _describe(webinar: Webinar, text: Text) -> None:
    Speaker.objects.bulk_create(
        Speaker(webinar=webinar, name=name, role=role, about=about, position=position)
        for position, (name, role, about) in enumerate(text.speakers)
    )
    Resource.objects.bulk_create(
        Resource(webinar=webinar, title=title, url=url, position=position)
        for position, (title, url) in enumerate(text.resources)
    )
    for position, (words, kind, choices, is_required) in enumerate(text.questions):
        questions.save(
            Question(
                webinar=webinar,
                text=words,
                kind=kind,
                choices="\n".join(choices),
                is_required=is_required,
                position=position,
            )
        )


def _draft(text: Text, slot: Slot, **fields: Any) -> Webinar:
    webinar = scheduling.draft(_webinar(text, slot, **fields))
    _describe(webinar, text)
    return webinar


def _publish(text: Text, slot: Slot, by: User, *, minutes: int = 60, **fields: Any) -> Webinar:
    webinar = _draft(text, slot, minutes=minutes, **fields)
    return scheduling.publish(webinar, by=by)


def _hold(text: Text, slot: Slot, by: User) -> None:
    """A webinar that is over. No act makes one, so its row is written; nobody is told of it."""
    webinar = _webinar(text, slot, recording_url="https://example.org/recordings/first-look")
    webinar.set_wall_clock(slot.day, slot.clock, slot.zone)
    published_at = webinar.starts_at - timedelta(weeks=5)
    webinar.created_at = webinar.published_at = published_at
    webinar.scheduled_at = webinar.changed_at = published_at
    webinar.state = Webinar.State.PUBLISHED
    webinar.sender_email = settings.DEFAULT_FROM_EMAIL
    webinar.save()
    _describe(webinar, text)
    revision = Revision.objects.record(webinar, reason="", by=by)
    Revision.objects.filter(pk=revision.pk).update(at=published_at)


def _register(webinar: Webinar, guests: Iterable[Person]) -> list[Registration]:
    """Each by the act that the form calls: consent is noted, the confirmation goes out."""
    asked = questions.asked(webinar)
    return [
        signup.register(webinar, **{**guest._asdict(), "answers": _answers(guest, asked)})
        for guest in guests
    ]


def _fill_a_group(now: datetime, by: User) -> None:
    """A webinar with few places and a waiting list."""
    slot = Slot(_next(THURSDAY, now, days=20), time(11, 30), "America/New_York")
    group = _publish(texts.GROUP, slot, by, minutes=30)
    signup.limit(group, capacity=people.PLACES)
    _register(group, people.GROUP)


def _help(patients: Iterable[Registration]) -> None:
    """Somebody whom one of them named has said yes."""
    patient = next(each for each in patients if each.first_name == people.HELPED)
    carers.accept(carers.ask(patient, **people.CARER), language=patient.language)


def _answers(guest: Person, asked: list[Question]) -> questions.Answers:
    return {each.pk: said for each, said in zip(asked, guest.answers, strict=False) if said}
