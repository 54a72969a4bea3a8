"""Every text that a patient reads asks for six years of school at most: pages and emails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clock import Clock
from tests.notifications.emails.reading import body
from tests.patient import blocks, syllables
from tests.patient.grade import WORD, grade
from tests.patient.letters import every_letter
from tests.patient.pages import every_page

BAR = 6
LONG = 8  # words; the formulas say nothing of a label
# The announcement's words are given, and half of each is a time.
GIVEN = ("Attend our National", "Our National", "You can watch our National", "Puede ver nuestra")


def texts(language: str) -> Iterator[tuple[str, list[str]]]:
    """Each page and email by name: what is read of it."""
    for name, html in every_page(language):
        yield f"page: {name}", blocks.of_html(html, language)
    for name, letter in every_letter(language):
        yield f"email: {name}", blocks.of_text(body(letter, "plain"))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_or_email_nor_any_long_block_of_one_is_above_the_sixth_grade(
    clock: Clock, language: str
) -> None:
    whole, single = {}, {}
    for name, read in texts(language):
        whole[name] = grade(read, language)
        long = [each for each in read if len(WORD.findall(each)) >= LONG]
        single |= {each: grade([each], language) for each in long if not each.startswith(GIVEN)}

    assert len(whole) > 70
    assert {name: found for name, found in whole.items() if found > BAR} == {}
    assert {block: found for block, found in single.items() if found >= BAR + 1} == {}


def test_a_hard_text_is_found() -> None:
    english = "Participation necessitates the preliminary acceptance of our privacy regulations."
    spanish = "La participación requiere la aceptación preliminar de las regulaciones aplicables."

    assert grade([english], "en") > 15
    assert grade([spanish], "es") > 12


def test_the_grade_is_the_one_that_the_formulas_give() -> None:
    assert grade(["We will call you.", "Wait here"], "en") == pytest.approx(
        0.39 * 3 + 11.8 * 6 / 6 - 15.59
    )
    assert grade(["Le llamamos hoy. Espere aquí."], "es") == 5  # 206.84 - 60 * 11 / 5 - 1.02 * 2.5


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "the time page changed you here names signed month eye through"),
        (2, "minutes pages table session asking needed cookies somewhere patient"),
        (3, "calendar already video nobody medicine"),
        (4, "information organizer diagnosis apostrophes"),
    ],
)
def test_english_syllables(number: int, words: str) -> None:
    found = {word: syllables.english(word) for word in words.split()}

    assert found == dict.fromkeys(found, number)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "y que fue soy vez quien"),
        (2, "país día guía cuando ciudad hoja"),
        (3, "dirección reunido ahora sesiones correo empezó"),
        (4, "calendario todavía realiza teléfono"),
    ],
)
def test_spanish_syllables(number: int, words: str) -> None:
    found = {word: syllables.spanish(word) for word in words.split()}

    assert found == dict.fromkeys(found, number)


def test_a_page_is_read_block_by_block_without_what_is_no_prose() -> None:
    html = (
        "<html lang=en><head><title>Never</title></head><body><nav><a>Home</a><a lang=es>Inicio</a>"
        "</nav><h1>Your <b>place</b></h1><p>Wait. <a>Go on</a></p><p>Go <a>here</a> now</p>"
        "<select><option>Rome<option>Oslo</select><label for=a>Name<input></label>"
        "<p>4:00 pm Pacific Time (PDT)</p><p>Mail ada@example.com<br>or call</p></body></html>"
    )

    assert blocks.of_html(html, "en") == [
        *("Home", "Your place", "Wait.", "Go on", "Go here now", "Name", "Mail", "or call")
    ]
