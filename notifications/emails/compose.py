"""One delivery -> one composed message. What it says is `context` and the templates.

Composing writes nothing: the outbox stores what a repeat needs to be the same message.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from notifications.emails import mime
from notifications.emails.context import facts
from notifications.emails.render import render
from notifications.emails.told import NotApplicable
from notifications.models import INVITING, Delivery, Purpose
from registrations import links
from registrations.models import FormerAddress
from webinars import ics, times
from webinars.models import Revision

CANCELLING = (Purpose.CANCELLED, Purpose.REGISTRATION_CANCELLED, Purpose.ADDRESS_CHANGED)


@dataclass(frozen=True, slots=True)
class Email:
    """One message to one person, ready to hand over.

    `sender` and `recipient` are the envelope's; `content` is the whole message (RFC 5322, CRLF,
    ASCII only), `message` the same for a Django email backend. `message_id`, `date` and `seed`
    belong to the delivery from the first composing on. `revision` and `registration_version`
    say of what it tells: a hand-over is right only while both are current.
    """

    sender: str
    recipient: str
    content: bytes
    message: EmailMultiAlternatives
    message_id: str
    date: datetime
    seed: str
    sha256: str
    revision: Revision
    registration_version: int


def compose(delivery: Delivery) -> Email:
    """The email that this delivery is, in its reader's language and zone.

    Composing again gives the same octets while the rows, the templates and the words for the time
    left ("In 1 hour") are the same. Raises `NotApplicable` when there is nothing (new) to tell,
    and `TooEarly` when that will be known in a minute.
    """
    registration, webinar = delivery.registration, delivery.registration.webinar
    attendee = _attendee(delivery)
    revision = webinar.revisions.get(number=webinar.sequence)
    date = delivery.date or times.now().replace(microsecond=0)
    seed = delivery.seed or secrets.token_hex(16)
    message_id = delivery.message_id or f"<{uuid4()}@{settings.UID_HOST}>"
    with translation.override(registration.language):
        written = render(delivery.purpose, facts(delivery, revision, now=times.now()))
    recipient = mime.mailbox(attendee.email)
    message = mime.message(
        written,
        sender=webinar.sender_email,
        recipient=recipient,
        reply_to=webinar.organizer_email,
        message_id=message_id,
        date=date,
        invite=_invite(delivery, attendee, date),
    )
    content = mime.octets(message, seed)
    return Email(
        sender=webinar.sender_email,
        recipient=recipient,
        content=content,
        message=message,
        message_id=message_id,
        date=date,
        seed=seed,
        sha256=hashlib.sha256(content).hexdigest(),
        revision=revision,
        registration_version=registration.version,
    )


def _attendee(delivery: Delivery) -> ics.Attendee:
    """Whom it goes to, with the calendar entry that they have."""
    attendee = links.attendee(delivery.registration)
    try:
        former = delivery.former_address
    except FormerAddress.DoesNotExist:
        raise NotApplicable("address forgotten") from None
    if former is None:
        return attendee
    return replace(attendee, email=former.email, uid=former.calendar_uid)


def _invite(delivery: Delivery, attendee: ics.Attendee, date: datetime) -> mime.Invite | None:
    """Reminders carry none: calendars would show a second card."""
    webinar = delivery.registration.webinar
    if delivery.purpose in INVITING:
        return mime.Invite("REQUEST", ics.invite(webinar, attendee, stamp=date))
    if delivery.purpose in CANCELLING:
        moved = delivery.purpose == Purpose.ADDRESS_CHANGED
        octets = ics.cancellation(webinar, attendee, stamp=date, has_moved_mailbox=moved)
        return mime.Invite("CANCEL", octets)
    return None
