"""Makers of what is composed, and readers of what came out, by the standard library and vobject."""

from __future__ import annotations

import email
import email.policy
from datetime import date, time, timedelta
from email.message import EmailMessage
from typing import Any

import vobject

from notifications import emails
from notifications.models import Delivery, Purpose
from registrations import changing, signup
from registrations.models import Registration
from tests.makers import make_delivery, make_registration, make_webinar
from webinars import scheduling, times
from webinars.models import Webinar

CANCELLING = (Purpose.CANCELLED, Purpose.REGISTRATION_CANCELLED, Purpose.ADDRESS_CHANGED)

# All but the question whether somebody wants to help, which says neither what nor when it is.
OF_THE_SESSION = [each for each in Purpose if each != Purpose.CARER_ASKED]


def on_july_31(**fields: Any) -> Webinar:
    """At 4 pm Pacific, 7 pm Eastern."""
    return make_webinar(**{"local_date": date(2026, 7, 31), "local_time": time(16)} | fields)


def fresh(registration: Registration) -> Registration:
    return Registration.objects.select_related("webinar").get(pk=registration.pk)


def a_delivery(purpose: str, registration: Registration | None = None, **fields: Any) -> Delivery:
    """Of any purpose, with something to tell."""
    registration = registration or make_registration(webinar=on_july_31())
    if purpose == Purpose.MOVED:
        hand_over(registration.deliveries.get(purpose=Purpose.CONFIRMATION))
        move(registration.webinar, date(2026, 8, 4), time(17, 30))
    if purpose == Purpose.ADDRESS_CHANGED:
        fields["epoch"] = registration.epoch
        hand_over(registration.deliveries.get(purpose=Purpose.CONFIRMATION))
        signup.correct_address(registration, email=f"new-{registration.email}")
    if purpose == Purpose.ADDRESS_PROOF:
        changing.ask_for_proof(registration, email=f"new-{registration.email}")
        return registration.deliveries.get(purpose=purpose)
    return make_delivery(registration=fresh(registration), purpose=purpose, **fields)


def the_reminder(webinar: Webinar, before: timedelta, **own: str) -> Delivery:
    """Of the default rule that is so long before the start, with the organizer's own words."""
    webinar.reminder_rules.filter(before=before).update(**own)
    registration = make_registration(webinar=webinar, first_name="Maria")
    wave = webinar.waves.get(rule__before=before)
    return make_delivery(registration=registration, purpose=Purpose.REMINDER, wave=wave)


def move(webinar: Webinar, day: date, clock: time, **fields: Any) -> Webinar:
    known = {"time_zone": webinar.time_zone, "reason": "", "by": None}
    return scheduling.reschedule(webinar, date=day, time=clock, **known | fields)


def amend(webinar: Webinar, **fields: Any) -> Webinar:
    same = {name: getattr(webinar, name) for name in ("calendar_title", "dial_in", "help_line")}
    return scheduling.amend(webinar, **same | {"reason": "", "by": None} | fields)


def hand_over(delivery: Delivery, **fields: Any) -> None:
    """As if the relay had taken what would be composed now."""
    delivery = Delivery.objects.get(pk=delivery.pk)
    delivery.revision = emails.compose(delivery).revision
    delivery.stamped_at = delivery.settled_at = times.now()
    delivery.state = Delivery.State.SENT
    for name, value in fields.items():
        setattr(delivery, name, value)
    delivery.save()


def parsed(composed: emails.Email) -> EmailMessage:
    return email.message_from_bytes(composed.content, policy=email.policy.default)


def body(composed: emails.Email, kind: str) -> str:
    """With plain spaces, which a reader cannot tell from those that do not break."""
    return raw_body(composed, kind).replace("&nbsp;", " ")


def raw_body(composed: emails.Email, kind: str) -> str:
    part = parsed(composed).get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def octets_of(composed: emails.Email, kind: str) -> list[bytes]:
    parts = [part for part in parsed(composed).walk() if part.get_content_type() == kind]
    return [part.get_payload(decode=True) for part in parts]


def calendar(composed: emails.Email) -> Any:
    (octets,) = octets_of(composed, "text/calendar")
    return vobject.readOne(octets.decode())


def tree(part: EmailMessage, depth: int = 0) -> list[str]:
    """Every part as a line, indented: its type with its parameters and its disposition."""
    params = {k: v for k, v in part["Content-Type"].params.items() if k != "boundary"}
    shown = "".join(f"; {name}={value}" for name, value in params.items())
    where = f" ({part['Content-Disposition']})" if part["Content-Disposition"] else ""
    line = f"{'  ' * depth}{part.get_content_type()}{shown}{where}"
    inner = part.iter_parts() if part.is_multipart() else []
    return [line, *(below for each in inner for below in tree(each, depth + 1))]


def offered_again(delivery: Delivery, first: emails.Email) -> Delivery:
    """The delivery as it is read back after `first` was composed of it."""
    delivery.message_id, delivery.date, delivery.seed = first.message_id, first.date, first.seed
    return delivery
