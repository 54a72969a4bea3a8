"""What somebody may add: phone, access needs, a question for the speaker; and a mended address."""

from __future__ import annotations

import re
from typing import Any

import pytest

from registrations import signup
from registrations.extras import is_phone
from registrations.forms import RegistrationForm
from registrations.models import Registration
from registrations.protection import stamp
from tests.makers import make_webinar
from tests.registrations.pages import TYPED, get, page, register, text

pytestmark = pytest.mark.django_db

EXTRAS = {
    "phone": "+52 (55) 1234-5678",
    "access_needs": "Captions, please.",
    "speaker_question": "How long does it take?\r\nI would like to know.",
}


def filled(**typed: Any) -> RegistrationForm:
    return RegistrationForm({**TYPED, "rendered": stamp(), **typed})


def stored(registration: Registration) -> dict[str, str]:
    return {name: getattr(registration, name) for name in EXTRAS}


KEPT = {**EXTRAS, "speaker_question": "How long does it take?\nI would like to know."}


# ---- Phone, access needs, question --------------------------------------------------------------


def test_what_was_added_is_kept_as_typed() -> None:
    register(make_webinar(), **EXTRAS)

    assert stored(Registration.objects.get()) == KEPT


def test_nobody_has_to_add_anything() -> None:
    assert "Check your email" in text(register(make_webinar()))
    assert stored(Registration.objects.get()) == dict.fromkeys(EXTRAS, "")


def test_a_second_registration_changes_none_of_it_and_coming_back_says_it_anew() -> None:
    webinar = make_webinar()
    register(webinar, **EXTRAS)
    register(webinar, phone="555 010 0199")
    registration = Registration.objects.get()
    assert stored(registration) == KEPT

    signup.cancel(registration)
    signup.come_back(registration)
    assert stored(Registration.objects.get()) == KEPT

    signup.cancel(registration)
    register(webinar, phone="555 010 0199")
    assert stored(Registration.objects.get()) == {
        "phone": "555 010 0199",
        "access_needs": "",
        "speaker_question": "",
    }


@pytest.mark.parametrize(
    "typed",
    ["555 010 0123", "1-800-555-0123", "+49 (0)30/1234.567", "(787) 555-0123", "911234", "1" * 20],
)
def test_a_phone_number_is_taken_as_people_write_it(typed: str) -> None:
    form = filled(phone=f" {typed} ")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["phone"] == typed
    assert is_phone(typed)


def test_signs_that_a_phone_inserts_unseen_are_taken_out() -> None:
    form = filled(phone="\u202a+1\u00a0555\u2011010\u20110123\u202c")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["phone"] == "+1 555-010-0123"


@pytest.mark.parametrize("typed", ["12345", "1" * 21, "call me", "555 010 0123 ext. 4", "--- ---"])
def test_what_is_no_phone_number_is_asked_for_again(typed: str) -> None:
    assert filled(phone=typed).errors == {
        "phone": ["Write a phone number with digits, like 555 010 0123."]
    }


@pytest.mark.parametrize("name", ["access_needs", "speaker_question"])
def test_a_text_that_is_too_long_is_said_and_not_cut(name: str) -> None:
    form = filled(**{name: "a" * 501})

    assert form.errors == {name: ["This is too long. Write 500 letters at most."]}
    assert "a" * 501 in str(form[name])
    assert "maxlength" not in str(form[name])
    assert filled(**{name: "a\r\n" * 250}).is_valid()


def is_open(response: Any) -> bool:
    return '<details class="extras" open>' in response.content.decode()


def test_it_is_folded_away_until_there_is_something_in_it() -> None:
    webinar = make_webinar()

    assert '<details class="extras">' in get(page(webinar)).content.decode()
    assert not is_open(register(webinar, email=""))
    assert is_open(register(webinar, email="", access_needs="Captions"))
    assert is_open(register(webinar, phone="12"))


