"""Words that name what a sensitive webinar is about, and words that any session is called by."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from notifications.models import ReminderRule
from tests.makers import make_draft
from tests.organizer import NATIONAL, errors, page, rule_rows, typed
from webinars.models import Webinar
from webinars.topics import named_topic

ENGLISH = "When back pain comes from the SI joint: ask an expert"
SPANISH = "Dolor en la parte baja de la espalda: ¿puede ser la articulación sacroilíaca?"


@pytest.mark.parametrize(
    ("title", "said", "word"),
    [
        (ENGLISH, "Tomorrow: your talk on BACK care", "BACK"),
        (ENGLISH, "About your joints", "joints"),
        (ENGLISH, "One hour to go: SI", "SI"),
        (ENGLISH, "When it starts, an expert is there for you", ""),
        (ENGLISH, "Si, see you at the session", ""),
        (ENGLISH, "A painter joins us", ""),
        (SPANISH, "Mañana: ARTICULACION", "ARTICULACION"),
        (SPANISH, "Su cita sobre los dolores", ""),
        (SPANISH, "Su dolor, mañana", "dolor"),
        (SPANISH, "Una hora más: la sesión puede ser vista en línea", ""),
        ("Living with MS", "See the ms. tomorrow", ""),
        ("Living with MS", "MS tomorrow", "MS"),
        ("Diabetes today", "Diabete", "Diabete"),
        ("", "Anything", ""),
    ],
)
def test_a_word_of_the_topic_is_found_in_any_case_and_accent(
    title: str, said: str, word: str
) -> None:
    assert named_topic(Webinar(title=title), said) == word


def test_what_the_announcement_calls_it_is_of_the_topic_too() -> None:
    webinar = Webinar(title="Ask us", announced_as="our National Arthritis Webinar")
    assert named_topic(webinar, "Your arthritis webinar") == "arthritis"
    assert named_topic(webinar, "Our national webinar") == ""


def saved(admin_client: Client, webinar: Webinar, **fields: Any) -> dict[str, list[str]]:
    answer = admin_client.post(page(webinar), typed(**{**rule_rows(webinar), **fields}))
    if answer.status_code == 302:
        return {}
    formset = next(
        each.formset
        for each in answer.context["inline_admin_formsets"]
        if each.formset.model is ReminderRule
    )
    return {**errors(answer), **formset.forms[0].errors}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "subject",
            "“surgery” names the topic. It shows on lock screens. "
            "Say it neutrally, such as “your session”.",
        ),
        (
            "text",
            "“surgery” names the topic. Others may read the email. "
            "Say it neutrally, such as “your session”.",
        ),
    ],
)
def test_an_own_subject_or_text_that_names_the_topic_is_refused_at_its_field(
    admin_client: Client, name: str, sentence: str
) -> None:
    webinar = make_draft(**NATIONAL)
    words = {f"reminder_rules-0-{name}": "Tomorrow: your surgery talk"}
    assert saved(admin_client, webinar, **words) == {name: [sentence]}
    assert not webinar.reminder_rules.exclude(subject="", text="").exists()


@pytest.mark.django_db
def test_the_title_that_counts_is_the_one_being_saved(admin_client: Client) -> None:
    webinar = make_draft(**NATIONAL)
    words = {"reminder_rules-0-subject": "Tomorrow: knees", "title": "Care for your knee"}
    assert list(saved(admin_client, webinar, **words)) == ["subject"]


@pytest.mark.django_db
def test_where_nothing_is_sensitive_a_subject_may_say_it(admin_client: Client) -> None:
    webinar = make_draft(**NATIONAL)
    rows = {**rule_rows(webinar), "reminder_rules-0-subject": "Back surgery tomorrow"}
    form = typed(**rows)
    del form["is_sensitive"]
    assert admin_client.post(page(webinar), form).status_code == 302
    assert webinar.reminder_rules.filter(subject="Back surgery tomorrow").exists()
