"""Mail that stalls: what the tests of whoever watches over it share."""

from __future__ import annotations

from notifications import heartbeats
from notifications.models import Delivery, Lane, Sender
from tests.clock import Clock
from tests.makers import make_delivery, make_registration


def celery_is_alive() -> None:
    for part in ("tick", "bulk", "urgent"):
        heartbeats.beat(part)


def make_sender(**fields: object) -> Sender:
    return Sender.objects.create(host="here", pid=1, **fields)


def late_mail(clock: Clock, lane: Lane = Lane.URGENT) -> Delivery:
    """One message that has been due for six seconds; Celery has just been there."""
    person = make_registration()
    Delivery.objects.filter(registration=person).update(state="sent")
    delivery = make_delivery(registration=person, lane=lane)
    clock.forward(seconds=6)
    celery_is_alive()
    return delivery
