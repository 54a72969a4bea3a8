"""Everything that somebody typed is in their data, and gone when they are erased."""

from __future__ import annotations

import json

import pytest
from django.apps import apps

from registrations import erasing
from registrations.models import Answer, Registration
from tests.makers import make_one_of_each_kind, make_registration, make_webinar
from tests.registrations.pages import get, private

pytestmark = pytest.mark.django_db

# Each a word that stands nowhere else.
TYPED = {
    "first_name": "Adalberta",
    "last_name": "Whitaker",
    "email": "adalberta.w@example.com",
    "source": "newsletter-x",
    "phone": "530-555-0137",
    "access_needs": "Large print",
    "speaker_question": "How long is rest needed?",
}
ANSWERED = {
    "short": ["Sacramento"],
    "long": ["I was there\nlast year."],
    "one": ["Coffee"],
    "several": ["Tea", "Water"],
    "yes_no": ["yes"],
}
# What points to a registration: each is in the data and goes with it, or holds nothing typed.
RELATED = {
    *("answers", "consents", "former_addresses", "deliveries"),
    *("address_changes", "carers", "recording_wish"),
}


def registered() -> Registration:
    webinar = make_webinar()
    asked = make_one_of_each_kind(webinar)
    answers = {asked[kind].pk: value for kind, value in ANSWERED.items()}
    return make_registration(webinar=webinar, answers=answers, **TYPED)


def test_all_that_was_typed_is_in_the_data_with_what_was_asked() -> None:
    registration = registered()

    data = json.loads(get(private(registration, "data.json")).content)

    assert {name: data["registration"][name] for name in TYPED} == TYPED
    assert data["answers"] == [
        {"question": "Question 1: a short text?", "answer": ["Sacramento"]},
        {"question": "Question 2: a long text?", "answer": ["I was there\nlast year."]},
        {"question": "Question 3: one choice?", "answer": ["Coffee"]},
        {"question": "Question 4: several choices?", "answer": ["Tea", "Water"]},
        {"question": "Question 5: yes or no?", "answer": ["yes"]},
    ]


def test_erasing_leaves_none_of_it_in_any_table() -> None:
    registration = registered()
    free = [*TYPED.values(), *ANSWERED["short"], "I was there"]

    def traces() -> set[str]:
        return {
            word
            for model in apps.get_models()
            for row in model._default_manager.values_list()
            for word in free
            if word in str(row)
        }

    assert traces() == set(free)
    erasing.erase(registration)

    assert traces() == set()
    assert not Answer.objects.exists()
    assert registration.webinar.questions.count() == 5


def test_the_answers_of_others_stay() -> None:
    registration = registered()
    other = make_registration(webinar=registration.webinar)
    question = registration.webinar.questions.first()
    Answer.objects.create(registration=other, question=question, value=["Boston"])

    erasing.erase(registration)

    assert list(Answer.objects.values_list("value", flat=True)) == [["Boston"]]


def test_whatever_points_to_a_registration_was_thought_of_here() -> None:
    assert {relation.get_accessor_name() for relation in Registration._meta.related_objects} == (
        RELATED
    )
