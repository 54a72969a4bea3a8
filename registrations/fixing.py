"""An address that somebody mistyped a moment ago, mended on the page that answered them.

Whoever holds that page may, for a quarter of an hour. Neither the page nor any mail tells whether
the first or the right address was known before: the right one is registered in any case as if it
were typed at first, and the place that was made for the wrong one goes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from registrations import signup, waiting
from registrations.models import Registration, address_key, name_key
from registrations.signals import News, registration_changed
from webinars.models import Webinar

LIVES = timedelta(minutes=15)
UUID_LENGTH = 32
TYPED_BESIDE = ("last_name", "source", "phone", "access_needs", "speaker_question")


def place_of(registration: Registration | None) -> str:
    """Names the place that somebody has just been given; else none, and it looks the same."""
    if registration is None or not registration.is_new:
        return _place(uuid4(), 0)
    return _place(registration.uuid, registration.epoch)


def _place(uuid: UUID, epoch: int) -> str:
    return f"{uuid.hex}{epoch:05}"


@transaction.atomic
def fix_address(webinar: Webinar, *, place: str, email: str, **typed: Any) -> Registration | None:
    """Register what was `typed` with the right address; the place for the wrong one goes.

    `place` is what `place_of` gave. One that was there before, or is another by now, is left
    alone. Safe to repeat and to race. None for an address that was refused; else raises as
    `signup.register` does, and then nothing changes.
    """
    _hold_both(webinar, place=place, email=email, first_name=typed["first_name"])
    mistaken, had_a_place = _made_just_now(webinar, place), False
    if mistaken is not None:
        if mistaken.address == address_key(email):
            mistaken.is_new = True
            return mistaken
        had_a_place = _step_aside(mistaken)
    try:
        kept = signup.register(webinar, email=email, has_seat=had_a_place, **typed)
    except signup.Refused:
        kept = None  # and the wrong mailbox hears what it hears in any case
    is_theirs_now = kept is not None and kept.is_new
    if mistaken is not None and is_theirs_now:
        Registration.objects.filter(pk=mistaken.pk).update(given_way_to=kept)
    if had_a_place and not is_theirs_now:
        waiting.free_a_seat(webinar.pk)
    return kept


def _hold_both(webinar: Webinar, *, place: str, email: str, first_name: str) -> None:
    """The wrong place and the one that the right address may have: in one order whoever mends
    which, and before any seat. So nobody waits for anybody in a circle.
    """
    wrong = Q(uuid=UUID(place[:UUID_LENGTH]))
    right = Q(address=address_key(email), name_key=name_key(first_name), carer_of=None)
    both = webinar.registrations.filter(wrong | right).order_by("pk")
    list(both.select_for_update(no_key=True).values_list("pk"))


def _made_just_now(webinar: Webinar, place: str) -> Registration | None:
    """That place, or the one made in its stead by an earlier press; locked."""
    uuid, epoch = UUID(place[:UUID_LENGTH]), int(place[UUID_LENGTH:])
    pk = webinar.registrations.filter(uuid=uuid).values_list("pk", flat=True).first()
    while pk is not None:
        found = Registration.objects.locked(pk)
        if found.is_signed_up:
            return found if found.epoch == epoch else None
        # One that came back after cancelling is not new: it has another epoch.
        pk, epoch = found.given_way_to_id, 0
    return None


def _step_aside(mistaken: Registration) -> bool:
    """The wrong mailbox loses its entry and its links; its address and the first name, with which
    it is greeted, are forgotten once it is told. Whatever else was typed is forgotten now: nobody
    could ask for it, since the link is dead.

    Returns whether there was a place: its seat is taken yet.
    """
    had_a_place = mistaken.is_active
    signup.leave_behind(mistaken)
    mistaken.answers.all().delete()
    for name in TYPED_BESIDE:
        setattr(mistaken, name, "")
    mistaken.state = Registration.State.REPLACED
    mistaken.email, mistaken.address = "", f"replaced {mistaken.pk}"  # no address has a space
    mistaken.sequence += 1  # of the old entry's CANCEL
    for name in ("epoch", "manage_epoch", "join_epoch"):
        setattr(mistaken, name, getattr(mistaken, name) + 1)
    mistaken.save_change()
    registration_changed.send(Registration, registration=mistaken, news=News.REPLACED)
    signup.let_carers_go(mistaken.carers.all())
    return had_a_place
