"""An address that somebody mistyped a moment ago, mended on the page that answered them.

Whoever holds that page may, for a quarter of an hour. Whether the first address was known before
is told by nothing: the page looks the same, and so does the answer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from registrations import refusals, signup
from registrations.changing import is_to_come
from registrations.models import Registration, address_key
from webinars.models import Webinar

LIVES = timedelta(minutes=15)
UUID_LENGTH = 32


def place_of(registration: Registration | None) -> str:
    """Names the place that somebody has just been given; else none, and it looks the same.

    It stays good while nothing but fixing changes where the place's emails go.
    """
    if registration is None or not registration.is_new:
        return _place(uuid4(), 0)
    return _place(registration.uuid, registration.epoch - registration.fixes)


def _place(uuid: UUID, epoch: int) -> str:
    return f"{uuid.hex}{epoch:05}"


@transaction.atomic
def fix_address(webinar: Webinar, *, place: str, email: str, **typed: Any) -> Registration:
    """Mend the address that somebody mistyped a moment ago: `place` is what `place_of` gave.

    A place that is known no more, or was there before, is left alone, and what was `typed` is
    registered with this address. Safe to repeat and to race. Raises as `signup.register` does.
    """
    mistaken = _made_just_now(webinar, place)
    if mistaken is None:
        return signup.register(webinar, email=email, **typed)
    try:
        fixed = _fixed(mistaken, email)
    except signup.Taken:
        return _give_way(mistaken, email, typed)
    if refusals.is_refused(webinar, fixed.address):
        raise signup.Refused
    return fixed


def _made_just_now(webinar: Webinar, place: str) -> Registration | None:
    """Locked."""
    uuid, epoch = UUID(place[:UUID_LENGTH]), int(place[UUID_LENGTH:])
    pk = webinar.registrations.active().filter(uuid=uuid).values_list("pk", flat=True).first()
    if pk is None:
        return None
    found = Registration.objects.locked(pk)
    is_same = found.is_active and found.uuid == uuid and found.epoch - found.fixes == epoch
    return found if is_same and is_to_come(found.webinar) else None


@transaction.atomic
def _fixed(mistaken: Registration, email: str) -> Registration:
    fixed = signup.correct_address(mistaken, email=email)
    if fixed.epoch != mistaken.epoch:
        Registration.objects.filter(pk=fixed.pk).update(fixes=F("fixes") + 1)
        fixed.fixes += 1
    fixed.is_new = True
    return fixed


def _give_way(mistaken: Registration, email: str, typed: dict[str, Any]) -> Registration:
    """The right address has a place of this name: its link is mailed, and the wrong one goes."""
    theirs = Registration.objects.filter(
        webinar=mistaken.webinar_id, address=address_key(email), name_key=mistaken.name_key
    )
    list(theirs.select_for_update(no_key=True))  # before the seats, as everybody does
    mine = Registration.objects.filter(pk=mistaken.pk)
    mine.update(manage_epoch=F("manage_epoch") + 1, join_epoch=F("join_epoch") + 1)
    signup.cancel(mistaken)
    return signup.register(mistaken.webinar, email=email, **typed)
