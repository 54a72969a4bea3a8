"""The seats of a webinar: a look before a place is made, and the last one, which decides.

The webinar's row is held before its seats, as everywhere: see `waiting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F

from registrations.models import Seats

PRESENT = """
    SELECT state, capacity, schedule_revision, taken
    FROM webinars_webinar LEFT JOIN registrations_seats ON webinar_id = id WHERE id = %s
"""
STATE_AND_CAPACITY = "SELECT state, capacity FROM webinars_webinar WHERE id = %s FOR KEY SHARE"
# Once the webinar's row is held its seats are looked at anew. A refusal that somebody is just
# writing down is seen: the registration before this waited for whoever erased the former one.
LAST_LOOK = """
    WITH webinar AS MATERIALIZED (
        SELECT id, state, capacity FROM webinars_webinar WHERE id = %(webinar)s FOR KEY SHARE
    ), seat AS (
        UPDATE registrations_seats SET taken = taken + 1 FROM webinar
        WHERE %(wants_seat)s AND webinar_id = webinar.id AND taken < capacity RETURNING taken
    )
    SELECT state, capacity, EXISTS (SELECT FROM seat), EXISTS (
        SELECT FROM registrations_refusal
        WHERE webinar_id = %(webinar)s AND digest = ANY(%(refusals)s)
    ) FROM webinar
"""
# All who wait may hold the seats so at once; whoever gives one back waits for these.
ARE_TAKEN = """
    SELECT taken >= capacity FROM webinars_webinar JOIN registrations_seats ON webinar_id = id
    WHERE id = %s FOR KEY SHARE OF webinars_webinar FOR SHARE OF registrations_seats
"""


class Present(NamedTuple):
    """A webinar a moment ago: nothing is held. `taken` is None where there is no limit."""

    state: str
    capacity: int | None
    schedule_revision: int
    taken: int | None

    @property
    def is_full(self) -> bool:
        return self.capacity is not None and (self.taken or 0) >= self.capacity


class LastLook(NamedTuple):
    """What holds until the transaction ends."""

    state: str
    has_seat: bool
    is_refused: bool


def present(webinar_id: int) -> Present | None:
    """None for one that was deleted."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [webinar_id])
        row = cursor.fetchone()
    return row and Present(*row)


def state_and_capacity(webinar_id: int) -> tuple[str, int | None]:
    """As they are now. The webinar's key is held: `signup.limit` waits, or was before us."""
    with connection.cursor() as cursor:
        cursor.execute(STATE_AND_CAPACITY, [webinar_id])
        state, capacity = cursor.fetchone()
    return state, capacity


def last_look(webinar_id: int, *, wants_seat: bool, refusals: Sequence[str] = ()) -> LastLook:
    """Take a seat where one is wanted and free. The webinar's key is held.

    `refusals`: the digests that whoever comes must not have. If no seat is free, none becomes free
    before this transaction ends.
    """
    known: dict[str, Any] = {
        "webinar": webinar_id,
        "wants_seat": wants_seat,
        "refusals": list(refusals),
    }
    with connection.cursor() as cursor:
        cursor.execute(LAST_LOOK, known)
        state, capacity, has_seat, is_refused = cursor.fetchone()
    if wants_seat and not has_seat:
        has_seat = capacity is None or _take_one(webinar_id, capacity)
    return LastLook(state, has_seat, is_refused)


def _take_one(webinar_id: int, capacity: int) -> bool:
    """Hold the seats until the transaction ends, and look once more."""
    seats = Seats.objects.select_for_update(no_key=True).filter(webinar=webinar_id)
    if seats.get().taken >= capacity:
        return False
    seats.update(taken=F("taken") + 1)
    return True


def are_taken(webinar_id: int) -> bool:
    """Whether all are. If so, none becomes free before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(ARE_TAKEN, [webinar_id])
        return bool(cursor.fetchone() == (True,))
