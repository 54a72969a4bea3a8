"""Every email that a patient gets, in every variant: the one list that all checks share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from notifications import emails
from notifications.models import Delivery, Purpose
from registrations import discretion, signup
from registrations.models import Registration
from tests.makers import make_asked, make_carer, make_delivery, make_registration
from tests.notifications.emails.reading import a_delivery, amend, fresh, hand_over
from tests.patient.states import HOUR, a_place, a_webinar, called_off, full, moved
from webinars import scheduling
from webinars.models import Webinar

WHY = {"en": "The speaker is ill.", "es": "La doctora está enferma."}
OWN = {"en": "Please have a glass of water at hand.", "es": "Tenga un vaso de agua a la mano."}
# How long before the start each stage of the countdown is, beside the default reminders.
REMINDERS = {"7 days": 7 * 24 * HOUR, "1 day": 24 * HOUR, "1 hour": HOUR, "10 minutes": HOUR / 6}


def every_letter(language: str) -> Iterator[tuple[str, emails.Email]]:
    """Its name, which begins with its purpose, and the email."""
    for name, delivery in deliveries(language):
        yield f"{delivery.purpose}, {name}", emails.compose(delivery)
    for name, delivery, left in reminders(language):
        now = delivery.registration.webinar.starts_at - left
        yield f"{delivery.purpose}, {name}", emails.Composer(now).compose(delivery)


def deliveries(language: str) -> Iterator[tuple[str, Delivery]]:
    for purpose in (Purpose.CONFIRMATION, Purpose.ALREADY_REGISTERED, Purpose.ADDRESS_CHANGED):
        yield "plain", a_delivery(purpose, a_place(language))
    yield "the topic told", a_delivery(Purpose.CONFIRMATION, a_place(language, is_sensitive=False))
    near = a_place(language, starts_in=HOUR / 12)
    yield "no reminder to come", a_delivery(Purpose.CONFIRMATION, near)
    yield "changed back", changed_back(a_place(language))
    yield from changes(language)
    yield from farewells(language)
    yield from waiting(language)
    yield from asking(language)
    yield from helping(language)


def waiting(language: str) -> Iterator[tuple[str, Delivery]]:
    """For a place, and what follows: one, or none any more."""
    webinar = full(a_webinar(language))
    first, second = (make_registration(webinar=webinar, language=language) for _each in range(2))
    yield "plain", first.deliveries.get(purpose=Purpose.WAITLISTED)
    gone = signup.cancel(second)
    yield "off the list", gone.deliveries.get(purpose=Purpose.REGISTRATION_CANCELLED)
    signup.limit(webinar, capacity=2)
    yield "plain", fresh(first).deliveries.get(purpose=Purpose.PROMOTED)
    last = make_registration(webinar=webinar, language=language)
    called_off(webinar)
    yield "waiting", make_delivery(registration=fresh(last), purpose=Purpose.CANCELLED)


def asking(language: str) -> Iterator[tuple[str, Delivery]]:
    """For another address, another title, the recording."""
    for purpose in (Purpose.ADDRESS_PROOF, Purpose.TITLE_CHOSEN, Purpose.RECORDING):
        yield "plain", a_delivery(purpose, a_place(language))
    chosen = discretion.choose(a_place(language), shows_title=True)
    yield "full", a_delivery(Purpose.TITLE_CHOSEN, chosen)


def helping(language: str) -> Iterator[tuple[str, Delivery]]:
    """What somebody hears who helps a patient."""
    patient = a_place(language)
    yield "plain", make_asked(patient=patient).deliveries.get()
    carer = make_carer(patient=patient, language=language)
    yield "carer", carer.deliveries.get(purpose=Purpose.CONFIRMATION)
    yield "carer", a_delivery(Purpose.ALREADY_REGISTERED, carer)
    gone = signup.cancel(carer)
    yield "carer", gone.deliveries.get(purpose=Purpose.REGISTRATION_CANCELLED)


def changes(language: str) -> Iterator[tuple[str, Delivery]]:
    yield "another time", after(a_place(language), moved)
    yield "details", after(a_place(language), other_details)
    yield "no phone", after(a_place(language), lambda webinar: amend(webinar, dial_in=""))
    yield "new rules for the clocks", after(a_place(language), retimed)


def farewells(language: str) -> Iterator[tuple[str, Delivery]]:
    yield "plain", after(a_place(language), called_off, Purpose.CANCELLED)
    yield "with a reason", after(a_place(language), called_off_because, Purpose.CANCELLED)
    for name, is_removal in {"as asked": False, "by the organizer": True}.items():
        registration = a_place(language)
        signup.cancel(registration, is_removal=is_removal)
        yield name, a_delivery(Purpose.REGISTRATION_CANCELLED, registration)


def reminders(language: str) -> Iterator[tuple[str, Delivery, timedelta]]:
    """And how long before the start each is sent."""
    for name, before in REMINDERS.items():
        yield name, reminder(a_place(language), before), before
    yield "5 hours", reminder(a_place(language), HOUR), 5 * HOUR
    carer = make_carer(patient=a_place(language), language=language)
    yield "carer", reminder(carer, HOUR), HOUR
    yield "own words", reminder(a_place(language), HOUR, text=OWN[language]), HOUR


def reminder(registration: Registration, before: timedelta, **own: str) -> Delivery:
    webinar = registration.webinar
    webinar.reminder_rules.filter(before=before).update(**own)
    wave = webinar.waves.get(rule__before=before)
    return make_delivery(registration=registration, purpose=Purpose.REMINDER, wave=wave)


def after(registration: Registration, act: Any, purpose: Purpose = Purpose.MOVED) -> Delivery:
    """What is sent to somebody who knew the webinar as it was before the act."""
    hand_over(registration.deliveries.get(purpose=Purpose.CONFIRMATION))
    act(registration.webinar)
    return make_delivery(registration=fresh(registration), purpose=purpose)


def other_details(webinar: Webinar) -> Webinar:
    webinar = amend(webinar, dial_in="1-800-555-0177", help_line="1-800-555-0188")
    return scheduling.reschedule(
        webinar,
        date=webinar.local_date,
        time=webinar.local_time,
        time_zone=webinar.time_zone,
        duration=timedelta(minutes=90),
        reason=WHY[webinar.language],
        by=None,
    )


def called_off_because(webinar: Webinar) -> Webinar:
    return scheduling.cancel(webinar, reason=WHY[webinar.language], by=None)


def retimed(webinar: Webinar) -> Webinar:
    """As if older rules for the clocks had made its start an hour later."""
    later = webinar.starts_at + HOUR
    webinar.revisions.update(starts_at=later)
    older = {"starts_at": later, "ends_at": later + HOUR, "zone_release": "2026a"}
    Webinar.objects.filter(pk=webinar.pk).update(**older)
    scheduling.retime(webinar)
    return webinar


def changed_back(registration: Registration) -> Delivery:
    hand_over(registration.deliveries.get(purpose=Purpose.CONFIRMATION))
    epoch, first = registration.epoch, registration.email
    for email in ("another@example.com", first):
        registration = signup.correct_address(registration, email=email)
    return make_delivery(
        registration=fresh(registration), purpose=Purpose.ADDRESS_CHANGED, epoch=epoch
    )
