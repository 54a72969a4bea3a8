"""The organizer's own questions: on the form, in the database, edited and taken away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from registrations import questions, signup
from registrations.models import Answer, Question, Registration
from registrations.protection import stamp
from tests.makers import (
    make_draft,
    make_one_of_each_kind,
    make_question,
    make_registration,
    make_webinar,
)
from tests.registrations.pages import TYPED, get, page, register, text
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Kind = Question.Kind
ANSWERED = {
    "short": "Blue",
    "long": "One line.\r\nAnother.",
    "one": "Coffee",
    "several": ["Tea", "Water"],
    "yes_no": "no",
}


def name(question: Question) -> str:
    return f"question_{question.pk}"


def typed_answers(asked: dict[str, Question]) -> dict[str, Any]:
    return {name(asked[kind]): value for kind, value in ANSWERED.items()}


def stored() -> dict[str, list[str]]:
    return dict(Answer.objects.values_list("question__kind", "value"))


STORED = {
    "short": ["Blue"],
    "long": ["One line.\nAnother."],
    "one": ["Coffee"],
    "several": ["Tea", "Water"],
    "yes_no": ["no"],
}


# ---- On the form --------------------------------------------------------------------------------


def test_every_kind_is_answered_and_kept_as_a_list_of_texts() -> None:
    webinar = make_webinar()
    asked = make_one_of_each_kind(webinar)

    response = register(webinar, **typed_answers(asked))

    assert "Check your email" in text(response)
    assert stored() == STORED


def test_what_need_not_be_answered_may_be_left_empty_and_is_not_stored() -> None:
    webinar = make_webinar()
    asked = make_one_of_each_kind(webinar)

    left_empty = (question for kind, question in asked.items() if kind != "several")
    register(webinar, **dict.fromkeys(map(name, left_empty), ""))

    assert Registration.objects.exists()
    assert stored() == {}


def test_each_kind_is_a_native_input_named_by_its_question_in_the_webinars_language() -> None:
    webinar = make_webinar(language="es")
    asked = make_one_of_each_kind(webinar)

    html = get(f"{page(webinar)}?language=en").content.decode()

    for kind in ("one", "several", "yes_no"):
        assert f'<legend><span lang="es">{asked[kind].text}</span> <small>(optional)' in html
    for kind in ("short", "long"):
        field = name(asked[kind])
        assert f'<label for="id_{field}"><span lang="es">{asked[kind].text}</span>' in html
    kinds = [name(question) for question in asked.values()]
    inputs = re.findall(r'<(?:input type="(\w+)"|(textarea)) name="(question_\d+)"', html)
    assert [(one or other, field) for one, other, field in inputs] == [
        ("text", kinds[0]),
        ("textarea", kinds[1]),
        *[("radio", kinds[2])] * 4,  # three, and no answer
        *[("checkbox", kinds[3])] * 3,
        *[("radio", kinds[4])] * 3,
    ]
    assert f'<input type="radio" name="{kinds[4]}" value="" id="id_{kinds[4]}_2" checked>' in html


def test_required_questions_are_asked_for_at_the_field_and_in_the_summary() -> None:
    webinar = make_webinar()
    Question.objects.bulk_create(
        Question(webinar=webinar, text=text_, kind=kind, choices=choices, is_required=True)
        for text_, kind, choices in (
            ("Who is it for?", Kind.ONE, "Me\nA friend"),
            ("Do you use captions?", Kind.YES_NO, ""),
            ("Is 100%s of it clear?", Kind.SEVERAL, "Yes\nNo"),
            ("Which town?", Kind.SHORT, ""),
        )
    )
    asked = questions.asked(webinar)

    response = register(webinar, last_name="Lovelace")

    html = response.content.decode()
    assert not Registration.objects.exists()
    assert 'value="Lovelace"' in html
    assert (
        "Please look at this again Please answer: Who is it for? "
        "Please answer: Do you use captions? Please answer: Is 100%s of it clear? "
        "Please answer: Which town?"
    ) in text(response)
    for question in asked:
        assert f'<p class="why" id="id_{name(question)}_error">' in html
        assert f'aria-describedby="id_{name(question)}_error"' in html
    ways = re.findall(r'<li><a href="#(id_question_\w+)"', html)
    assert ways == [f"id_{name(each)}_0" for each in asked[:3]] + [f"id_{name(asked[3])}"]
    assert all(f'id="{way}"' in html for way in ways)


def test_a_required_yes_or_no_is_answered_by_either() -> None:
    webinar = make_webinar()
    question = make_question(webinar, "Captions?", kind=Kind.YES_NO, is_required=True)

    html = get(page(webinar)).content.decode()
    assert "No answer" not in html
    register(webinar, **{name(question): "no"})

    assert stored() == {"yes_no": ["no"]}


@pytest.mark.parametrize("kind", ["one", "several", "yes_no"])
def test_a_choice_that_is_not_offered_is_refused(kind: str) -> None:
    webinar = make_webinar()
    question = make_one_of_each_kind(webinar)[kind]
    Question.objects.filter(pk=question.pk).update(text="100%s sure?")

    response = register(webinar, **{name(question): "Rum"})

    assert "Please choose again: 100%s sure?" in text(response)
    assert not Registration.objects.exists()


def test_a_choice_counts_once_however_often_it_is_posted() -> None:
    webinar = make_webinar()
    question = make_one_of_each_kind(webinar)["several"]

    register(webinar, **{name(question): ["Tea", "Water", "Tea"]})

    assert stored() == {"several": ["Tea", "Water"]}


@pytest.mark.parametrize(("kind", "most"), [("short", 500), ("long", 2000)])
def test_an_answer_that_is_too_long_is_said_and_not_cut(kind: str, most: int) -> None:
    webinar = make_webinar()
    question = make_one_of_each_kind(webinar)[kind]

    response = register(webinar, **{name(question): "a" * (most + 1)})

    assert f"This is too long. Write {most} letters at most." in text(response)
    assert "a" * (most + 1) in response.content.decode()
    assert "Check your email" in text(register(webinar, **{name(question): "a" * most}))


def test_nothing_that_was_answered_is_lost_when_something_else_is_wrong() -> None:
    webinar = make_webinar()
    asked = make_one_of_each_kind(webinar)

    html = register(webinar, email="", **typed_answers(asked)).content.decode()

    assert 'value="Blue"' in html
    assert "One line.\r\nAnother.</textarea>" in html
    checked = re.findall(r'name="question_\d+" value="(\w+)"[^>]* checked', html)
    assert checked == ["Coffee", "Tea", "Water", "no"]


def test_the_answer_of_a_press_speaks_the_pages_language() -> None:
    webinar = make_webinar(language="es")
    make_question(webinar, "¿Usa subtítulos?", kind=Kind.YES_NO, is_required=True)

    response = register(webinar)

    assert "Por favor, responda: ¿Usa subtítulos?" in text(response)
    assert "Sí" in text(response)


def test_what_is_not_asked_any_more_or_of_another_webinar_is_not_stored() -> None:
    webinar = make_webinar()
    retired, foreign = make_question(webinar, "Old?"), make_question(make_webinar(), "Other?")
    questions.remove(retired)

    register(webinar, **{name(retired): "x", name(foreign): "x"})

    assert Registration.objects.exists()
    assert stored() == {}


def test_twenty_questions_take_no_query_more_than_one(django_assert_num_queries: Any) -> None:
    webinar = make_webinar()
    for number in range(questions.MOST):
        make_question(webinar, f"Question {number}?")

    with django_assert_num_queries(4):  # webinar, questions, speakers, resources
        get(page(webinar))


# ---- Kept ---------------------------------------------------------------------------------------


def test_a_second_registration_changes_no_answer() -> None:
    webinar = make_webinar()
    asked = make_one_of_each_kind(webinar)
    register(webinar, **typed_answers(asked))

    response = register(webinar, **{name(asked["short"]): "Red", name(asked["yes_no"]): "yes"})

    assert "Check your email" in text(response)
    assert stored() == STORED


def test_who_comes_back_answers_anew_or_keeps_the_answers() -> None:
    webinar = make_webinar()
    asked = make_one_of_each_kind(webinar)
    register(webinar, **typed_answers(asked))
    registration = Registration.objects.get()

    signup.cancel(registration)
    signup.come_back(registration)
    assert stored() == STORED

    signup.cancel(registration)
    register(webinar, **{name(asked["short"]): "Red"})
    assert stored() == {"short": ["Red"]}


def test_the_answers_of_whoever_waits_for_a_place_are_kept() -> None:
    webinar = make_webinar(capacity=1)
    question = make_question(webinar, "Which town?")
    make_registration(webinar=webinar)

    register(webinar, **{name(question): "Blue"})

    assert stored() == {"short": ["Blue"]}


def test_the_database_keeps_one_answer_to_a_question_and_only_lists() -> None:
    registration = make_registration()
    question = make_question(registration.webinar, "Which town?")
    with pytest.raises(IntegrityError, match="answer_is_a_list"):
        Answer.objects.create(registration=registration, question=question, value="Blue")


def test_the_database_keeps_choices_with_the_kinds_that_offer_them() -> None:
    with pytest.raises(IntegrityError, match="question_offers_choices_or_none"):
        Question.objects.create(webinar=make_draft(), text="Which?", kind=Kind.ONE)


# ---- The organizer's acts -----------------------------------------------------------------------


def answered(question: Question) -> None:
    registration = make_registration(webinar=question.webinar, answers={question.pk: ["Tea"]})
    assert registration.answers.count() == 1


def test_kind_and_choices_of_an_answered_question_stay_and_its_words_may_change() -> None:
    question = make_question(make_webinar(), "What?", kind=Kind.ONE, choices="Tea\nCoffee")
    question.choices = "Tea\nCoffee\nWater"
    questions.save(question)
    answered(question)

    question.text, question.is_required = "What do you drink?", True
    questions.save(question)
    question.choices = "Tea"
    with pytest.raises(questions.Refused, match="so its kind and its choices stay"):
        questions.save(question)

    kept = Question.objects.get()
    assert (kept.text, kept.choices) == ("What do you drink?", "Tea\nCoffee\nWater")


def test_a_question_of_a_draft_is_deleted_and_of_a_published_webinar_retired() -> None:
    draft, webinar = make_draft(), make_webinar()
    of_draft, open_one = make_question(draft, "Draft?"), make_question(webinar, "Open?")
    answered(open_one)

    questions.remove(of_draft)
    questions.remove(open_one)

    assert list(Question.objects.all()) == [open_one]
    assert questions.asked(webinar) == []
    assert Answer.objects.count() == 1


def test_a_webinar_asks_twenty_questions_at_most() -> None:
    webinar = make_webinar()
    made = [make_question(webinar, f"Question {number}?") for number in range(questions.MOST)]
    with pytest.raises(questions.Refused, match="Ask 20 questions at most"):
        make_question(webinar, "One more?")

    questions.save(made[0])  # an edit is none more
    questions.remove(made[0])
    make_question(webinar, "In its place?")


def test_another_webinar_asks_the_same_without_the_answers_and_the_retired() -> None:
    webinar, other = make_webinar(), make_draft()
    asked = make_one_of_each_kind(webinar)
    questions.remove(make_question(webinar, "Old?"))
    answered(asked["one"])

    questions.copy(webinar, to=other)

    def shape(of: Webinar) -> list[tuple[Any, ...]]:
        fields = ("text", "kind", "choices", "is_required", "position")
        return list(of.questions.asked().values_list(*fields))

    assert shape(other) == shape(webinar)
    assert len(shape(other)) == 5
    assert Answer.objects.count() == 1


def test_a_form_that_was_open_while_a_question_came_is_shown_again_whole() -> None:
    webinar = make_webinar()
    fresh = {**TYPED, "rendered": stamp(), "last_name": "Lovelace"}
    make_question(webinar, "Which town?", is_required=True)

    response = Client().post(page(webinar), fresh)

    assert "Please answer: Which town?" in text(response)
    assert 'value="Lovelace"' in response.content.decode()
