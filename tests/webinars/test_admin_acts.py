"""The acts as pages: who is told what is said first, and only a POST acts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from registrations import signup
from tests.clock import Clock
from tests.makers import make_carer, make_draft, make_registration, make_webinar
from tests.organizer import (
    JANUARY,
    NATIONAL,
    page,
    text,
)
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_january(clock: Clock) -> None:
    clock.move_to(JANUARY)


# ---- Publishing ----


def test_the_publish_page_lists_what_is_missing_and_does_nothing(admin_client: Client) -> None:
    draft = make_draft(**NATIONAL, join_url="", help_line="")
    answer = admin_client.get(page(draft, "publish"))
    assert answer.context["obstacles"] == [
        ("id_join_url", "Give the host's join link."),
        ("id_help_line", "Give a help line: some people cannot read email well."),
    ]
    assert f'href="{page(draft)}#id_join_url"' in answer.content.decode()
    answer = admin_client.post(
        page(draft, "publish"), {"step": "confirm", "sequence": 0}, follow=True
    )
    assert "Give the host's join link." in text(answer)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_the_publish_page_previews_the_announcement_and_every_reminder(
    admin_client: Client,
) -> None:
    draft = make_draft(**NATIONAL)
    answer = admin_client.get(page(draft, "publish"))
    assert answer.context["announcement"] == "July 31 at 4pm PDT / 7pm EDT"
    assert answer.context["reminders"] == [
        {"rule": "7 days before", "when": "July 24 at 4pm PDT / 7pm EDT"},
        {"rule": "1 day before", "when": "July 30 at 4pm PDT / 7pm EDT"},
        {"rule": "1 hour before", "when": "July 31 at 3pm PDT / 6pm EDT"},
        {"rule": "10 minutes before", "when": "July 31 at 3:50pm PDT / 6:50pm EDT"},
    ]


def test_the_publish_page_says_which_reminders_come_too_late(admin_client: Client) -> None:
    draft = make_draft(starts_in=timedelta(days=2))
    reminders = admin_client.get(page(draft, "publish")).context["reminders"]
    assert reminders[0] == {"rule": "7 days before", "when": "Not sent: that is already past."}


def test_publishing_opens_the_registration(admin_client: Client, admin_user: User) -> None:
    draft = make_draft(**NATIONAL)
    answer = admin_client.post(
        page(draft, "publish"), {"step": "confirm", "sequence": 0}, follow=True
    )
    assert "Published: July 31 at 4pm PDT / 7pm EDT." in text(answer)
    draft.refresh_from_db()
    assert draft.takes_registrations()
    assert draft.revisions.get().by == admin_user


# ---- Rescheduling ----


def moved(**fields: Any) -> dict[str, Any]:
    return {
        "step": "preview",
        "sequence": 0,
        "local_date": "2026-08-01",
        "local_time": "5:00 pm",
        "time_zone": "America/Los_Angeles",
        "duration_0": "90",
        "duration_1": "minutes",
        "reason": "The speaker is away.",
        **fields,
    }


def test_rescheduling_shows_who_is_told_what_before_anything_happens(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    make_registration(webinar=webinar)
    signup.cancel(make_registration(webinar=webinar))
    answer = admin_client.post(page(webinar, "reschedule"), moved())
    shown = answer.context
    assert shown["registered"] == 1
    assert shown["before"] == webinar.long_form()
    assert shown["after"] == (
        "Saturday, August 1, 2026, 5:00 pm Pacific Time (PDT), 8:00 pm Eastern Time (EDT)"
    )
    assert (shown["length_before"], shown["length_after"]) == ("1 hour", "1 hour and 30 minutes")
    assert shown["reminders"][0]["when"] == "July 25 at 5pm PDT / 8pm EDT"
    assert ("local_time", "5:00 pm") in shown["kept"]
    assert Webinar.objects.get().starts_at == webinar.starts_at


def test_whoever_helps_is_counted_among_those_who_are_told(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    make_carer(patient=make_registration(webinar=webinar))

    moving = text(admin_client.post(page(webinar, "reschedule"), moved()))
    cancelling = text(admin_client.get(page(webinar, "cancel")))

    helping = "1 person who helps one of them is told, too."
    assert f"will get one email with a new calendar entry. {helping}" in moving
    assert "Reschedule and tell 2" in moving
    assert f"1 person is registered and is told at once. {helping}" in cancelling
    assert "Cancel it and tell 2" in cancelling


def test_confirming_moves_the_webinar_and_tells_everybody(
    admin_client: Client, admin_user: User
) -> None:
    webinar = make_webinar(**NATIONAL)
    answer = admin_client.post(page(webinar, "reschedule"), moved(step="confirm"), follow=True)
    assert "Rescheduled. Everybody who is registered will be told." in text(answer)
    webinar.refresh_from_db()
    assert webinar.starts_at == datetime(2026, 8, 2, 0, tzinfo=UTC)
    assert webinar.duration == timedelta(minutes=90)
    revision = webinar.revisions.get(number=1)
    assert (revision.reason, revision.by) == ("The speaker is away.", admin_user)
    assert webinar.waves.filter(purpose="moved").count() == 1


def test_going_back_from_the_preview_keeps_what_was_typed(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    answer = admin_client.post(page(webinar, "reschedule"), moved(step="edit"))
    assert 'value="5:00 pm"' in answer.content.decode()
    assert 'value="preview"' in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "where", "sentence"),
    [
        (
            {"local_date": "2026-03-08", "local_time": "2:30 am"},
            "local_time",
            "In Pacific Time, clocks skip 2:30 am on Sunday, March 8, 2026. "
            "Choose 1:30 am or 3:30 am.",
        ),
        (
            {"local_date": "2025-07-31"},
            "local_date",
            "This time is already past. Choose a later one.",
        ),
        (
            {"local_date": "2026-07-31", "local_time": "16:00", "duration_0": "60"},
            "__all__",
            "This is the time it has now. Change the date, time or length.",
        ),
        (
            {"reason": "Too few people with surgery of the spine"},
            "reason",
            "It names the topic. Emails must not: say it neutrally.",
        ),
    ],
)
def test_a_move_that_makes_no_sense_is_explained_at_its_field(
    admin_client: Client, fields: dict[str, Any], where: str, sentence: str
) -> None:
    webinar = make_webinar(**NATIONAL)
    answer = admin_client.post(page(webinar, "reschedule"), moved(step="confirm", **fields))
    assert answer.context["form"].errors == {where: [sentence]}
    assert Webinar.objects.get().sequence == 0


def test_a_confirmation_of_an_outdated_preview_is_held_back(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    form = moved(step="confirm")
    scheduling.reschedule(
        webinar, date=date(2026, 9, 1), time=time(9), time_zone="America/Denver", reason="", by=None
    )
    answer = admin_client.post(page(webinar, "reschedule"), form)
    assert answer.context["form"].errors == {
        "__all__": [
            "Somebody changed this webinar in the meantime. Look at it again before you go on."
        ]
    }
    assert Webinar.objects.get().sequence == 1


# ---- Other details, and cancelling ----


def amended(**fields: Any) -> dict[str, Any]:
    return {
        "step": "preview",
        "sequence": 0,
        "calendar_title": "Online session",
        "dial_in": "1-800-555-0111",
        "help_line": "1-800-555-0199",
        "reason": "",
        **fields,
    }


def test_changing_details_previews_the_difference_then_tells_everybody(
    admin_client: Client,
) -> None:
    webinar = make_webinar(**NATIONAL)
    answer = admin_client.post(page(webinar, "amend"), amended())
    assert answer.context["changes"] == [("Dial in", "1-800-555-0100, code 4711", "1-800-555-0111")]
    admin_client.post(page(webinar, "amend"), amended(step="confirm"))
    webinar.refresh_from_db()
    assert (webinar.dial_in, webinar.sequence, webinar.schedule_revision) == (
        "1-800-555-0111",
        1,
        0,
    )
    assert webinar.waves.filter(purpose="moved").count() == 1


def test_a_calendar_title_that_names_the_topic_is_refused(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    answer = admin_client.post(
        page(webinar, "amend"), amended(step="confirm", calendar_title="Back surgery")
    )
    assert list(answer.context["form"].errors) == ["calendar_title"]
    assert Webinar.objects.get().sequence == 0


def test_details_that_stay_the_same_tell_nobody(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    same = amended(step="confirm", dial_in=webinar.dial_in)
    answer = admin_client.post(page(webinar, "amend"), same)
    assert answer.context["form"].errors == {"__all__": ["Nothing here is different from now."]}


def test_cancelling_asks_first_and_then_tells_everybody(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    make_registration(webinar=webinar)
    answer = admin_client.get(page(webinar, "cancel"))
    assert "1 person is registered and is told at once." in text(answer)
    assert Webinar.objects.get().state == "published"
    answer = admin_client.post(
        page(webinar, "cancel"), {"step": "confirm", "sequence": 0, "reason": "Ill."}, follow=True
    )
    assert "Cancelled. Everybody who is registered is being told." in text(answer)
    webinar.refresh_from_db()
    assert (webinar.state, webinar.revisions.last().reason) == ("cancelled", "Ill.")  # type: ignore[union-attr]


def test_an_act_is_offered_only_while_it_can_be_done(admin_client: Client, clock: Clock) -> None:
    def offered(webinar: Webinar) -> set[str]:
        html = admin_client.get(page(webinar)).content.decode()
        acts = {"publish", "reschedule", "amend", "cancel"}
        return {act for act in acts if f'href="{page(webinar, act)}"' in html}

    draft, called_off = make_draft(**NATIONAL), make_webinar(**NATIONAL)
    webinar = make_webinar(**NATIONAL)
    scheduling.cancel(called_off, reason="", by=None)
    assert offered(draft) == {"publish"}
    assert offered(webinar) == {"reschedule", "amend", "cancel"}
    assert offered(called_off) == set()
    clock.move_to(webinar.ends_at + timedelta(minutes=1))
    assert offered(webinar) == set()
    answer = admin_client.get(page(webinar, "cancel"), follow=True)
    assert "This cannot be done with it any more." in text(answer)


@pytest.mark.parametrize("act", ["publish", "reschedule", "amend", "cancel"])
def test_looking_at_an_act_does_nothing(admin_client: Client, act: str) -> None:
    webinar = make_draft(**NATIONAL) if act == "publish" else make_webinar(**NATIONAL)
    assert admin_client.get(page(webinar, act)).status_code == 200
    assert Webinar.objects.get().changed_at == webinar.changed_at


@pytest.mark.parametrize("act", ["publish", "reschedule", "amend", "cancel"])
def test_an_act_is_for_those_who_may_change_webinars(
    client: Client, django_user_model: type[User], act: str
) -> None:
    webinar = make_webinar(**NATIONAL)
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_webinar"))
    client.force_login(viewer)
    assert client.get(page(webinar)).status_code == 200
    assert client.post(page(webinar, act), {"step": "confirm"}).status_code == 403


def test_an_act_needs_the_csrf_token(admin_user: User) -> None:
    webinar = make_webinar(**NATIONAL)
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    answer = client.post(page(webinar, "cancel"), {"step": "confirm", "sequence": 0})
    assert answer.status_code == 403


def test_an_act_on_nothing_is_not_found(admin_client: Client) -> None:
    assert admin_client.get("/admin/webinars/webinar/999/publish/").status_code == 404
