"""One delivery -> one composed message. What it says is `context` and the templates.

Composing writes nothing: the outbox stores what a repeat needs to be the same message.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from notifications.emails import mime
from notifications.emails.known import known
from notifications.emails.letter import Letter, letter
from notifications.emails.occasion import Schedule, occasion, shows_title
from notifications.emails.render import one_line
from notifications.emails.told import NotApplicable
from notifications.emails.wording import Personal
from notifications.models import FAREWELLS, INVITING, OPTED_OUT, WITHDRAWN, Delivery, Purpose
from registrations import changing, links, tokens
from registrations.models import AddressChange, FormerAddress, Registration
from webinars import ics, times
from webinars.models import Revision, Webinar


@dataclass(frozen=True, slots=True)
class Email:
    """One message to one person, ready to hand over.

    `sender` and `recipient` are the envelope's; `content` is the whole message (RFC 5322, CRLF,
    ASCII only, no line begins with "."). `address` is the recipient's as `address_key` gives it.
    `message_id`, `date` and `seed` belong to the delivery
    from the first composing on. `revision` and `registration_version` say of what it tells: a
    hand-over is right only while both are current.
    """

    letter: Letter = field(repr=False)
    personal: Personal = field(repr=False)
    content: bytes = field(repr=False)
    address: str = field(repr=False)
    sha256: str
    date: datetime
    revision: Revision
    registration_version: int

    @property
    def sender(self) -> str:
        return self.letter.wording.sender

    @property
    def recipient(self) -> str:
        return self.personal.recipient

    @property
    def message_id(self) -> str:
        return self.personal.message_id

    @property
    def seed(self) -> str:
        return self.personal.seed

    def as_django(self) -> EmailMultiAlternatives:
        """The same message for a Django email backend, rendered now."""
        return self.letter.as_django(self.personal)


def compose(delivery: Delivery) -> Email:
    """The email that this delivery is, by itself: see `Composer.compose`."""
    return Composer(times.now()).compose(delivery)


class Composer:
    """Composes one batch of deliveries, whose rows were loaded together and share their webinars.

    `now` is the database's clock, read with the batch: a worker's own may be wrong. What all
    deliveries of a wave, zone and language have in common is read and worded once.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._date = now.replace(microsecond=0)
        self._host = settings.UID_HOST
        self._schedules: dict[int, Schedule] = {}
        self._letters: dict[tuple[object, ...], Letter] = {}

    def compose(self, delivery: Delivery) -> Email:
        """The email that this delivery is, in its reader's language and zone.

        Composing again gives the same octets while the rows, the templates and the words for the
        time left ("In 1 hour") are the same. Raises `NotApplicable` when there is nothing (new)
        to tell, and `TooEarly` when that will be known in a minute.
        """
        registration, mailbox = delivery.registration, _mailbox(delivery)
        schedule = self._schedule(registration.webinar)
        letter = self._letter(delivery, registration, schedule)
        date = delivery.date or self._date
        drawn = secrets.token_hex(34)
        personal = Personal(
            first_name=one_line(registration.first_name),
            patient_name=one_line(_patient_name(registration)),
            join_token=tokens.token(registration, tokens.Purpose.JOIN),
            manage_token=tokens.token(registration, tokens.Purpose.MANAGE),
            stop_token=_stop_token(delivery, registration),
            proof_token=_proof_token(delivery),
            recipient=mime.mailbox(mailbox.email),
            message_id=delivery.message_id or f"<{drawn[32:]}@{self._host}>",
            date=_rfc5322(date),
            seed=delivery.seed or drawn[:32],
            invite=_invite(delivery, date) if letter.wording.method else b"",
        )
        content = letter.fill(personal)
        return Email(
            letter=letter,
            personal=personal,
            content=content,
            address=mailbox.address,
            sha256=hashlib.sha256(content).hexdigest(),
            date=date,
            revision=schedule.revision,
            registration_version=registration.version,
        )

    def _schedule(self, webinar: Webinar) -> Schedule:
        """By the instance: another one of the same webinar may have been loaded later."""
        found = self._schedules.get(id(webinar))
        if found is None:
            found = self._schedules[id(webinar)] = Schedule(webinar)
        return found

    def _letter(self, delivery: Delivery, registration: Registration, schedule: Schedule) -> Letter:
        theirs = known(delivery, schedule.revision)
        zone, language = registration.time_zone, registration.language
        whose = (zone, language, shows_title(delivery), registration.is_carer)
        group = (delivery.purpose, delivery.wave_id, id(schedule), whose, theirs)
        found = self._letters.get(group)
        if found is None:
            why = occasion(delivery, schedule, theirs, now=self._now)
            found = self._letters[group] = letter(why)
        return found


def _mailbox(delivery: Delivery) -> Registration | FormerAddress | AddressChange:
    """Whose address it goes to.

    Raises `NotApplicable` where nobody wants it any more.
    """
    registration = delivery.registration
    if not registration.email and delivery.purpose not in FAREWELLS:
        raise NotApplicable("erased")
    if delivery.purpose == Purpose.REMINDER and not registration.gets_reminders:
        raise NotApplicable(OPTED_OUT)
    try:
        return delivery.mailbox
    except FormerAddress.DoesNotExist:
        raise NotApplicable("address forgotten") from None
    except AddressChange.DoesNotExist:
        raise NotApplicable(WITHDRAWN) from None


def _stop_token(delivery: Delivery, registration: Registration) -> str:
    if delivery.purpose != Purpose.REMINDER:
        return ""
    return tokens.token(registration, tokens.Purpose.STOP)


def _proof_token(delivery: Delivery) -> str:
    if delivery.purpose != Purpose.ADDRESS_PROOF or delivery.address_change is None:
        return ""
    return changing.proof_token(delivery.address_change)


def _patient_name(registration: Registration) -> str:
    """Of whom a carer helps: all that they know of them. Empty for whoever comes."""
    return registration.carer_of.first_name if registration.carer_of else ""


@lru_cache(maxsize=16)
def _rfc5322(date: datetime) -> str:
    return format_datetime(date)


def _invite(delivery: Delivery, date: datetime) -> bytes:
    """The calendar object that belongs to it."""
    registration, is_farewell = delivery.registration, delivery.purpose == Purpose.ADDRESS_CHANGED
    mailbox = delivery.former_address or registration
    attendee = replace(
        links.attendee(registration),
        email=mailbox.email,
        uid=mailbox.calendar_uid,
        shows_title=shows_title(delivery),
    )
    if delivery.purpose in INVITING:
        return ics.invite(registration.webinar, attendee, stamp=date)
    return ics.cancellation(
        registration.webinar, attendee, stamp=date, has_moved_mailbox=is_farewell
    )
