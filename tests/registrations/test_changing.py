"""Changing one's own name and language, and the way back after cancelling."""

from __future__ import annotations

import pytest

from registrations import changing, signup
from registrations.models import Registration
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, press, private, text

pytestmark = pytest.mark.django_db


def again(registration: Registration) -> Registration:
    return Registration.objects.get(pk=registration.pk)


def test_the_name_is_changed_and_greets_at_once() -> None:
    registration = make_registration(first_name="Ada")

    answer = press(private(registration, "name/"), first_name="Grace", last_name="Hopper")

    assert (answer.status_code, answer["Location"]) == (303, private(registration, "?done=name"))
    changed = again(registration)
    assert (changed.first_name, changed.last_name, changed.name_key) == ("Grace", "Hopper", "grace")
    assert changed.version == registration.version + 1
    assert "Done. From now on we call you Grace. Hello, Grace" in text(get(answer["Location"]))


def test_a_name_that_is_taken_in_the_same_mailbox_is_refused_in_a_sentence() -> None:
    webinar = make_webinar()
    make_registration(webinar=webinar, email="ours@example.com", first_name="Bo")
    ada = make_registration(webinar=webinar, email="ours@example.com", first_name="Ada")
    make_registration(webinar=webinar, email="theirs@example.com", first_name="Cy")
    before = every_row()

    answer = press(private(ada, "name/"), first_name=" BO ", last_name="")

    assert "Somebody with this first name and your email address has a place already." in text(
        answer
    )
    assert 'value=" BO "' in answer.content.decode()
    assert every_row() == before
    assert press(private(ada, "name/"), first_name="Cy", last_name="").status_code == 303


@pytest.mark.parametrize("name", ["", "http://spam.example", "x" * 41])
def test_a_name_that_is_none_is_asked_for_again_and_nothing_changes(name: str) -> None:
    registration = make_registration()
    before = every_row()
    answer = press(private(registration, "name/"), first_name=name, last_name="")
    assert answer.status_code == 200
    assert 'href="#id_first_name"' in answer.content.decode()
    assert every_row() == before


def test_the_language_is_changed_and_the_page_speaks_it() -> None:
    registration = make_registration()
    answer = press(private(registration, "language/?language=en"), language="es")
    assert answer["Location"] == private(registration, "?done=language")
    assert again(registration).language == "es"
    shown = get(answer["Location"])
    assert '<html lang="es">' in shown.content.decode()
    assert "Listo. Desde ahora le escribimos en español." in text(shown)


def test_a_language_that_nobody_speaks_here_is_asked_for_again() -> None:
    registration = make_registration()
    answer = press(private(registration, "language/"), language="tlh")
    assert "Choose your language from the list." in text(answer)
    assert again(registration).language == "en"


PRESSES = ["name/", "language/", "address/", "address/keep/", "reminders/stop/", "reminders/start/"]


@pytest.mark.parametrize("rest", PRESSES)
def test_looking_or_a_stale_or_a_foreign_form_changes_nothing(rest: str) -> None:
    registration = make_registration()
    typed = {"first_name": "Bo", "last_name": "", "language": "es", "email": "new@example.com"}
    before = every_row()
    assert get(private(registration, rest))["Location"] == private(registration)
    stale = press(private(registration, rest), **typed, rendered="made up")
    assert "This page was open for a long time." in text(stale)
    assert every_row() == before


@pytest.mark.parametrize("rest", PRESSES)
def test_without_a_place_there_is_nothing_to_change(rest: str) -> None:
    registration = make_registration()
    signup.cancel(registration)
    before = every_row()
    typed = {"first_name": "Bo", "last_name": "", "language": "es", "email": "new@example.com"}
    assert press(private(registration, rest), **typed)["Location"] == private(registration)
    assert every_row() == before
    assert "Change my name" not in text(get(private(registration)))


def test_the_page_says_that_cancelling_can_be_undone_before_and_after() -> None:
    registration = make_registration()
    assert "You can undo it on this page, as long as there is room." in text(
        get(private(registration))
    )
    press(private(registration, "cancel/"))
    after = text(get(private(registration)))
    assert "Undo it with one press, as long as there is room. Take my place again" in after
    press(private(registration, "return/"))
    assert again(registration).is_active


def test_the_acts_change_nothing_where_there_is_nothing_to_change() -> None:
    registration = make_registration()
    before = every_row()
    changing.change_language(registration, language="en")
    changing.start_reminders(registration)
    changing.withdraw(registration)
    assert every_row() == before


def test_the_phone_number_is_changed_and_may_be_left_empty() -> None:
    registration = make_registration(phone="555 010 0000")
    for phone, said in (("555 010 0123", "We have your"), ("", "We have no")):
        answer = press(private(registration, "phone/"), phone=phone)
        assert again(registration).phone == phone
        assert f"Done. {said} phone number" in text(get(answer["Location"]))
    assert again(registration).version == registration.version


def test_a_phone_number_that_is_none_is_asked_for_again() -> None:
    registration = make_registration(phone="555 010 0000")
    answer = press(private(registration, "phone/"), phone="call me")
    assert "Write a phone number with digits, like 555 010 0123." in text(answer)
    assert again(registration).phone == "555 010 0000"
