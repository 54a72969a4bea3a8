"""What somebody changes of their own place, without a password: name, phone, language, address,
reminders.

Registering and giving up is `signup`; an address mistyped just now, `fixing`. Each act is one short
transaction; mail follows from its news.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404

from registrations import refusals, signup, tokens
from registrations.models import AddressChange, Registration, address_key, name_key
from registrations.signals import News, registration_changed
from webinars import times

PROOF_LIVES = timedelta(days=1)
HOUR = timedelta(hours=1)
ASKED_AN_HOUR = 3


class TooOften(Exception):
    """Several new addresses were asked in the last hour."""


# ---- Name, language, reminders ------------------------------------------------------------------


@transaction.atomic
def change_name(registration: Registration, *, first_name: str, last_name: str) -> Registration:
    """Greet them by this name from now on.

    Raises `signup.Closed`, and `signup.Taken` where somebody of this first name has a place with
    the same address.
    """
    registration = _theirs(registration)
    registration.first_name, registration.last_name = first_name, last_name
    registration.name_key = name_key(first_name)
    try:
        with transaction.atomic():
            registration.save_change()
    except IntegrityError:  # its text names the address
        raise signup.Taken("Somebody of this first name has a place with this address.") from None
    registration_changed.send(Registration, registration=registration, news=News.CHANGED)
    return registration


@transaction.atomic
def change_phone(registration: Registration, *, phone: str) -> Registration:
    """Where to call them if emails do not reach them; empty for nowhere. No email tells it.

    Raises `signup.Closed`.
    """
    registration = _theirs(registration)
    registration.phone = phone
    registration.save(update_fields=["phone"])
    return registration


@transaction.atomic
def change_language(registration: Registration, *, language: str) -> Registration:
    """Write to them in this language from now on. Raises `signup.Closed`."""
    registration = _theirs(registration)
    if registration.language != language:
        registration.language = language
        registration.save_change()
        registration_changed.send(Registration, registration=registration, news=News.CHANGED)
    return registration


def _theirs(registration: Registration) -> Registration:
    """The row as it is now, held. Raises `signup.Closed` where they have no place any more: they
    may have been erased in another tab, and nothing may name them again.
    """
    found = Registration.objects.locked(registration.pk)
    if not found.is_signed_up:
        raise signup.Closed
    return found


@transaction.atomic
def stop_reminders(registration: Registration) -> Registration:
    """Keep the place, without reminders. They still hear when it moves or is called off."""
    registration = Registration.objects.locked(registration.pk)
    if registration.gets_reminders:
        registration.reminders_stopped_at = times.now()
        registration.save_change()
        registration_changed.send(Registration, registration=registration, news=News.CHANGED)
    return registration


@transaction.atomic
def start_reminders(registration: Registration) -> Registration:
    """Remind them again, of whatever is due from now on."""
    registration = Registration.objects.locked(registration.pk)
    if not registration.gets_reminders:
        registration.reminders_stopped_at = None
        registration.save_change()
        news = News.REMINDERS_WANTED
        registration_changed.send(Registration, registration=registration, news=news)
    return registration


# ---- A new address, which its owner must agree to -----------------------------------------------


@transaction.atomic
def ask_for_proof(registration: Registration, *, email: str) -> AddressChange:
    """Ask the owner of this address, by mail, whether to write there from now on.

    It takes the place of what was asked before. Where the address was refused, or must get no
    mail, nobody is asked, and nothing tells. Raises `signup.Closed` and `TooOften`.
    """
    registration, at = Registration.objects.locked(registration.pk), times.now()
    if not (registration.is_active and registration.webinar.is_on()):
        raise signup.Closed
    if registration.address_changes.filter(at__gt=at - HOUR).count() >= ASKED_AN_HOUR:
        raise TooOften
    _close(registration)
    change = AddressChange.objects.create(
        registration=registration,
        epoch=registration.epoch,
        email=email,
        address=address_key(email),
        at=at,
    )
    registration.save_change()  # what was composed for an earlier one must not go out
    if not refusals.is_refused(registration.webinar, change.address):
        news = News.ADDRESS_ASKED
        registration_changed.send(Registration, registration=registration, news=news)
    return change


@transaction.atomic
def withdraw(registration: Registration) -> None:
    """Leave the address as it is: the link that was mailed opens nothing any more."""
    registration = Registration.objects.locked(registration.pk)
    if _close(registration):
        registration.save_change()


@transaction.atomic
def prove(change: AddressChange) -> Registration:
    """The owner says yes: from now on write there, as `signup.correct_address` does.

    Raises `Http404` where it was withdrawn or done meanwhile, `signup.Taken` and `signup.Closed`.
    """
    registration = Registration.objects.locked(change.registration_id)
    still_open = open_change(registration)
    if still_open is None or still_open.pk != change.pk:
        raise Http404
    corrected = signup.correct_address(registration, email=change.email)
    corrected.address_changes.all().delete()
    return corrected


def open_change(registration: Registration) -> AddressChange | None:
    """The new address that waits for its owner's yes."""
    found = _fresh(registration.address_changes.filter(is_open=True)).first()
    is_current = found is not None and found.epoch == registration.epoch
    return found if is_current else None


def proof_token(change: AddressChange) -> str:
    """The path segment of the link that the owner of the new address gets."""
    return tokens.token(change.registration, tokens.Purpose.ADDRESS, _about(change))


def proof_of(token: str) -> AddressChange:
    """The open change whose link it is, while there is a place. Raises `Http404` otherwise."""
    registration = tokens.resolve(token, tokens.Purpose.ADDRESS, _about_the_open_one)
    change, has_place = open_change(registration), registration.is_active
    if change is None or not (has_place and registration.webinar.is_on()):
        raise Http404
    if refusals.is_refused(registration.webinar, change.address):
        raise Http404
    return change


def forget_changes() -> int:
    """Nobody can say yes to them any more."""
    return AddressChange.objects.exclude(pk__in=_fresh(AddressChange.objects.all())).delete()[0]


def _close(registration: Registration) -> int:
    """The address is not kept; that somebody was asked is."""
    still_open = registration.address_changes.filter(is_open=True)
    return still_open.update(is_open=False, email="", address="")


def _fresh(changes: QuerySet[AddressChange]) -> QuerySet[AddressChange]:
    return changes.filter(at__gt=times.now() - PROOF_LIVES)


def _about_the_open_one(registration: Registration) -> str:
    change = open_change(registration)
    return _about(change) if change else ":none"


def _about(change: AddressChange) -> str:
    return f":{change.pk}:{change.epoch}:{change.address}"


def ends_at(change: AddressChange) -> datetime:
    """Until when the owner can say yes."""
    return min(change.at + PROOF_LIVES, change.registration.webinar.ends_at)
