"""Those who find every seat taken stand in line at once, beside each other, and no seat stays free.

Whoever gives a seat back in the very moment either sees them, or leaves it to them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from functools import partial

import pytest
from django.db import connection, transaction

from registrations import seats, signup
from registrations.models import Registration, Seats
from registrations.seats import Present
from tests.makers import make_registration, make_webinar
from tests.registrations.racing import all_at_once
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def after_looking(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Do this, in a connection of its own, once somebody who registers has looked at the seats."""

    def arrange(act: Callable[[], object]) -> None:
        look, acts = seats.present, [act]

        def look_then_act(webinar_id: int) -> Present | None:
            now = look(webinar_id)
            if acts:
                assert all_at_once([acts.pop()]) == {"done": 1}
            return now

        monkeypatch.setattr(seats, "present", look_then_act)

    return arrange


def full() -> tuple[Webinar, Registration]:
    webinar = make_webinar(capacity=1)
    return webinar, make_registration(webinar=webinar)


def told(registration: Registration) -> list[str]:
    return list(registration.deliveries.order_by("pk").values_list("purpose", flat=True))


@pytest.mark.parametrize("act", ["given up", "limit lifted"])
def test_a_seat_that_becomes_free_unseen_goes_to_whoever_is_in_line_at_once(
    after_looking: Callable[[Callable[[], object]], None], act: str
) -> None:
    webinar, first = full()
    lift = partial(signup.limit, webinar, capacity=None)
    after_looking(partial(signup.cancel, first) if act == "given up" else lift)
    late = make_registration(webinar=webinar)
    assert late.found_full
    late.refresh_from_db()
    assert (late.state, told(late)) == ("active", ["waitlisted", "promoted"])


def test_a_seat_that_is_taken_unseen_leaves_one_mail_that_says_so(
    after_looking: Callable[[Callable[[], object]], None],
) -> None:
    webinar = make_webinar(capacity=1)
    after_looking(partial(make_registration, webinar=webinar))
    late = make_registration(webinar=webinar)
    assert (late.found_full, late.state, told(late)) == (True, "waiting", ["waitlisted"])


def test_a_webinar_that_is_called_off_unseen_takes_nobody_into_line(
    after_looking: Callable[[Callable[[], object]], None],
) -> None:
    webinar, _first = full()
    after_looking(partial(scheduling.cancel, webinar, reason="", by=None))
    with pytest.raises(signup.Closed):
        make_registration(webinar=Webinar.objects.get(pk=webinar.pk))
    assert Registration.objects.waiting().count() == 0


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
