"""Who waits, as staff see it, and the place that they may give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.organizer import JANUARY, NATIONAL, text
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

LIST = "/admin/registrations/registration/"
GIVE = "give-place"


@pytest.fixture(autouse=True)
def in_january(clock: Clock) -> None:
    clock.move_to(JANUARY)


@pytest.fixture
def webinar() -> Webinar:
    """One place, taken; two people wait."""
    webinar = make_webinar(**NATIONAL, capacity=1, registration_closes=timedelta(days=1))
    for name in ("Holder", "First", "Second"):
        make_registration(webinar=webinar, first_name=name)
    return webinar


def page(registration: Registration, act: str = "change") -> str:
    return f"{LIST}{registration.pk}/{act}/"


def person(name: str) -> Registration:
    return Registration.objects.get(first_name=name)


def test_the_list_shows_who_waits_and_finds_them(admin_client: Client, webinar: Webinar) -> None:
    rows = admin_client.get(f"{LIST}?state__exact=waiting").context["cl"].result_list
    assert [row.first_name for row in rows] == ["Second", "First"]
    assert "On the waiting list" in text(admin_client.get(LIST))
    said = text(admin_client.get(page(person("First"))))
    assert "On the waiting list since January 10 at 10am PST" in said


def test_the_act_is_offered_for_who_waits_only(admin_client: Client, webinar: Webinar) -> None:
    def offered(name: str) -> bool:
        html = admin_client.get(page(person(name))).content.decode()
        return f'href="{page(person(name), GIVE)}"' in html

    assert (offered("Holder"), offered("First")) == (False, True)


def test_no_place_is_given_that_is_not_free(admin_client: Client, webinar: Webinar) -> None:
    assert "If every place is taken, nothing changes" in text(
        admin_client.get(page(person("Second"), GIVE))
    )
    answer = admin_client.post(page(person("Second"), GIVE), follow=True)
    assert "Every place is taken, so nothing was changed." in text(answer)
    assert person("Second").is_waiting
    assert not LogEntry.objects.exists()


def test_a_free_place_is_given_on_a_post_and_the_log_names_nobody(
    admin_client: Client, webinar: Webinar, clock: Clock
) -> None:
    clock.move_to(datetime(2026, 7, 31, tzinfo=UTC))  # sign-up has closed
    signup.cancel(person("Holder"))
    admin_client.get(page(person("Second"), GIVE))
    assert person("Second").is_waiting

    answer = admin_client.post(page(person("Second"), GIVE), follow=True)

    assert "They have a place now. They get an email with the invite." in text(answer)
    assert (person("First").state, person("Second").state) == ("waiting", "active")
    entry = LogEntry.objects.get()
    assert entry.change_message == "Given a place by staff."
    assert "Second" not in entry.object_repr
    again = admin_client.post(page(person("Second"), GIVE), follow=True)
    assert "They are not on the waiting list any more." in text(again)


def test_staff_take_somebody_off_the_list(admin_client: Client, webinar: Webinar) -> None:
    admin_client.post(page(person("First"), "remove"))
    assert (person("First").state, person("First").is_removed) == ("cancelled", True)
    assert person("Second").is_waiting
