"""Those who find every seat taken stand in line at once, beside each other, and no seat stays free.

Whoever gives a seat back in the very moment either sees them, or leaves it to them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from registrations import seats, signup
from registrations.models import Registration, Seats
from registrations.seats import LastLook
from tests.makers import make_registration, make_webinar
from tests.registrations.racing import all_at_once, is_anybody_waiting
from tests.rig import wait_for
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Do this, in a connection of its own, before somebody who registers looks at the seats."""

    def arrange(act: Callable[[], object]) -> None:
        look, acts = seats.last_look, [act]

        def act_then_look(webinar_id: int, **wishes: Any) -> LastLook | None:
            if acts:
                assert all_at_once([acts.pop()]) == {"done": 1}
            return look(webinar_id, **wishes)

        monkeypatch.setattr(seats, "last_look", act_then_look)

    return arrange


def full() -> tuple[Webinar, Registration]:
    webinar = make_webinar(capacity=1)
    return webinar, make_registration(webinar=webinar)


def told(registration: Registration) -> list[str]:
    return list(registration.deliveries.order_by("pk").values_list("purpose", flat=True))


@pytest.mark.parametrize("act", ["given up", "limit lifted"])
def test_a_seat_that_becomes_free_unseen_is_theirs_at_once(
    meanwhile: Callable[[Callable[[], object]], None], act: str
) -> None:
    webinar, first = full()
    lift = partial(signup.limit, webinar, capacity=None)
    meanwhile(partial(signup.cancel, first) if act == "given up" else lift)
    late = make_registration(webinar=webinar, seems_full=True)
    assert (late.found_full, late.state, told(late)) == (False, "active", ["confirmation"])
    assert Seats.objects.filter(taken=1).exists() is (act == "given up")


def test_a_seat_that_is_taken_unseen_leaves_one_mail_that_says_so(
    meanwhile: Callable[[Callable[[], object]], None],
) -> None:
    webinar = make_webinar(capacity=1)
    meanwhile(partial(make_registration, webinar=webinar))
    late = make_registration(webinar=webinar)
    assert (late.found_full, late.state, told(late)) == (True, "waiting", ["waitlisted"])


@pytest.mark.parametrize("capacity", [1, 2])
@pytest.mark.parametrize("seems_full", [True, False])
def test_whoever_is_known_reads_what_is_so_and_not_what_seemed(
    capacity: int, seems_full: bool
) -> None:
    webinar, first = full()
    signup.limit(webinar, capacity=capacity)
    again = make_registration(webinar=webinar, email=first.email, seems_full=seems_full)
    assert (again.pk, again.found_full) == (first.pk, capacity == 1)
    assert Seats.objects.get().taken == 1


def test_a_seat_that_somebody_is_just_giving_back_is_waited_for() -> None:
    webinar, first = full()
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            signup.cancel(first)
            late = thread.submit(in_a_thread, webinar)
            wait_for(is_anybody_waiting, "they wait for the seats")
        assert (late.result().found_full, late.result().state) == (False, "active")
    assert Seats.objects.get().taken == 1


def in_a_thread(webinar: Webinar) -> Registration:
    try:
        return make_registration(webinar=webinar, seems_full=True)
    finally:
        connection.close()


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("seems_full", [True, False])
def test_a_webinar_that_is_called_off_unseen_takes_nobody_and_says_so_to_everybody(
    meanwhile: Callable[[Callable[[], object]], None], seems_full: bool, is_known: bool
) -> None:
    webinar, first = full()
    meanwhile(partial(scheduling.cancel, webinar, reason="", by=None))
    typed = {"email": first.email} if is_known else {}
    with pytest.raises(signup.Closed):
        make_registration(
            webinar=Webinar.objects.get(pk=webinar.pk), seems_full=seems_full, **typed
        )
    assert Registration.objects.count() == 1
    assert "already_registered" not in told(first)


def test_limits_whose_count_is_lost_give_no_seat() -> None:
    webinar, _first = full()
    Seats.objects.all().delete()
    assert make_registration(webinar=webinar).is_waiting


def test_people_in_line_do_not_wait_for_each_other() -> None:
    webinar, _first = full()

    def register_impatiently() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        make_registration(webinar=webinar)

    with transaction.atomic():
        make_registration(webinar=webinar)  # and is not committed yet
        assert all_at_once([register_impatiently] * 3) == {"done": 3}
    assert Registration.objects.waiting().count() == 4


def test_whoever_gives_a_seat_back_waits_for_those_who_just_stand_in_line() -> None:
    webinar, first = full()

    def cancel_impatiently() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        signup.cancel(first)

    with transaction.atomic():
        make_registration(webinar=webinar)
        assert all_at_once([cancel_impatiently]) == {"OperationalError": 1}
    signup.cancel(first)
    assert [each.state for each in Registration.objects.order_by("pk")] == ["cancelled", "active"]
    assert Seats.objects.get().taken == 1


def test_a_webinar_that_has_moved_since_it_was_read_is_read_anew() -> None:
    webinar = make_webinar()
    stale = Webinar.objects.get(pk=webinar.pk)
    before = stale.starts_at
    moved = scheduling.reschedule(
        webinar,
        date=webinar.local_date,
        time=time(18, 30),
        time_zone="Asia/Tokyo",
        reason="",
        by=None,
    )
    registered = make_registration(webinar=stale)
    assert registered.webinar.starts_at == moved.starts_at != before
    assert registered.deliveries.get().expires_at == moved.ends_at
