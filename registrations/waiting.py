"""The waiting list: who is put on it, and who gets a place that has become free.

Rows are locked in one order everywhere: a person's own registration, the webinar, its seats; then
only those who wait and whom nobody else holds. So nobody waits for anybody in a circle.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from registrations import seats
from registrations.models import Registration, Seats
from registrations.signals import News, registration_changed
from webinars import times
from webinars.models import Webinar

MOST_AT_ONCE = 500  # places given, or webinars seen to; the sweep goes on


class NotWaiting(Exception):
    """They wait for no place: they have one, or gave it up."""


class NoPlace(Exception):
    """No seat is free, or there is nothing to come to."""


def is_open(webinar: Webinar) -> bool:
    """Whether somebody who waits may still get a place by themselves."""
    last_call = min(webinar.registration_closes_at, webinar.starts_at)
    return webinar.state == Webinar.State.PUBLISHED and times.now() < last_call


def put_in_line(registration: Registration) -> None:
    """At the end of the list. Saves nothing."""
    registration.state = Registration.State.WAITING
    registration.active_since, registration.waiting_since = None, times.now()


def free_a_seat(webinar_id: int) -> None:
    """Somebody gave a place up: the next in order has it at once. Ends the transaction's work."""
    _state, capacity = seats.state_and_capacity(webinar_id)
    if capacity is None:
        return
    Seats.objects.filter(webinar=webinar_id, taken__gt=0).update(taken=F("taken") - 1)
    _fill(webinar_id)


@transaction.atomic
def fill(webinar_id: int) -> int:
    """Give the free seats to those who wait, in order; returns how many got one."""
    seats.state_and_capacity(webinar_id)
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
        taken = Seats.objects.filter(webinar=webinar)
        taken.update(taken=F("taken") + len(next_ones))
    return len(next_ones)


def _free(webinar: Webinar) -> int:
    """How many seats to give now. Their row is held from here on."""
    if webinar.capacity is None:
        return MOST_AT_ONCE
    held = Seats.objects.select_for_update(no_key=True).get(webinar=webinar)
    return min(MOST_AT_ONCE, max(0, webinar.capacity - held.taken))


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
    now = seats.last_look(held.webinar_id, wants_seat=True)
    is_on = now is not None and now.has_seat and now.state == Webinar.State.PUBLISHED
    if not is_on or times.now() >= held.webinar.ends_at:
        raise NoPlace
    _promote(held, held.webinar)
    return held


def fill_all() -> int:
    """For the sweep: seats that are free though somebody waits. Returns how many got one."""
    waiting = Registration.objects.filter(webinar=OuterRef("pk")).waiting().order_by()
    taken = Seats.objects.filter(webinar=OuterRef("pk"), taken__gte=OuterRef("capacity"))
    some = Webinar.objects.published().upcoming().filter(Exists(waiting), ~Exists(taken))
    return sum(fill(pk) for pk in list(some.values_list("pk", flat=True)[:MOST_AT_ONCE]))
