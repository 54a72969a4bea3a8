"""Many presses at once name no more carers than two, and leave none behind."""

from __future__ import annotations

import pytest

from notifications.models import Delivery
from registrations import carers, signup
from tests.makers import make_asked, make_registration
from tests.registrations.test_signup import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_asked_at_once_are_two() -> None:
    patient = make_registration()
    results = at_once(20, lambda index: carers.ask(patient, first_name="Bo", email=f"{index}@x.io"))
    assert results == {"done": 2, "Enough": 18}
    assert Delivery.objects.filter(purpose="carer_asked").count() == 2


def test_twenty_presses_for_one_address_are_one_mail() -> None:
    patient = make_registration()
    results = at_once(20, lambda _index: carers.ask(patient, first_name="Bo", email="bo@x.io"))
    assert results == {"done": 20}
    assert Delivery.objects.filter(purpose="carer_asked").count() == 1


def test_whoever_says_yes_while_the_patient_cancels_does_not_stay() -> None:
    patient = make_registration()
    carer = make_asked(patient=patient)

    def act(index: int) -> None:
        if index == 4:
            signup.cancel(patient)
        else:
            carers.accept(carer, language="en")

    results = at_once(10, act)

    assert set(results) <= {"done", "Closed"}
    assert not patient.carers.live().exists()
    carer.refresh_from_db()
    is_told = carer.deliveries.filter(purpose="registration_cancelled").exists()
    assert is_told == (carer.state == "cancelled")