def test_a_phone_fills_itself_in_and_private_texts_do_not() -> None:
    html = get(page(make_webinar())).content.decode()

    assert re.search(r'<input type="tel" name="phone"[^>]* autocomplete="tel"', html)
    assert re.search(r'<textarea name="access_needs"[^>]* autocomplete="off"', html)
    assert re.search(r'<textarea name="speaker_question"[^>]* autocomplete="off"', html)
    assert "without your name" in html
    assert "placeholder" not in html


# ---- A mended address ---------------------------------------------------------------------------

MISTYPED = "ana@gmial.com"
MEANT = "ana@gmail.com"


def buttons(response: Any) -> list[tuple[str, str]]:
    found = r'<button(?: class="plain")? name="(\w+)" value="([^"]+)">'
    return re.findall(found, response.content.decode())


def test_a_likely_typing_mistake_is_asked_about_at_its_field_and_nothing_is_lost() -> None:
    response = register(make_webinar(), email=MISTYPED, **EXTRAS)

    shown = text(response)
    assert not Registration.objects.exists()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert f"Please look at this again Did you mean {MEANT}?" in shown
    assert f"We send your private link here. Did you mean {MEANT}?" in shown
    assert buttons(response) == [("instead", MEANT), ("confirmed", MISTYPED)]
    html = response.content.decode()
    for value in (MISTYPED, EXTRAS["phone"], "Captions, please.", "How long does it take?"):
        assert value in html


def test_a_long_address_is_broken_before_its_at_and_escaped() -> None:
    response = register(make_webinar(), email="o'neill&sons@gmial.com")

    assert ">Yes, use o&#x27;neill&amp;sons<wbr>@gmail.com</button>" in response.content.decode()


def test_the_mended_address_is_taken_with_one_press() -> None:
    response = register(make_webinar(), email=MISTYPED, instead=MEANT)

    assert f"Look for our message at this address: {MEANT}" in text(response)
    assert Registration.objects.get().email == MEANT


def test_the_address_as_typed_is_kept_with_one_press() -> None:
    response = register(make_webinar(), email=MISTYPED, confirmed=MISTYPED)

    assert f"Look for our message at this address: {MISTYPED}" in text(response)
    assert Registration.objects.get().email == MISTYPED


def test_who_chose_once_is_not_asked_again_whatever_else_is_wrong() -> None:
    webinar = make_webinar()
    kept = register(webinar, email=MISTYPED, confirmed=MISTYPED, consent="")
    mended = register(webinar, email=MISTYPED, instead=MEANT, consent="")

    for response, address in ((kept, MISTYPED), (mended, MEANT)):
        assert "Tick the box if you agree." in text(response)
        assert "Did you mean" not in text(response)
        assert f'name="email" value="{address}"' in response.content.decode()
    hidden = f'<input type="hidden" name="confirmed" value="{MISTYPED}"'
    assert hidden in kept.content.decode()


def test_both_of_two_addresses_that_were_kept_stay_kept() -> None:
    other = "ana@hotmial.com"
    response = register(make_webinar(), email=other, confirmed=[MISTYPED, other], consent="")

    html = response.content.decode()
    assert re.findall('name="confirmed" value="([^"]+)"', html) == [MISTYPED, other]


@pytest.mark.parametrize("pressed", ["instead", "confirmed"])
def test_a_choice_for_another_address_than_the_one_typed_counts_for_nothing(pressed: str) -> None:
    response = register(make_webinar(), email=MISTYPED, **{pressed: "eve@example.com"})

    assert f"Did you mean {MEANT}?" in text(response)
    assert not Registration.objects.exists()


def test_the_question_is_the_same_for_an_address_that_is_known() -> None:
    webinar = make_webinar()
    new = register(webinar, email=MISTYPED)
    register(webinar, email=MISTYPED, confirmed=MISTYPED)
    register(webinar, email=MEANT)

    assert Registration.objects.count() == 2
    assert register(webinar, email=MISTYPED).content == new.content


def test_enter_in_a_field_chooses_nothing() -> None:
    html = register(make_webinar(), email=MISTYPED).content.decode()

    _before, form = html.split('<form method="post" novalidate>')
    first = re.findall(r"<button[^>]*>", form)[0]
    assert "name=" not in first
