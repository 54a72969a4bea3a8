"""How much of a sensitive webinar's topic somebody wants to read in their emails and calendar."""

from __future__ import annotations

from django.db import transaction

from registrations.models import Registration
from registrations.signals import News, registration_changed
from registrations.signup import Closed
from webinars import times
from webinars.models import Webinar


def can_choose(registration: Registration) -> bool:
    """Only where there is something to choose. Carers read neutral words: it is not their topic."""
    webinar = registration.webinar
    is_on = webinar.state == Webinar.State.PUBLISHED and times.now() < webinar.ends_at
    return is_on and webinar.is_sensitive and registration.is_active and not registration.is_carer


@transaction.atomic
def choose(registration: Registration, *, shows_title: bool) -> Registration:
    """From now on name the webinar so; their calendar entry is renamed by an update of the invite.

    Choosing the same again does nothing. Raises `Closed` where there is nothing to choose.
    """
    registration = Registration.objects.locked(registration.pk)
    if not can_choose(registration):
        raise Closed
    if registration.shows_title == shows_title:
        return registration
    registration.shows_title = shows_title
    registration.sequence += 1
    registration.title_version = registration.version + 1
    registration.save_change()
    registration_changed.send(Registration, registration=registration, news=News.TITLE_CHOSEN)
    return registration
