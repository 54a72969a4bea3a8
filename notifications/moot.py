"""Why a delivery whose stamp was refused need not be sent any more. Reads rows and writes none."""

from __future__ import annotations

from django.db.models.functions import Now

from notifications.models import (
    FAREWELLS,
    OPTED_OUT,
    OPTIONAL,
    WITHDRAWN,
    Delivery,
    Purpose,
    Suppression,
)
from webinars.models import Webinar


def moot(delivery: Delivery) -> str:
    """Why a delivery whose stamp was refused need not be sent; empty when it only changed."""
    registration = delivery.registration
    if Delivery.objects.filter(pk=delivery.pk, expires_at__lte=Now()).exists():
        return "expired"  # by the database's clock: a worker's own may be wrong
    if delivery.purpose in FAREWELLS:
        return _suppressed(delivery)
    if registration.epoch != delivery.epoch:
        return "superseded"
    if not _is_theirs_to_hear(delivery):
        return "cancelled"
    if delivery.purpose == Purpose.WAITLISTED and registration.is_active:
        return "superseded"
    return _moot_by_webinar(delivery) or _unwanted(delivery) or _suppressed(delivery)


def _unwanted(delivery: Delivery) -> str:
    if delivery.purpose == Purpose.REMINDER and not delivery.registration.gets_reminders:
        return OPTED_OUT
    is_withdrawn = delivery.purpose == Purpose.ADDRESS_PROOF and delivery.address_change is None
    return WITHDRAWN if is_withdrawn else ""


def _is_theirs_to_hear(delivery: Delivery) -> bool:
    registration = delivery.registration
    if delivery.purpose == Purpose.CARER_ASKED:
        return registration.state == registration.State.ASKED
    return registration.is_signed_up


def _moot_by_webinar(delivery: Delivery) -> str:
    webinar, wave = delivery.registration.webinar, delivery.wave
    is_off = webinar.state == Webinar.State.CANCELLED
    if is_off != (delivery.purpose == Purpose.CANCELLED):
        return "cancelled"
    if wave is None:
        return ""
    if wave.state == wave.State.SUPERSEDED:
        return "superseded"
    if wave.purpose == Purpose.REMINDER:
        is_old = wave.schedule_revision != webinar.schedule_revision
    else:
        is_old = wave.sequence != webinar.sequence
    return "superseded" if is_old else ""


def _suppressed(delivery: Delivery) -> str:
    found = Suppression.objects.filter(address=delivery.address)
    if delivery.purpose not in OPTIONAL:
        found = found.filter(scope=Suppression.Scope.ALL)
    return "suppressed" if found.exists() else ""
