"""The organizer's questions on a webinar's page, and the answers on a person's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from registrations.models import Question
from tests.makers import (
    make_draft,
    make_one_of_each_kind,
    make_question,
    make_registration,
    make_webinar,
)
from tests.organizer import ADD, page, queries_of, rule_rows, text, typed
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

NEW = {"text": "Who is it for?", "kind": "one", "choices": "Me\r\n  A   friend \r\n\r\n"}


def rows(webinar: Webinar | None, *more: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The questions as the page shows them, the first one changed, and new ones after them."""
    asked = list(webinar.questions.asked()) if webinar else []
    shown = [
        {
            "id": each.pk,
            "text": each.text,
            "kind": each.kind,
            "choices": each.choices,
            "position": each.position,
            **({"is_required": "on"} if each.is_required else {}),
        }
        for each in asked
    ]
    if shown:
        shown[0] |= changes
    filled = [*shown, *({"position": len(shown), **each} for each in more)]
    return {
        "questions-TOTAL_FORMS": len(filled),
        "questions-INITIAL_FORMS": len(asked),
        **{
            f"questions-{number}-{name}": value
            for number, row in enumerate(filled)
            for name, value in row.items()
        },
    }


def save(client: Client, webinar: Webinar, *more: dict[str, Any], **changes: Any) -> Any:
    return client.post(
        page(webinar), typed(**rule_rows(webinar), **rows(webinar, *more, **changes))
    )


def complaints(answer: Any) -> list[str]:
    formset = next(
        each.formset
        for each in answer.context["inline_admin_formsets"]
        if each.formset.model is Question
    )
    said = [error for errors in formset.errors for each in errors.values() for error in each]
    return [*said, *formset.non_form_errors()]


def asked(webinar: Webinar) -> list[tuple[str, str, str]]:
    return list(webinar.questions.asked().values_list("text", "kind", "choices"))


def test_a_new_webinar_is_made_with_its_questions(admin_client: Client) -> None:
    answer = admin_client.post(ADD, typed(**rows(None, NEW)))

    webinar = Webinar.objects.get()
    assert answer.status_code == 302
    assert asked(webinar) == [("Who is it for?", "one", "Me\nA friend")]


def test_a_published_webinar_gets_one_more_and_another_order(admin_client: Client) -> None:
    webinar = make_webinar()
    make_question(webinar, "Which town?")

    answer = save(admin_client, webinar, {**NEW, "is_required": "on"}, position=5)

    assert answer.status_code == 302
    assert [each[0] for each in asked(webinar)] == ["Who is it for?", "Which town?"]
    assert Question.objects.get(text="Who is it for?").is_required


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"choices": ""}, "Give from 2 to 20 choices, one on each line."),
        ({"choices": "Only one"}, "Give from 2 to 20 choices, one on each line."),
        (
            {"choices": "\n".join(map(str, range(21)))},
            "Give from 2 to 20 choices, one on each line.",
        ),
        ({"choices": "Me\nMe"}, "Two of the choices are the same."),
        ({"choices": f"Me\n{'a' * 121}"}, "A choice has 120 letters at most."),
        ({"kind": "yes_no"}, "Only One choice and Several choices have choices."),
        ({"text": ""}, "This field is required."),
    ],
)
def test_a_question_that_cannot_be_asked_is_explained(
    admin_client: Client, changes: dict[str, str], said: str
) -> None:
    webinar = make_webinar()

    answer = save(admin_client, webinar, {**NEW, **changes})

    assert complaints(answer) == [said]
    assert asked(webinar) == []


def test_an_answered_question_keeps_its_kind_and_choices_and_may_be_reworded(
    admin_client: Client,
) -> None:
    webinar = make_webinar()
    question = make_question(webinar, "What?", kind="one", choices="Tea\nCoffee")
    make_registration(webinar=webinar, answers={question.pk: ["Tea"]})

    reshaped = save(admin_client, webinar, choices="Tea\nWater")
    reworded = save(admin_client, webinar, text="What do you drink?")

    assert complaints(reshaped) == [
        "People have answered this question, so its kind and its choices stay as they are. "
        "To ask for something else, remove it and add a new one."
    ]
    assert reworded.status_code == 302
    assert asked(webinar) == [("What do you drink?", "one", "Tea\nCoffee")]


def test_an_answered_question_is_taken_away_and_its_answers_stay(admin_client: Client) -> None:
    webinar = make_webinar()
    question = make_question(webinar, "Which town?")
    registration = make_registration(webinar=webinar, answers={question.pk: ["Boston"]})

    answer = save(admin_client, webinar, DELETE="on")

    assert answer.status_code == 302
    assert asked(webinar) == []
    assert registration.answers.get().question == question
    assert "Which town?" not in text(admin_client.get(page(webinar)))


def test_a_drafts_question_is_deleted(admin_client: Client) -> None:
    draft = make_draft()
    make_question(draft, "Which town?")

    assert save(admin_client, draft, DELETE="on").status_code == 302

    assert not Question.objects.exists()


def test_twenty_one_questions_are_too_many(admin_client: Client) -> None:
    webinar = make_webinar()

    answer = save(admin_client, webinar, *[{"text": f"{n}?", "kind": "short"} for n in range(21)])

    assert complaints(answer) == ["Ask 20 questions at most."]
    assert asked(webinar) == []


def test_a_persons_page_shows_all_that_they_told_us(admin_client: Client) -> None:
    webinar = make_webinar()
    of_kind = make_one_of_each_kind(webinar)
    registration = make_registration(
        webinar=webinar,
        phone="530-555-0137",
        access_needs="Captions",
        speaker_question="How long?",
        answers={of_kind["several"].pk: ["Tea", "Water"], of_kind["yes_no"].pk: ["no"]},
    )

    shown = text(admin_client.get(f"/admin/registrations/registration/{registration.pk}/change/"))

    assert (
        "What they told us Phone 530-555-0137 Access needs Captions "
        "Question for the speaker How long?"
    ) in shown
    assert "Question 4: several choices? Tea; Water Question 5: yes or no? No" in shown


def test_a_persons_page_asks_no_more_for_five_answers_than_for_one(admin_client: Client) -> None:
    webinar = make_webinar()
    of_kind = make_one_of_each_kind(webinar)
    keys = [question.pk for question in of_kind.values()]
    one = make_registration(webinar=webinar, answers={keys[0]: ["x"]})
    five = make_registration(webinar=webinar, answers={key: ["x"] for key in keys})

    counts = [
        queries_of(admin_client, f"/admin/registrations/registration/{each.pk}/change/")
        for each in (one, five)
    ]

    assert counts[0] == counts[1]
