"""The words shown back while an organizer types."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.clock import Clock
from tests.organizer import (
    JANUARY,
    LIST,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_january(clock: Clock) -> None:
    clock.move_to(JANUARY)


def test_the_echo_says_what_was_typed(admin_client: Client) -> None:
    answer = admin_client.get(
        f"{LIST}echo/",
        {
            "local_date": "2026-07-31",
            "local_time": "4pm",
            "time_zone": "America/Los_Angeles",
            "display_zones": ["America/Los_Angeles", "America/New_York"],
            "announced_in": "es",
        },
    )
    assert answer.json() == {
        "announcement": "31 de julio a las 4 p. m. PDT / 7 p. m. EDT",
        "clocks": "4:00 pm PDT = 7:00 pm EDT = 1:00 pm HST",
    }


def test_the_echo_says_the_date_where_it_is_another(admin_client: Client) -> None:
    typed = {"local_date": "2026-07-31", "local_time": "10pm", "time_zone": "America/Los_Angeles"}
    zones = ["America/Los_Angeles", "America/New_York"]
    answer = admin_client.get(f"{LIST}echo/", {**typed, "display_zones": zones})
    assert answer.json() == {
        "announcement": "July 31 at 10pm PDT / August 1 at 1am EDT",
        "clocks": "10:00 pm PDT = 1:00 am EDT on Saturday, August 1, 2026 = 7:00 pm HST",
    }


def test_the_echo_says_why_a_time_does_not_exist(admin_client: Client) -> None:
    typed = {"local_date": "2026-11-01", "local_time": "1:30am", "time_zone": "America/New_York"}
    assert admin_client.get(f"{LIST}echo/", typed).json() == {
        "problem": "In Eastern Time, clocks show 1:30 am twice on Sunday, November 1, 2026. "
        "Choose 12:30 am or 2:30 am."
    }


def test_the_echo_waits_while_the_form_is_half_filled_in(admin_client: Client) -> None:
    typed = {"local_time": "4pm", "time_zone": "America/New_York"}
    assert admin_client.get(f"{LIST}echo/", typed).json() == {}


def test_the_echo_answers_staff_only(client: Client, django_user_model: type[User]) -> None:
    assert client.get(f"{LIST}echo/").status_code == 302
    client.force_login(django_user_model.objects.create_user("clerk", is_staff=True))
    assert client.get(f"{LIST}echo/").status_code == 403
