"""Many carers in one batch: whom each of them helps is read at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from notifications import claims, emails
from notifications.models import Suppression
from tests.makers import (
    make_asked,
    make_carer,
    make_delivery,
    make_registration,
    make_webinar,
)
from webinars import times

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("people", [1, 3])
def test_a_batch_with_carers_asks_once_whom_they_help(
    django_assert_num_queries: DjangoAssertNumQueries, people: int
) -> None:
    webinar, names = make_webinar(), ["Ada", "Eve", "Ida"][:people]
    patients = [make_registration(webinar=webinar, first_name=name) for name in names]
    ids = [
        make_delivery(registration=make_carer(patient=patient), purpose="reminder").pk
        for patient in patients
    ]
    claims.loaded(ids)  # its statement is prepared once

    with django_assert_num_queries(3):  # the webinar, those who are helped, what is told of it
        composer = emails.Composer(times.now())
        filled = [composer.compose(each) for each in claims.loaded(ids)]

    assert [each.personal.patient_name for each in filled] == names


def test_whoever_complained_is_not_asked_to_help(
    deliver_everything_due: Callable[[], int],
) -> None:
    carer = make_asked(email="bo@example.com")
    Suppression.objects.create(address="bo@example.com", scope=Suppression.Scope.OPTIONAL)
    deliver_everything_due()
    delivery = carer.deliveries.get()
    assert (delivery.state, delivery.outcome) == ("skipped", "suppressed")
