"""What people want to ask the speaker, for the organizer to hand on: it names nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from registrations import erasing, signup
from tests.makers import make_draft, make_registration, make_webinar
from tests.organizer import page, text
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

HERS = "Will it hurt less <after> a year?"
HIS = "Can I ride a horse?"


def questions(answer: Any) -> list[str]:
    html = answer.content.decode().partition('<ol class="said">')[2].partition("</ol>")[0]
    return [each.removeprefix("<li>") for each in html.split("</li>")[:-1]]


def test_the_questions_stand_there_without_the_people_and_in_the_order_of_the_alphabet(
    admin_client: Client,
) -> None:
    webinar = make_webinar()
    for name, question in [("Zubeida", HERS), ("Quentin", HIS)]:
        email = f"{name.lower()}@example.com"
        make_registration(webinar=webinar, first_name=name, email=email, speaker_question=question)
    make_registration(webinar=webinar)
    make_registration(first_name="Ottokar", speaker_question="Of another webinar?")

    answer = admin_client.get(page(webinar, "speaker-questions"))

    assert questions(answer) == [HIS, "Will it hurt less &lt;after&gt; a year?"]
    shown = answer.content.decode().lower()
    assert [name for name in ("zubeida", "quentin") if name in shown] == []


def test_whoever_does_not_come_asks_nothing_any_more(admin_client: Client) -> None:
    webinar = make_webinar()
    for give_up in (signup.cancel, erasing.erase):
        give_up(make_registration(webinar=webinar, speaker_question=HERS))

    answer = admin_client.get(page(webinar, "speaker-questions"))

    assert questions(answer) == []
    assert "Nobody who comes has asked anything yet." in text(answer)


def test_only_who_may_see_people_reads_what_they_ask(client: Client) -> None:
    path = page(make_webinar(), "speaker-questions")
    user = User.objects.create_user("viewer", is_staff=True)
    client.force_login(user)
    for codename, status in [("view_webinar", 403), ("view_registration", 200)]:
        user.user_permissions.add(Permission.objects.get(codename=codename))
        assert client.get(path).status_code == status


def test_a_webinars_page_leads_there_once_it_is_public(admin_client: Client) -> None:
    draft, public = make_draft(), make_webinar()

    assert page(public, "speaker-questions") in admin_client.get(page(public)).content.decode()
    assert page(draft, "speaker-questions") not in admin_client.get(page(draft)).content.decode()
    assert admin_client.get(page(Webinar(pk=0), "speaker-questions")).status_code == 404


def test_a_webinars_page_leads_only_those_there_who_may_see_people(client: Client) -> None:
    webinar = make_webinar()
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_webinar"))
    client.force_login(user)

    shown = client.get(page(webinar)).content.decode()

    assert "Public page:" in shown
    assert "speaker-questions" not in shown
