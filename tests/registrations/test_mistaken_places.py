"""What is left of a place whose address was mistyped: nothing that names anybody, for long."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from notifications.auditing import unexplained
from registrations import erasing, fixing, signup
from registrations.models import Answer, Registration, Seats
from tests.clock import Clock
from tests.makers import make_asked, make_carer, make_question, make_webinar
from tests.registrations.pages import register
from tests.registrations.racing import all_at_once
from tests.registrations.test_erasing import traces
from tests.registrations.test_fixing import WRONG, fix
from tests.sink import Sink
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]

ADALBERTA = {
    "first_name": "Adalberta",
    "last_name": "Whitaker-Ruiz",
    "time_zone": "America/Chicago",
    "language": "en",
}


def mend(deliver: Deliver = lambda: 0) -> Registration:
    """Somebody types everything that can be typed, and mends the address; their new place."""
    webinar = make_webinar()
    question = make_question(webinar, "Where do you live?")
    answer = register(
        webinar,
        **ADALBERTA,
        email=WRONG,
        phone="555 010 0123",
        access_needs="Adalberta reads lips",
        speaker_question="Will Adalberta walk again?",
        **{f"question_{question.pk}": "At the Whitaker-Ruiz farm"},
    )
    deliver()  # unless they are quicker
    fix(webinar, answer)
    return Registration.objects.active().get()


def test_only_the_first_name_stays_until_the_wrong_mailbox_is_told(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    kept = mend(deliver_everything_due)
    gone = Registration.objects.get(state="replaced")
    assert (gone.first_name, str(gone)) == ("Adalberta", "Adalberta")
    assert (gone.phone, gone.access_needs, gone.speaker_question) == ("", "", "")
    assert Answer.objects.get().registration == kept

    deliver_everything_due()
    assert "Hello Adalberta," in sent.to(WRONG)[-1].text
    clock.forward(minutes=2)
    deliver_everything_due()

    gone.refresh_from_db()
    assert (gone.first_name, gone.name_key) == ("", "")
    kept.refresh_from_db()
    assert kept.first_name == "Adalberta"


@pytest.mark.parametrize("is_told", [False, True])
def test_whoever_has_their_data_deleted_leaves_nothing_in_the_place_made_by_mistake(
    clock: Clock, deliver_everything_due: Deliver, is_told: bool
) -> None:
    kept = mend(deliver_everything_due)
    if is_told:
        deliver_everything_due()
        clock.forward(minutes=2)
        deliver_everything_due()

    erasing.erase(kept)

    assert traces() == []
    deliver_everything_due()
    assert list(unexplained()) == []


def test_whom_the_wrong_mailbox_named_helps_nobody_any_more() -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    mistaken = Registration.objects.get()
    carer, asked = make_carer(patient=mistaken), make_asked(patient=mistaken)

    fix(webinar, answer)

    states = Registration.objects.in_bulk([carer.pk, asked.pk])
    assert (states[carer.pk].state, states[asked.pk].state) == ("cancelled", "erased")


@pytest.mark.django_db(transaction=True)
def test_addresses_are_mended_while_the_organizer_sets_another_limit() -> None:
    for number in range(5):
        webinar = make_webinar(capacity=10)
        acts: list[Callable[[], object]] = []
        for index in range(4):
            wrong = signup.register(webinar, email=f"wrong{index}@example.com", **ADALBERTA)
            acts.append(partial(mend_at_once, webinar, wrong, f"right{index}@example.com"))
            acts.append(partial(signup.limit, webinar, capacity=10 + index))
        assert all_at_once(acts) == {"done": 8}, number
    assert list(unexplained()) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_mend_each_to_the_others_address_and_one_who_cancels_wait_in_no_circle() -> None:
    for number in range(5):
        webinar = make_webinar(capacity=20)
        acts: list[Callable[[], object]] = []
        for index in range(3):
            one, other = f"one{index}@example.com", f"other{index}@example.com"
            first = signup.register(webinar, email=one, **ADALBERTA)
            second = signup.register(webinar, email=other, **ADALBERTA)
            acts.append(partial(mend_at_once, webinar, first, other))
            acts.append(partial(mend_at_once, webinar, second, one))
            acts.append(partial(signup.cancel, second))
        assert all_at_once(acts) == {"done": 9}, number
    assert list(unexplained()) == []


def mend_at_once(webinar: Webinar, wrong: Registration, right: str) -> None:
    fixing.fix_address(webinar, place=fixing.place_of(wrong), **{**ADALBERTA, "email": right})


@pytest.mark.django_db(transaction=True)
def test_the_right_address_registers_by_itself_while_it_is_mended() -> None:
    for _round in range(5):
        webinar = make_webinar(capacity=10)
        acts: list[Callable[[], object]] = []
        for number in range(4):
            wrong = signup.register(webinar, **ADALBERTA, email=f"wrong{number}@example.com")
            place = fixing.place_of(wrong)
            typed = {**ADALBERTA, "email": f"right{number}@example.com"}
            acts.append(partial(fixing.fix_address, webinar, place=place, **typed))
            acts.append(partial(signup.register, webinar, **typed))
        assert all_at_once(acts) == {"done": 8}
        assert Seats.objects.get(webinar=webinar).taken == 4
        assert webinar.registrations.active().count() == 4
