"""Plain makers: a test names only what it is about."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from notifications import telling
from notifications.models import Delivery, Lane, Purpose, Wave
from registrations import carers, questions, signup
from registrations.models import Question, Registration
from webinars import scheduling, times
from webinars.models import Webinar

_numbers = count(1)

WEBINAR = {
    "title": "Pain after back surgery: is it the SI joint?",
    "calendar_title": "Online session",
    "summary": "A surgeon explains where the pain may come from.",
    "join_url": "https://meet.example.com/host-room",
    "dial_in": "1-800-555-0100, code 4711",
    "help_line": "1-800-555-0199",
    "organizer_name": "Harbor Spine Institute",
    "organizer_email": "team@harbor.example.org",
    "time_zone": "America/Los_Angeles",
}


def make_draft(*, starts_in: timedelta = timedelta(days=30), **fields: Any) -> Webinar:
    """A draft whose start is the whole minute before now + `starts_in`, unless a date is given."""
    values = {**WEBINAR, **fields}
    if "local_date" not in values:
        start = times.wall_clock(times.now() + starts_in, values["time_zone"])
        values |= {
            "local_date": start.date(),
            "local_time": start.time().replace(second=0, microsecond=0),
        }
    return scheduling.draft(Webinar(**values))


def make_webinar(**fields: Any) -> Webinar:
    """A published webinar, in thirty days unless said otherwise."""
    capacity = fields.pop("capacity", None)
    webinar = scheduling.publish(make_draft(**fields), by=None)
    if capacity is not None:
        signup.limit(webinar, capacity=capacity)
        webinar.refresh_from_db()
    return webinar


def make_registration(*, webinar: Webinar | None = None, **fields: Any) -> Registration:
    """Somebody registered, by the act; so their confirmation is written down."""
    number = next(_numbers)
    values = {
        "first_name": "Ada",
        "email": f"ada{number}@example.com",
        "time_zone": "America/New_York",
        "language": "en",
        **fields,
    }
    return signup.register(webinar or make_webinar(), **values)


def make_question(webinar: Webinar, text: str, **fields: Any) -> Question:
    """An organizer's question; a short text unless said otherwise. `choices` one on each line."""
    position = webinar.questions.count()
    return questions.save(Question(webinar=webinar, text=text, position=position, **fields))


def make_one_of_each_kind(webinar: Webinar) -> dict[str, Question]:
    """A question of every kind, by its kind; none must be answered."""
    return {
        kind.value: make_question(
            webinar,
            f"Question {number}: {kind.label.lower()}?",
            kind=kind,
            choices="Tea\nCoffee\nWater" if kind in Question.OFFERING else "",
        )
        for number, kind in enumerate(Question.Kind, 1)
    }


def make_carer(*, patient: Registration | None = None, **fields: Any) -> Registration:
    """Somebody who was asked to help and said yes; so their confirmation is written down."""
    language = fields.pop("language", "en")
    return carers.accept(make_asked(patient=patient, **fields), language=language)


def make_asked(*, patient: Registration | None = None, **fields: Any) -> Registration:
    """Somebody who was asked to help, and has not answered."""
    values = {"first_name": "Bo", "email": f"bo{next(_numbers)}@example.com", **fields}
    return carers.ask(patient or make_registration(), **values)


def make_delivery(
    *, registration: Registration | None = None, purpose: str = Purpose.CONFIRMATION, **fields: Any
) -> Delivery:
    """A ready delivery, beside those that the acts wrote down."""
    registration = registration or make_registration()
    now = times.now()
    values = {
        "key": telling.key(registration, purpose, f"made{next(_numbers)}"),
        "epoch": registration.epoch,
        "lane": Lane.URGENT,
        "due_at": now,
        "next_attempt_at": now,
        "expires_at": registration.webinar.ends_at,
        **fields,
    }
    return Delivery.objects.create(registration=registration, purpose=purpose, **values)


def make_wave(people: int, *, lane: Lane = Lane.BULK, due_ago: timedelta = timedelta(0)) -> Wave:
    """An expanded wave of a webinar of its own, due so long ago."""
    webinar = make_webinar()
    wave = webinar.waves.order_by("due_at")[0]
    registrations = [make_registration(webinar=webinar) for _each in range(people)]
    Delivery.objects.filter(registration__in=registrations).update(
        purpose="reminder",
        wave=wave,
        lane=lane,
        due_at=Now() - due_ago,
        next_attempt_at=Now() - due_ago,
        key=F("registration_id"),
    )
    Wave.objects.filter(pk=wave.pk).update(state="expanded")
    return wave
