"""What one person knows, or did, that decides about the words of their email. Writes nothing.

Reminders say the same to everybody: for them there is nothing here to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime

from django.utils import translation

from notifications.emails.told import NotApplicable, ever_told, last_told, old_and_news
from notifications.models import Delivery, Purpose
from registrations import refusals
from registrations.models import Registration
from webinars.models import Revision, Webinar

Known = tuple[Hashable, ...]


def known(delivery: Delivery, revision: Revision) -> Known:
    """What the facts of its purpose take besides the webinar; no name and no address.

    Raises `NotApplicable` when there is nothing (new) to tell, and `TooEarly`.
    """
    ask = KNOWN.get(delivery.purpose)
    if ask is None:
        return ()
    with translation.override(delivery.registration.language):
        return ask(delivery, revision)


def _confirmation(delivery: Delivery, revision: Revision) -> Known:
    """No reminder is to come to whoever wants none. When the others' are due, `occasion` knows."""
    return () if delivery.registration.gets_reminders else ((),)


def _moved(delivery: Delivery, revision: Revision) -> Known:
    """The old start where it is another, whether only the zone's rules are, and what is new."""
    old, news = old_and_news(delivery, revision)
    has_moved = old.starts_at != revision.starts_at
    # What was told by the old rules of a zone is not what the new ones make of that instant.
    is_retimed = has_moved and old.has_the_wall_clock_of(revision)
    return old.starts_at if has_moved and not is_retimed else None, is_retimed, tuple(news)


def _cancelled(delivery: Delivery, revision: Revision) -> Known:
    """The start as they know it, and whether it may be in their calendar."""
    has_entry = delivery.registration.has_had_a_place
    return _start(last_told(delivery) or revision, revision), has_entry


def _registration_cancelled(delivery: Delivery, revision: Revision) -> Known:
    """Whether the organizer did it, and whether it may be in their calendar."""
    registration = delivery.registration
    if delivery.epoch < registration.epoch:
        ever_told(delivery)  # or there is no entry to take away
        return registration.is_removed, True
    return registration.is_removed, registration.has_had_a_place


def _address_changed(delivery: Delivery, revision: Revision) -> Known:
    """The start that they know, whether the place is kept, and the address theirs once more."""
    start, registration = _start(ever_told(delivery), revision), delivery.registration
    is_on = registration.webinar.state == Webinar.State.PUBLISHED
    # Of one that another was made in place of, too: whether that had been there is not told.
    is_kept = registration.is_active or registration.state == Registration.State.REPLACED
    return start, is_kept and is_on, delivery.address == registration.address


def _start(told: Revision, revision: Revision) -> datetime:
    """As told; by the rules that are right, where only those of the zone have changed since."""
    return (revision if told.has_the_wall_clock_of(revision) else told).starts_at


def _carer_asked(delivery: Delivery, revision: Revision) -> Known:
    """Asked here, so that naming an address takes the same time and does the same for each."""
    carer = delivery.registration
    if refusals.is_refused(carer.webinar, carer.address, what=refusals.CARE):
        raise NotApplicable("refused")
    return ()


KNOWN: dict[str, Callable[[Delivery, Revision], Known]] = {
    Purpose.CONFIRMATION: _confirmation,
    Purpose.MOVED: _moved,
    Purpose.CANCELLED: _cancelled,
    Purpose.REGISTRATION_CANCELLED: _registration_cancelled,
    Purpose.ADDRESS_CHANGED: _address_changed,
    Purpose.CARER_ASKED: _carer_asked,
}
