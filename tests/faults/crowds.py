"""Webinars and their people, as many as a scene wants, quickly."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from notifications import telling
from notifications.models import Delivery
from registrations.models import Registration
from tests.makers import make_webinar
from webinars import times
from webinars.models import Revision, Webinar

BEFORE = "before the scene"  # the outcome of a delivery that no mail server of ours has seen
BATCH = 5_000
DOMAINS = 20
ZONES = ("America/New_York", "America/Los_Angeles", "America/Chicago", "America/Denver")


def crowd(webinar: Webinar, number: int, domain: str = "") -> list[Registration]:
    """So many people, at some domains or at one, whose confirmations went out long ago."""
    people = [
        person(webinar, index, domain or f"d{index % DOMAINS}.example.com")
        for index in range(number)
    ]
    Registration.objects.bulk_create(people, batch_size=BATCH)
    told = webinar.revisions.latest("number")
    confirmations = [confirmation(person, told) for person in people]
    Delivery.objects.bulk_create(confirmations, batch_size=BATCH)
    return people


def person(webinar: Webinar, index: int, domain: str) -> Registration:
    at, email = times.now(), f"p{index}.{webinar.pk}@{domain}"
    return Registration(
        webinar=webinar,
        first_name="Ada",
        email=email,
        address=email,
        name_key="ada",
        time_zone=ZONES[index % len(ZONES)],
        language="es" if index % 5 == 0 else "en",
        registered_at=at,
        active_since=at,
        changed_at=at,
    )


def confirmation(person: Registration, told: Revision) -> Delivery:
    return Delivery(
        registration=person,
        key=telling.key(person, "confirmation"),
        epoch=0,
        purpose="confirmation",
        lane=0,
        state="sent",
        outcome=BEFORE,
        due_at=person.registered_at,
        next_attempt_at=person.registered_at,
        expires_at=person.webinar.ends_at,
        message_id=f"<{uuid4()}@webinars.example.org>",
        revision=told,
        stamped_at=person.registered_at,
        settled_at=person.registered_at,
    )


def webinar_in(**span: float) -> Webinar:
    return make_webinar(starts_in=timedelta(**span))
