"""A time that new zone rules have taken away, as the organizer's pages say and mend it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.organizer import page, queries_of, text
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

PROBLEM = (
    "In Pacific Time, clocks skip 2:30 am on Sunday, March 14, 2027. Choose 1:30 am or 3:30 am."
)


@pytest.fixture(autouse=True)
def in_october(clock: Clock) -> None:
    clock.move_to(datetime(2026, 10, 20, 12, tzinfo=UTC))


def lost(webinar: Webinar, state: str = "lost") -> Webinar:
    """As `scheduling.retime` leaves it: the start stays, its wall clock is skipped."""
    Webinar.objects.filter(pk=webinar.pk).update(local_time=time(2, 30), clock_state=state)
    webinar.refresh_from_db()
    return webinar


def at_night(**fields: Any) -> dict[str, Any]:
    return {"local_date": date(2027, 3, 14), "local_time": time(3, 30), **fields}


def again(**fields: Any) -> dict[str, Any]:
    """The reschedule form as filled in, at the start that people were told."""
    return {
        "step": "preview",
        "sequence": 0,
        "local_date": "2027-03-14",
        "local_time": "3:30 am",
        "time_zone": "America/Los_Angeles",
        "duration_0": "1",
        "duration_1": "hours",
        "reason": "",
        **fields,
    }


@pytest.mark.parametrize("state", ["lost", "alerted"])
def test_the_page_says_that_the_time_is_lost_what_is_kept_and_where_to_go(
    admin_client: Client, state: str
) -> None:
    webinar = lost(make_webinar(**at_night()), state)
    answer = admin_client.get(page(webinar))
    assert (
        f"The time no longer exists The rules of its time zone have changed. {PROBLEM} "
        "It keeps the start that people were told. By the new rules that is Sunday, March 14, "
        "2027, 3:30 am Pacific Time (PDT). Reschedule"
    ) in text(answer)
    assert f'<a href="{page(webinar, "reschedule")}">Reschedule</a>' in answer.content.decode()


def test_the_first_page_says_it_with_a_link(admin_client: Client) -> None:
    webinar = lost(make_webinar(**at_night(title="Night owls")))
    answer = admin_client.get("/admin/")
    assert answer.context["troubles"] == [
        (
            f"The time of “Night owls” no longer exists. {PROBLEM} Reschedule.",
            page(webinar, "reschedule"),
        )
    ]


def test_the_first_page_asks_no_more_for_three_lost_times_than_for_one(
    admin_client: Client,
) -> None:
    lost(make_webinar(**at_night()))
    with_one = queries_of(admin_client, "/admin/")
    for _ in range(2):
        lost(make_webinar(**at_night()))
    assert queries_of(admin_client, "/admin/") == with_one


def test_who_may_only_look_is_led_to_the_page_that_says_it(
    client: Client, django_user_model: type[User]
) -> None:
    webinar = lost(make_webinar(**at_night(title="Night owls")))
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_webinar"))
    client.force_login(viewer)
    (trouble,) = client.get("/admin/").context["troubles"]
    assert trouble == (f"The time of “Night owls” no longer exists. {PROBLEM}", page(webinar))
    answer = client.get(page(webinar))
    assert PROBLEM in text(answer)
    assert page(webinar, "reschedule") not in answer.content.decode()


@pytest.mark.parametrize("ending", ["right", "cancelled", "begun"])
def test_nothing_is_said_of_a_time_that_is_right_or_does_not_matter_any_more(
    admin_client: Client, clock: Clock, ending: str
) -> None:
    webinar = make_webinar(**at_night())
    if ending != "right":
        webinar = lost(webinar)
    if ending == "cancelled":
        scheduling.cancel(webinar, reason="", by=None)
    if ending == "begun":
        clock.move_to(webinar.starts_at)
    assert "no longer exists" not in text(admin_client.get(page(webinar)))
    assert admin_client.get("/admin/").context["troubles"] == []


def test_the_start_that_was_told_can_be_kept_and_nobody_is_told(admin_client: Client) -> None:
    webinar = lost(make_webinar(**at_night()))
    make_registration(webinar=webinar)
    said = text(admin_client.post(page(webinar, "reschedule"), again()))
    assert "The start stays as people were told it, so no email goes out." in said
    assert "Keep this start" in said
    answer = admin_client.post(page(webinar, "reschedule"), again(step="confirm"), follow=True)
    said = text(answer)
    assert "The start stays as people were told it, so nobody is told anything." in said
    assert "no longer exists" not in said
    kept = Webinar.objects.get()
    assert (kept.local_time, kept.starts_at) == (time(3, 30), webinar.starts_at)
    assert (kept.clock_state, kept.sequence) == ("right", 0)


def test_another_time_for_a_lost_one_is_told_to_everybody(admin_client: Client) -> None:
    webinar = lost(make_webinar(**at_night()))
    make_registration(webinar=webinar)
    moved = again(local_time="9:00 am")
    assert "Reschedule and tell 1" in text(admin_client.post(page(webinar, "reschedule"), moved))
    answer = admin_client.post(
        page(webinar, "reschedule"), {**moved, "step": "confirm"}, follow=True
    )
    assert "Rescheduled. Everybody who is registered will be told." in text(answer)
    moved_webinar = Webinar.objects.get()
    assert moved_webinar.starts_at == webinar.starts_at + timedelta(hours=5, minutes=30)
    assert (moved_webinar.clock_state, moved_webinar.sequence) == ("right", 1)


def test_a_draft_whose_time_is_lost_is_not_published_but_given_another(
    admin_client: Client,
) -> None:
    draft = lost(make_draft(**at_night()))
    answer = admin_client.get(page(draft))
    link = f'<a href="{page(draft)}#id_local_time">Choose another time</a>'
    assert link in answer.content.decode()
    assert admin_client.get(page(draft, "publish")).context["obstacles"] == [
        ("id_local_time", PROBLEM)
    ]
    confirmed = {"step": "confirm", "sequence": 0}
    assert PROBLEM in text(admin_client.post(page(draft, "publish"), confirmed, follow=True))
    assert Webinar.objects.get().state == "draft"
