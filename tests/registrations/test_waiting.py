"""The waiting list: who waits, who gets a place that becomes free, and what races make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from notifications import auditing
from notifications.models import Delivery
from registrations import erasing, signup, waiting
from registrations.models import Registration, Seats
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.racing import all_at_once
from webinars import scheduling
from webinars.models import Webinar

SEATS = 3


def full_webinar(waiting: int = 0, **fields: object) -> Webinar:
    webinar = make_webinar(capacity=SEATS, **fields)
    for _each in range(SEATS + waiting):
        make_registration(webinar=webinar)
    return webinar


def people(webinar: Webinar, state: str) -> list[Registration]:
    return list(webinar.registrations.filter(state=state).order_by("pk"))


def purposes(registration: Registration) -> list[str]:
    return list(registration.deliveries.order_by("pk").values_list("purpose", flat=True))


def check_the_books(webinar: Webinar) -> None:
    """Nobody without a place while one is free, no place too many, everybody told once."""
    taken = Seats.objects.get(webinar=webinar).taken
    active, waiting = people(webinar, "active"), people(webinar, "waiting")
    webinar.refresh_from_db()
    assert webinar.capacity is not None
    assert taken == len(active) <= webinar.capacity
    assert not waiting or taken == webinar.capacity
    for person in active:
        welcomed = [each for each in purposes(person) if each in ("confirmation", "promoted")]
        assert len(welcomed) == 1
    assert all(purposes(person) == ["waitlisted"] for person in waiting)


@pytest.mark.django_db
def test_whoever_registers_when_every_place_is_taken_waits_and_hears_so() -> None:
    webinar = full_webinar()
    late = make_registration(webinar=webinar)
    late.refresh_from_db()
    assert (late.state, late.active_since) == ("waiting", None)
    assert late.consented_at
    assert purposes(late) == ["waitlisted"]
    check_the_books(webinar)


GIVING_UP: dict[str, Callable[[Registration], object]] = {
    "cancelled": signup.cancel,
    "removed": lambda person: signup.cancel(person, is_removal=True),
    "erased": erasing.erase,
    "refused": erasing.refuse,
}


@pytest.mark.django_db
@pytest.mark.parametrize("how", GIVING_UP)
def test_a_place_that_becomes_free_goes_to_whoever_waits_longest(how: str, clock: Clock) -> None:
    webinar = full_webinar(waiting=2)
    first, second = people(webinar, "waiting")
    clock.forward(minutes=1)

    GIVING_UP[how](people(webinar, "active")[0])

    first.refresh_from_db()
    assert (first.is_active, purposes(first)) == (True, ["waitlisted", "promoted"])
    assert first.active_since is not None
    assert first.waiting_since is not None
    assert first.active_since > first.waiting_since
    assert people(webinar, "waiting") == [second]
    check_the_books(webinar)


@pytest.mark.django_db
def test_whoever_leaves_the_list_and_comes_back_is_the_last_on_it() -> None:
    webinar = full_webinar(waiting=2)
    first, second = people(webinar, "waiting")
    signup.cancel(first)
    back = signup.come_back(Registration.objects.get(pk=first.pk))
    assert back.is_waiting
    assert list(webinar.registrations.all().waiting()) == [second, first]
    assert Seats.objects.get().taken == SEATS


@pytest.mark.django_db
def test_whoever_takes_the_place_again_when_it_is_gone_waits() -> None:
    webinar = full_webinar(waiting=1)
    leaver, heir = people(webinar, "active")[0], people(webinar, "waiting")[0]
    signup.cancel(leaver)
    back = signup.come_back(Registration.objects.get(pk=leaver.pk))
    assert (back.is_waiting, back.active_since) == (True, None)
    assert people(webinar, "waiting") == [leaver]
    assert heir in people(webinar, "active")


@pytest.mark.django_db
@pytest.mark.parametrize(("capacity", "given"), [(SEATS + 1, 1), (None, 2), (SEATS - 1, 0)])
def test_another_limit_gives_the_new_places_in_order(capacity: int | None, given: int) -> None:
    webinar = full_webinar(waiting=2)
    waited = people(webinar, "waiting")
    signup.limit(webinar, capacity=capacity)
    assert people(webinar, "waiting") == waited[given:]
    assert len(people(webinar, "active")) == SEATS + given


@pytest.mark.django_db
def test_where_more_came_than_may_now_a_place_given_up_is_gone() -> None:
    webinar = full_webinar(waiting=1)
    signup.limit(webinar, capacity=SEATS - 1)
    signup.cancel(people(webinar, "active")[0])
    assert len(people(webinar, "waiting")) == 1
    assert Seats.objects.get().taken == SEATS - 1


@pytest.mark.django_db
def test_who_waits_keeps_their_turn_when_their_address_is_corrected() -> None:
    webinar = full_webinar(waiting=2)
    first, second = people(webinar, "waiting")
    signup.correct_address(first, email="right@example.com")
    assert list(webinar.registrations.all().waiting()) == [first, second]
    assert purposes(first) == ["waitlisted", "waitlisted", "address_changed"]


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["closed", "begun", "called off"])
def test_when_the_list_is_over_nobody_gets_a_place_by_themselves(why: str, clock: Clock) -> None:
    webinar = full_webinar(waiting=1, registration_closes=timedelta(hours=5))
    if why == "called off":
        scheduling.cancel(webinar, reason="", by=None)
    else:
        clock.move_to(webinar.registration_closes_at if why == "closed" else webinar.starts_at)
    signup.cancel(people(webinar, "active")[0])
    assert len(people(webinar, "waiting")) == 1
    assert Seats.objects.get().taken == SEATS - 1


@pytest.mark.django_db
def test_once_it_has_begun_nobody_goes_on_the_list(clock: Clock) -> None:
    webinar = full_webinar()
    clock.move_to(webinar.starts_at)
    with pytest.raises(signup.Full):
        make_registration(webinar=webinar)
    assert webinar.registrations.count() == SEATS


@pytest.mark.django_db
def test_staff_give_a_free_place_beyond_the_order_and_never_one_too_many(clock: Clock) -> None:
    webinar = full_webinar(waiting=2, registration_closes=timedelta(hours=5))
    first, second = people(webinar, "waiting")
    with pytest.raises(waiting.NoPlace):
        waiting.give_place(second)
    clock.move_to(webinar.registration_closes_at)
    signup.cancel(people(webinar, "active")[0])

    assert waiting.give_place(second).is_active

    assert people(webinar, "waiting") == [first]
    with pytest.raises(waiting.NotWaiting):
        waiting.give_place(second)
    assert Seats.objects.get().taken == SEATS


@pytest.mark.django_db
def test_the_sweep_gives_a_place_that_was_left_free() -> None:
    webinar = full_webinar(waiting=1)
    Seats.objects.update(taken=SEATS - 1)
    webinar.registrations.filter(pk=people(webinar, "active")[0].pk).update(state="cancelled")
    assert waiting.fill_all() == 1
    assert waiting.fill_all() == 0
    assert len(people(webinar, "active")) == SEATS


@pytest.mark.django_db
def test_the_audit_knows_who_waits_untold_and_seats_miscounted() -> None:
    webinar = full_webinar(waiting=1)
    assert list(auditing.unexplained()) == []
    Delivery.objects.filter(purpose="waitlisted").delete()
    Seats.objects.update(taken=2)
    assert list(auditing.unexplained()) == [
        "people who wait and were not told so: 1",
        f"webinar {webinar.pk} counts 2 seats taken, by 3 people",
    ]


# ---- Races ----


@pytest.mark.django_db(transaction=True)
def test_cancels_at_once_promote_each_exactly_one() -> None:
    webinar = make_webinar(capacity=12)
    for _each in range(12 + 20):
        make_registration(webinar=webinar)
    leaving, waited = people(webinar, "active")[:10], people(webinar, "waiting")

    assert all_at_once([partial(signup.cancel, person) for person in leaving]) == {"done": 10}

    assert people(webinar, "waiting") == waited[10:]
    assert Delivery.objects.filter(purpose="promoted").count() == 10
    check_the_books(webinar)


@pytest.mark.django_db(transaction=True)
def test_leaving_registering_and_limiting_at_once_leave_the_books_right() -> None:
    webinar = make_webinar(capacity=6)
    for _each in range(6 + 8):
        make_registration(webinar=webinar)
    active, waited = people(webinar, "active"), people(webinar, "waiting")
    acts: list[Callable[[], object]] = [
        *(partial(signup.cancel, person) for person in active[:3]),
        *(partial(erasing.erase, person) for person in active[3:5]),
        *(partial(signup.cancel, person) for person in waited[:3]),
        *(partial(signup.come_back, person) for person in waited[3:5]),
        partial(signup.change_zone, waited[5], time_zone="Asia/Tokyo"),
        partial(signup.correct_address, waited[6], email="right@example.com"),
        partial(signup.limit, webinar, capacity=7),
        *(partial(make_registration, webinar=webinar) for _each in range(6)),
    ]

    assert set(all_at_once(acts)) == {"done"}

    waiting.fill_all()  # whoever was passed over while they changed something
    seats = Seats.objects.get()
    assert seats.taken == len(people(webinar, "active")) == 7
    promoted = Delivery.objects.filter(purpose="promoted").values_list("registration", flat=True)
    assert Counter(promoted).most_common(1)[0][1] == 1
    assert list(auditing.unexplained()) == []


@pytest.mark.django_db(transaction=True)
def test_a_place_given_by_staff_while_others_leave_is_no_place_too_many() -> None:
    webinar = full_webinar(waiting=6)
    active, waited = people(webinar, "active"), people(webinar, "waiting")

    def give(person: Registration) -> None:
        with suppress(waiting.NoPlace, waiting.NotWaiting):
            waiting.give_place(person)

    acts: list[Callable[[], object]] = [
        *(partial(signup.cancel, person) for person in active),
        *(partial(give, person) for person in reversed(waited)),
    ]
    assert set(all_at_once(acts)) == {"done"}
    waiting.fill_all()
    check_the_books(webinar)


@pytest.mark.django_db(transaction=True)
def test_the_last_seat_given_up_while_somebody_registers_is_never_left_empty() -> None:
    for _round in range(5):
        webinar = make_webinar(capacity=1)
        holder = make_registration(webinar=webinar)
        acts = [partial(signup.cancel, holder), partial(make_registration, webinar=webinar)]
        assert all_at_once(acts) == {"done": 2}
        check_the_books(webinar)
