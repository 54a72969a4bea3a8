"""The waiting list: who is put on it, and who gets a place that has become free.

Rows are locked in one order everywhere: a person's own registration, the webinar, its seats; then
only those who wait and whom nobody else holds. So nobody waits for anybody in a circle.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from registrations.models import Registration, Seats
from registrations.signals import News, registration_changed
from webinars import times
from webinars.models import Webinar

STATE_AND_CAPACITY = "SELECT state, capacity FROM webinars_webinar WHERE id = %s FOR KEY SHARE"
PRESENT = """
    SELECT state, capacity, schedule_revision, taken
    FROM webinars_webinar LEFT JOIN registrations_seats ON webinar_id = id WHERE id = %s
"""
# The webinar's row first, as everywhere; then its seats, looked at anew once they are held.
TAKE_A_SEAT = """
    WITH webinar AS MATERIALIZED (
        SELECT id, state, capacity FROM webinars_webinar WHERE id = %s FOR KEY SHARE
    ), seat AS (
        UPDATE registrations_seats SET taken = taken + 1 FROM webinar
        WHERE webinar_id = webinar.id AND taken < capacity RETURNING taken
    )
    SELECT state, capacity, capacity IS NULL OR EXISTS (SELECT FROM seat) FROM webinar
"""
# All who wait may hold the seats so at once; whoever gives one back waits for these.
LAST_LOOK = """
    SELECT taken >= capacity FROM webinars_webinar JOIN registrations_seats ON webinar_id = id
    WHERE id = %s FOR KEY SHARE OF webinars_webinar FOR SHARE OF registrations_seats
"""
MOST_AT_ONCE = 500  # places given, or webinars seen to; the sweep goes on


class NotWaiting(Exception):
    """They wait for no place: they have one, or gave it up."""


class NoPlace(Exception):
    """No seat is free, or there is nothing to come to."""


class Present(NamedTuple):
    """A webinar a moment ago: nothing is held. `taken` is None where there is no limit."""

    state: str
    capacity: int | None
    schedule_revision: int
    taken: int | None

    @property
    def is_full(self) -> bool:
        return self.capacity is not None and (self.taken or 0) >= self.capacity


def is_open(webinar: Webinar) -> bool:
    """Whether somebody who waits may still get a place by themselves."""
    last_call = min(webinar.registration_closes_at, webinar.starts_at)
    return webinar.state == Webinar.State.PUBLISHED and times.now() < last_call


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


def take_a_seat(webinar_id: int) -> tuple[str, bool]:
    """The webinar's state, with its key held, and whether a seat was free.

    If none is, none becomes free before this transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE_A_SEAT, [webinar_id])
        state, capacity, has_one = cursor.fetchone()
    if not has_one:
        seats = Seats.objects.select_for_update(no_key=True).filter(webinar=webinar_id)
        if has_one := seats.get().taken < capacity:
            seats.update(taken=F("taken") + 1)
    return state, has_one


def put_in_line(registration: Registration) -> None:
    """At the end of the list. Saves nothing."""
    registration.state = Registration.State.WAITING
    registration.active_since, registration.waiting_since = None, times.now()


def look_again(webinar_id: int) -> None:
    """The last statement of somebody who is in line since every seat was taken.

    Whoever gives one back from here on sees them. One that was given back before, unseen, goes
    to the first in line after the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAST_LOOK, [webinar_id])
        row = cursor.fetchone()
    if row != (True,):  # there is one, or no limit any more
        transaction.on_commit(partial(fill, webinar_id), robust=True)


def enlist(registration: Registration) -> None:
    """Put somebody in line who was promised a place in this transaction. Their row is held."""
    put_in_line(registration)
    registration.save_change()
    registration_changed.send(Registration, registration=registration, news=News.OVERTAKEN)


def free_a_seat(webinar_id: int) -> None:
    """Somebody gave a place up: the next in order has it at once. Ends the transaction's work."""
    _state, capacity = state_and_capacity(webinar_id)
    if capacity is None:
        return
    Seats.objects.filter(webinar=webinar_id, taken__gt=0).update(taken=F("taken") - 1)
    _fill(webinar_id)


@transaction.atomic
def fill(webinar_id: int) -> int:
    """Give the free seats to those who wait, in order; returns how many got one."""
    state_and_capacity(webinar_id)
    return _fill(webinar_id)


def _fill(webinar_id: int) -> int:
    """The webinar's key is held.

    Whoever is just changing something of their own is passed over, lest two wait for each other;
    should a seat stay free for that, `fill_all` gives it to them.
    """
    webinar = Webinar.objects.get(pk=webinar_id)
    if not is_open(webinar):
        return 0
    next_ones = list(_in_order(webinar)[: _free(webinar)])
    for registration in next_ones:
        _promote(registration, webinar)
    if webinar.capacity is not None and next_ones:
        seats = Seats.objects.filter(webinar=webinar)
        seats.update(taken=F("taken") + len(next_ones))
    return len(next_ones)


def _free(webinar: Webinar) -> int:
    """How many seats to give now. Their row is held from here on."""
    if webinar.capacity is None:
        return MOST_AT_ONCE
    seats = Seats.objects.select_for_update(no_key=True).get(webinar=webinar)
    return min(MOST_AT_ONCE, max(0, webinar.capacity - seats.taken))


def _in_order(webinar: Webinar) -> QuerySet[Registration]:
    waiting = Registration.objects.filter(webinar=webinar).waiting()
    return waiting.select_for_update(no_key=True, skip_locked=True)


def _promote(registration: Registration, webinar: Webinar) -> None:
    registration.webinar = webinar
    registration.state = Registration.State.ACTIVE
    registration.active_since = times.now()
    registration.save_change()
    registration_changed.send(Registration, registration=registration, news=News.REGISTERED)


@transaction.atomic
def give_place(registration: Registration) -> Registration:
    """Give a free seat to one person, whoever else waits; the organizer's own act.

    Raises `NotWaiting`, and `NoPlace` rather than go beyond the limit.
    """
    held = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if not held.is_waiting:
        raise NotWaiting
    state, has_seat = take_a_seat(held.webinar_id)
    is_to_come = state == Webinar.State.PUBLISHED and times.now() < held.webinar.ends_at
    if not is_to_come or not has_seat:
        raise NoPlace
    _promote(held, held.webinar)
    return held


def fill_all() -> int:
    """For the sweep: seats that are free though somebody waits. Returns how many got one."""
    waiting = Registration.objects.filter(webinar=OuterRef("pk")).waiting().order_by()
    taken = Seats.objects.filter(webinar=OuterRef("pk"), taken__gte=OuterRef("capacity"))
    some = Webinar.objects.published().upcoming().filter(Exists(waiting), ~Exists(taken))
    return sum(fill(pk) for pk in list(some.values_list("pk", flat=True)[:MOST_AT_ONCE]))
