"""A carer's copy: somebody whom a patient names gets the reminders too, and helps them to join.

A carer is a registration that points to the patient's: links, zone, language, waves, opting out
and forgetting work as for everybody. It takes no seat and counts nowhere as somebody who comes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from registrations import erasing, refusals, signup
from registrations.models import Registration, address_key, name_key
from registrations.signals import News, registration_changed
from webinars import times
from webinars.models import Webinar

State = Registration.State

# The version of the words on the carer's page: change it with them.
CONSENT_VERSION = "2026-11 carer"

ANSWER_WITHIN = timedelta(days=7)
AT_ONCE, EVER = 2, 5  # so that naming carers is no way to mail strangers
FORGOTTEN_AT_ONCE = 500


class Enough(Exception):
    """So many help, or were asked, that no other may be asked."""


def can_ask(patient: Registration) -> bool:
    """Whether there is still something to help with. Nobody helps a carer."""
    webinar = patient.webinar
    is_to_come = webinar.state == Webinar.State.PUBLISHED and times.now() < webinar.starts_at
    return is_to_come and patient.is_active and not patient.is_carer


def is_enough(patient: Registration) -> bool:
    """Whether `ask` would raise `Enough` for somebody new."""
    return patient.carers.live().count() >= AT_ONCE or patient.carers.count() >= EVER


def live(patient: Registration) -> list[Registration]:
    """Who helps, and who has not answered yet, in the order in which they were named."""
    return list(patient.carers.live().order_by("pk"))


@transaction.atomic
def ask(patient: Registration, *, first_name: str, email: str) -> Registration:
    """Ask somebody, by one mail, whether they want to help. Nothing else goes there before a yes.

    What is stored and the time taken are the same whatever the address is: whether its owner
    refuses is asked when the mail is composed. Naming an address again changes nothing while it
    is live. Raises `signup.Closed` and `Enough`.
    """
    patient = Registration.objects.locked(patient.pk)
    if not can_ask(patient):
        raise signup.Closed
    theirs = patient.carers.filter(address=address_key(email))
    if known := theirs.live().first():
        return known
    if is_enough(patient):
        raise Enough
    for former in theirs:  # it is counted yet, and a new yes is needed
        erasing.erase(former)
    carer = _asked(patient, first_name, email)
    registration_changed.send(Registration, registration=carer, news=News.CARER_ASKED)
    return carer


def _asked(patient: Registration, first_name: str, email: str) -> Registration:
    """Their zone and language are the patient's until they choose."""
    at = times.now()
    return Registration.objects.create(
        webinar=patient.webinar,
        carer_of=patient,
        state=State.ASKED,
        first_name=first_name,
        email=email,
        address=address_key(email),
        name_key=name_key(first_name),
        time_zone=patient.time_zone,
        language=patient.language,
        registered_at=at,
        active_since=at,
        changed_at=at,
    )


def answer_by(carer: Registration) -> datetime:
    """Until when they may say yes; then their address is forgotten."""
    return min(carer.registered_at + ANSWER_WITHIN, carer.webinar.starts_at)


@transaction.atomic
def accept(carer: Registration, *, language: str) -> Registration:
    """They said yes, in this language: from now on they hear what the patient hears.

    A second time does nothing. Raises `signup.Closed` when it is too late.
    """
    carer = Registration.objects.locked(carer.pk)
    if carer.is_active:
        return carer
    is_on = carer.webinar.state == Webinar.State.PUBLISHED
    if carer.state != State.ASKED or not is_on or times.now() >= answer_by(carer):
        raise signup.Closed
    carer.state, carer.language = State.ACTIVE, language
    carer.active_since = carer.consented_at = times.now()
    carer.consent_version, carer.consent_language = CONSENT_VERSION, language
    carer.save_change()
    registration_changed.send(Registration, registration=carer, news=News.REGISTERED)
    return carer


@transaction.atomic
def decline(carer: Registration) -> None:
    """They said no, or want to be forgotten: nobody has them asked for this webinar again."""
    refusals.note(carer.webinar, carer.address, what=refusals.CARE)
    erasing.erase(carer)


@transaction.atomic
def take_off(patient: Registration, *, carer_id: int) -> None:
    """The patient does not want this carer any more. Nobody else's can be named here."""
    patient = Registration.objects.locked(patient.pk)
    signup.let_carers_go(patient.carers.filter(pk=carer_id))


def forget_unanswered() -> int:
    """Delete the addresses that said nothing in time. Safe to repeat and to race."""
    now = times.now()
    is_late = Q(registered_at__lte=now - ANSWER_WITHIN) | Q(webinar__starts_at__lte=now)
    is_off = ~Q(webinar__state=Webinar.State.PUBLISHED)
    asked = Registration.objects.filter(is_late | is_off, state=State.ASKED)
    return sum(map(_forget, asked.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]))


@transaction.atomic
def _forget(pk: int) -> bool:
    """Unless they answered meanwhile."""
    carer = Registration.objects.locked(pk)
    if carer.state != State.ASKED:
        return False
    erasing.erase(carer)
    return True
