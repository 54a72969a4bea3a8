"""What can be typed, what is said of it, and how it is stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from registrations.forms import RegistrationForm, ZoneForm, source_of
from registrations.protection import stamp
from webinars import times

TYPED = {
    "first_name": "Ada",
    "last_name": "",
    "email": "ada@example.com",
    "time_zone": "America/New_York",
    "consent": "on",
    "utm_source": "",
}

# Right by the book, nobody's mailbox, and most cannot be put on the wire.
ODD_ADDRESSES = (
    '"\x01"@example.com',
    '"a,b"@example.com',
    "=?utf-8?q?ada?=@example.com",
    "\u017fam@example.com",  # a long s, which is an s where case is ignored
    "\u0130da@example.com",  # a capital i with a dot
)


def filled(**typed: Any) -> RegistrationForm:
    return RegistrationForm({**TYPED, "rendered": stamp(), **typed})


def errors(**typed: Any) -> dict[str, list[str]]:
    return {name: list(said) for name, said in filled(**typed).errors.items()}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada", "Ada"),
        ("  Mary   Ann ", "Mary Ann"),
        ("Jean-Luc", "Jean-Luc"),
        ("O'Neill", "O'Neill"),
        ("D’Angelo", "D’Angelo"),
        ("José", "José"),  # a letter and an accent become one sign
        ("Mª", "Mª"),
        ("Łukasz", "Łukasz"),
        ("李", "李"),
        ("Ольга", "Ольга"),
        ("अमिता", "अमिता"),
        ("مریم", "مریم"),
        ("A\u200bda", "Ada"),
        ("\u3164Ada", "Ada"),
        ("A" * 40, "A" * 40),
    ],
)
def test_names_of_any_script_are_taken_as_people_write_them(typed: str, kept: str) -> None:
    form = filled(first_name=typed, last_name=typed)

    assert form.is_valid(), form.errors
    assert (form.cleaned_data["first_name"], form.cleaned_data["last_name"]) == (kept, kept)


@pytest.mark.parametrize(
    "typed",
    [
        "Win 500 dollars",
        "http://example.com",
        "example.com",
        "Ada!",
        "Ada, your account is locked",
        "Ada@example",
        "<b>Ada</b>",
        "Ada (test)",
        "Ada & Bob",
        "Ada\\",
        "Ada_B",
        "Ada²",
        "😀",
        "-Ada",
        "'",
    ],
)
def test_a_first_name_carries_no_message_and_no_address(typed: str) -> None:
    assert errors(first_name=typed) == {
        "first_name": ["In your first name, use only letters, spaces, and the signs - and ’."]
    }


def test_line_breaks_in_a_name_become_spaces() -> None:
    form = filled(first_name="Ada\r\nBcc")

    assert form.is_valid()
    assert form.cleaned_data["first_name"] == "Ada Bcc"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first_name": ""}, {"first_name": ["Write your first name."]}),
        ({"first_name": "  "}, {"first_name": ["Write your first name."]}),
        (
            {"first_name": "A" * 41},
            {"first_name": ["Your first name is too long. Write 40 letters at most."]},
        ),
        (
            {"first_name": "ΐ" * 40},  # folded for comparing, it has 120 signs
            {"first_name": ["Your first name is too long. Write 40 letters at most."]},
        ),
        (
            {"last_name": "A" * 61},
            {"last_name": ["Your last name is too long. Write 60 letters at most."]},
        ),
        ({"email": ""}, {"email": ["Write your email address."]}),
        (
            {"email": "ada@"},
            {"email": ["Write your whole email address, like name@example.com."]},
        ),
        (
            {"email": "ada@example.com\nBcc: eve@example.com"},
            {"email": ["Write your whole email address, like name@example.com."]},
        ),
        (
            {"email": "a@" + f"{'ü' * 40}." * 6 + "com"},  # short enough, but not in ASCII
            {"email": ["This email address is too long. Please look at it again."]},
        ),
        *(
            ({"email": odd}, {"email": ["Write your whole email address, like name@example.com."]})
            for odd in ODD_ADDRESSES
        ),
        ({"time_zone": ""}, {"time_zone": ["Choose your time zone from the list."]}),
        ({"time_zone": "UTC"}, {"time_zone": ["Choose your time zone from the list."]}),
        ({"time_zone": "undefined"}, {"time_zone": ["Choose your time zone from the list."]}),
        (
            {"consent": ""},
            {"consent": ["Tick the box if you agree. We need it to save your place."]},
        ),
        (
            {"rendered": ""},
            {"__all__": ["This page was open for a long time. Please press the button once more."]},
        ),
    ],
)
def test_each_problem_is_said_in_plain_words(
    typed: dict[str, str], said: dict[str, list[str]]
) -> None:
    assert errors(**typed) == said


def test_a_zone_is_kept_under_its_canonical_name() -> None:
    form = filled(time_zone="US/Central")

    assert form.is_valid()
    assert form.cleaned_data["time_zone"] == "America/Chicago"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("harbor-clinic.example", "harbor-clinic.example"),
        ("a b<script>", "abscript"),
        ("x" * 100, "x" * 60),
        ("", ""),
    ],
)
def test_the_source_is_kept_as_a_plain_word_and_never_refused(typed: str, kept: str) -> None:
    form = filled(utm_source=typed)

    assert form.is_valid()
    assert form.cleaned_data["utm_source"] == source_of(typed) == kept


def options(html: str) -> list[str]:
    return [option.split('"')[0] for option in html.split('<option value="')[1:]]


def test_the_list_of_zones_holds_every_choice_once_and_selects_one() -> None:
    html = str(ZoneForm(initial={"time_zone": "America/Chicago"})["time_zone"])

    choices = [zone for _group, zones in times.zone_choices("en") for zone, _label in zones]
    assert options(html) == choices
    assert html.count(" selected") == 1
    assert '<option value="America/Chicago" selected>Central Time: Chicago, Dallas, Houston' in html


@pytest.mark.parametrize("value", ["", "nonsense", '"><script>'])
def test_a_list_without_a_choice_asks_and_does_not_choose_for_the_reader(value: str) -> None:
    html = str(ZoneForm(initial={"time_zone": value})["time_zone"])

    assert options(html)[0] == ""
    assert '<option value="">Choose where you live' in html
    assert " selected" not in html
    assert "<script" not in html


def test_the_list_speaks_the_pages_language() -> None:
    with translation.override("es"):
        html = str(ZoneForm(initial={"time_zone": "America/Chicago"})["time_zone"])

    assert '<optgroup label="Estados Unidos">' in html
    assert "selected>Hora del Centro: Chicago, Dallas, Houston" in html


def test_what_is_wrong_with_a_field_is_tied_to_it_for_screen_readers() -> None:
    html = str(filled(email="ada@")["email"])

    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'autocomplete="email"' in html
