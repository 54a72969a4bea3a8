"""The press on Join: who may, and that they came."""

from __future__ import annotations

from registrations.models import Registration
from webinars import times
from webinars.models import Webinar


class NotOpen(Exception):
    """The session cannot be joined now."""


def can_join(registration: Registration) -> bool:
    webinar = registration.webinar
    return (
        registration.is_active
        and webinar.state == Webinar.State.PUBLISHED
        and webinar.opens_at <= times.now() < webinar.ends_at
    )


def join(registration: Registration) -> str:
    """Count the attendance once and give the host's URL. Raises `NotOpen`.

    A carer's press counts nothing: who attends is the patient.
    """
    if not can_join(registration):
        raise NotOpen
    attendees = Registration.objects.attendees().filter(pk=registration.pk, joined_at=None)
    attendees.update(joined_at=times.now())
    return registration.webinar.join_url
