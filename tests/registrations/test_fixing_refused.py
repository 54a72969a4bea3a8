"""When a mistyped address cannot be mended any more, or not by this: what is left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from registrations import changing, erasing, signup
from registrations.models import Registration
from registrations.protection import stamp
from tests.clock import Clock
from tests.makers import make_webinar
from tests.registrations.mending import RIGHT, WRONG, fix, people, sealed
from tests.registrations.pages import every_row, get, page, press, register, text
from webinars import scheduling

pytestmark = pytest.mark.django_db


def test_a_webinar_called_off_meanwhile_shows_its_page() -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    scheduling.cancel(webinar, reason="", by=None)
    before = every_row()

    response = fix(webinar, answer)

    assert (response.status_code, response["Location"]) == (303, page(webinar))
    assert every_row() == before


def test_an_address_that_is_none_is_asked_for_again_on_the_same_page() -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    before = every_row()

    response = fix(webinar, answer, "ada at home")

    assert "Write your whole email address, like name@example.com." in text(response)
    assert WRONG in text(response)
    assert 'value="ada at home"' in response.content.decode()
    assert every_row() == before
    fix(webinar, response)
    assert people() == [(RIGHT, "active")]


def test_after_a_quarter_of_an_hour_the_form_is_to_be_filled_in_again(clock: Clock) -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    clock.forward(minutes=15, seconds=1)
    before = every_row()
    response = fix(webinar, answer)
    assert "Please fill in the form once more" in text(response)
    assert every_row() == before


@pytest.mark.parametrize("how", ["forged", "none", "another webinar's"])
def test_a_field_that_is_not_ours_changes_nothing(how: str) -> None:
    webinar, other = make_webinar(), make_webinar()
    given = {"forged": "A" * 120, "none": "", "another webinar's": sealed(register(other))}[how]
    before = every_row()
    response = press(f"{page(webinar)}fix/", sealed=given, email=RIGHT)
    assert "Please fill in the form once more" in text(response)
    assert every_row() == before


def test_looking_changes_nothing_and_other_sites_are_refused() -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    before = every_row()
    assert get(f"{page(webinar)}fix/")["Location"] == page(webinar)
    foreign = Client().post(
        f"{page(webinar)}fix/",
        {"rendered": stamp(), "sealed": sealed(answer), "email": RIGHT},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert foreign.status_code == 403
    assert every_row() == before


@pytest.mark.parametrize("meanwhile", ["erased", "cancelled", "corrected"])
def test_a_place_that_is_another_by_now_is_left_alone(meanwhile: str) -> None:
    webinar = make_webinar()
    answer = register(webinar, email=WRONG)
    registration = Registration.objects.get()
    if meanwhile == "erased":
        erasing.refuse(registration)
    elif meanwhile == "cancelled":
        signup.cancel(registration)
    else:
        signup.correct_address(registration, email="other@example.com")
    before = people()[0]

    fix(webinar, answer)

    assert people() == [before, (RIGHT, "active")]


def test_a_change_with_proof_is_not_undone_by_an_old_page(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=3))
    answer = register(webinar, email=WRONG)
    change = changing.ask_for_proof(Registration.objects.get(), email="other@example.com")
    changing.prove(change)
    fix(webinar, answer)
    assert people() == [("other@example.com", "active"), (RIGHT, "active")]
