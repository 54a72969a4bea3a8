"""The organizer's form: scheduling in the webinar's own zone, and what stays as announced."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client

from notifications.models import Delivery, ReminderRule, Wave
from registrations import signup
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.organizer import (
    ADD,
    JANUARY,
    NATIONAL,
    errors,
    page,
    rule_rows,
    text,
    typed,
)
from webinars.models import Webinar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_january(clock: Clock) -> None:
    clock.move_to(JANUARY)


# ---- Scheduling a draft ----


def test_a_draft_is_scheduled_on_the_clocks_of_its_own_zone(admin_client: Client) -> None:
    answer = admin_client.post(ADD, typed())
    webinar = Webinar.objects.get()
    assert answer.headers["Location"] == page(webinar)
    assert webinar.starts_at == datetime(2026, 7, 31, 23, tzinfo=UTC)
    assert webinar.duration == timedelta(hours=1)
    assert webinar.display_zones == ["America/Los_Angeles", "America/New_York"]
    assert webinar.state == "draft"
    assert webinar.reminder_rules.count() == 4


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("4:00 pm", time(16)),
        ("16:00", time(16)),
        ("4pm", time(16)),
        ("4 PM", time(16)),
        ("4:30 p.m.", time(16, 30)),
        ("12 noon", time(12)),
        ("12:15 am", time(0, 15)),
        ("09:00", time(9)),
    ],
)
def test_a_time_may_be_typed_as_people_write_it(
    admin_client: Client, words: str, meant: time
) -> None:
    admin_client.post(ADD, typed(local_time=words))
    assert Webinar.objects.get().local_time == meant


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("4:00", "Morning or afternoon? Write 4:00 am or 4:00 pm."),
        ("25:00", "Write a time such as 4:00 pm or 16:00."),
        ("13 pm", "Write a time such as 4:00 pm or 16:00."),
        ("soon", "Write a time such as 4:00 pm or 16:00."),
        ("", "This field is required."),
    ],
)
def test_a_time_that_cannot_be_read_is_asked_about(
    admin_client: Client, words: str, sentence: str
) -> None:
    answer = admin_client.post(ADD, typed(local_time=words))
    assert errors(answer) == {"local_time": [sentence]}
    assert Webinar.objects.count() == 0


def test_an_hour_that_the_clocks_skip_is_refused_with_its_neighbours(admin_client: Client) -> None:
    answer = admin_client.post(ADD, typed(local_date="2026-03-08", local_time="2:30 am"))
    assert errors(answer) == {
        "local_time": [
            "In Pacific Time, clocks skip 2:30 am on Sunday, March 8, 2026. "
            "Choose 1:30 am or 3:30 am."
        ]
    }


def test_a_zone_that_is_no_place_is_refused(admin_client: Client) -> None:
    answer = admin_client.post(ADD, typed(time_zone="UTC"))
    assert list(errors(answer)) == ["time_zone"]


def test_the_announced_zones_keep_the_organizers_order_and_are_named_once(
    admin_client: Client,
) -> None:
    wanted = ["America/New_York", "", "America/Chicago", "America/New_York"]
    admin_client.post(ADD, typed(display_zones=wanted))
    assert Webinar.objects.get().display_zones == ["America/New_York", "America/Chicago"]


def test_at_least_one_zone_is_announced(admin_client: Client) -> None:
    answer = admin_client.post(ADD, typed(display_zones=["", "", "", ""]))
    assert errors(answer) == {"display_zones": ["This field is required."]}


def test_a_length_is_a_number_and_a_unit(admin_client: Client) -> None:
    admin_client.post(ADD, typed(duration_0="90", duration_1="minutes"))
    assert Webinar.objects.get().duration == timedelta(minutes=90)


def test_a_length_of_nothing_is_refused(admin_client: Client) -> None:
    answer = admin_client.post(ADD, typed(duration_0="0"))
    assert errors(answer) == {"duration": ["Choose from 1 minute to 365 days."]}


def test_a_new_form_begins_with_what_the_last_webinar_had(admin_client: Client) -> None:
    make_draft(organizer_name="Harbor", display_zones=["America/Chicago"], help_line="1-800")
    initial = admin_client.get(ADD).context["adminform"].form.initial
    assert initial == {
        "time_zone": "America/Los_Angeles",
        "duration": timedelta(hours=1),
        "display_zones": ["America/Chicago"],
        "organizer_name": "Harbor",
        "organizer_email": "team@harbor.example.org",
        "help_line": "1-800",
    }


def test_a_draft_is_moved_freely_and_nobody_is_told(admin_client: Client) -> None:
    draft = make_draft(**NATIONAL)
    moved = typed(local_time="5:00 pm", **rule_rows(draft))
    assert admin_client.post(page(draft), moved).status_code == 302
    draft.refresh_from_db()
    assert draft.starts_at == datetime(2026, 8, 1, 0, tzinfo=UTC)
    assert draft.sequence == 0


def test_the_page_says_the_words_back_and_never_the_servers_time(admin_client: Client) -> None:
    draft = make_draft(**NATIONAL)
    for address in (ADD, page(draft)):
        html = admin_client.get(address).content.decode()
        assert "server time" not in html
        assert "DateTimeShortcuts" not in html
    answer = admin_client.get(page(draft))
    assert "July 31 at 4pm PDT / 7pm EDT" in text(answer)
    assert "4:00 pm PDT = 7:00 pm EDT = 1:00 pm HST" in text(answer)
    assert 'value="4:00 pm"' in answer.content.decode()


def test_a_draft_may_be_deleted_and_a_published_webinar_may_not(admin_client: Client) -> None:
    draft, webinar = make_draft(), make_webinar()
    assert admin_client.post(page(webinar, "delete"), {"post": "yes"}).status_code == 403
    assert admin_client.post(page(draft, "delete"), {"post": "yes"}).status_code == 302
    assert list(Webinar.objects.all()) == [webinar]


# ---- A published webinar ----


def test_no_form_changes_what_people_were_told(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    make_registration(webinar=webinar)
    told = {"calendar_title": "Other", "dial_in": "1", "help_line": "2", "local_time": "5pm"}
    admin_client.post(page(webinar), typed(title="Another title", **told, **rule_rows(webinar)))
    before = webinar
    webinar = Webinar.objects.get()
    assert webinar.title == "Another title"
    for name in ("starts_at", "calendar_title", "dial_in", "help_line", "sequence", "sender_email"):
        assert getattr(webinar, name) == getattr(before, name)
    assert Wave.objects.exclude(purpose="reminder").count() == 0
    assert list(Delivery.objects.values_list("purpose", flat=True)) == ["confirmation"]


def test_a_published_webinar_says_its_schedule_in_words(admin_client: Client) -> None:
    said = text(admin_client.get(page(make_webinar(**NATIONAL))))
    assert "Friday, July 31, 2026, 4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)" in said
    assert "To change those, use Reschedule or Change details" in said
    assert "p.m." not in said
    assert "America/Los_Angeles" not in said


def test_what_publishing_required_stays_required(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    answer = admin_client.post(page(webinar), typed(join_url="", **rule_rows(webinar)))
    assert errors(answer) == {"join_url": ["Give the host's join link."]}


def test_a_title_may_not_come_to_share_a_word_with_the_neutral_one(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL, calendar_title="An evening with Harbor")
    answer = admin_client.post(page(webinar), typed(title="Harbor talks", **rule_rows(webinar)))
    assert list(errors(answer)) == ["title"]


def test_neutral_emails_once_promised_stay_neutral(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    form = typed(**rule_rows(webinar))
    del form["is_sensitive"]
    assert list(errors(admin_client.post(page(webinar), form))) == ["is_sensitive"]


def test_a_seat_limit_counts_those_who_have_a_place(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    make_registration(webinar=webinar)
    admin_client.post(page(webinar), typed(capacity="1", **rule_rows(webinar)))
    webinar.refresh_from_db()
    assert (webinar.capacity, webinar.seats.taken) == (1, 1)
    assert signup.is_full(webinar)
    admin_client.post(page(webinar), typed(capacity="", **rule_rows(webinar)))
    webinar.refresh_from_db()
    assert webinar.capacity is None


def test_a_new_draft_with_a_limit_has_its_seats(admin_client: Client) -> None:
    admin_client.post(ADD, typed(capacity="10"))
    webinar = Webinar.objects.get()
    assert (webinar.capacity, webinar.seats.taken) == (10, 0)


# ---- Reminders ----


def test_a_reminder_is_added_changed_and_taken_away(admin_client: Client) -> None:
    draft = make_draft(**NATIONAL)
    rows = rule_rows(draft)
    rows |= {
        "reminder_rules-0-before_0": "3",
        "reminder_rules-0-before_1": "days",
        "reminder_rules-3-DELETE": "on",
        "reminder_rules-TOTAL_FORMS": 5,
        "reminder_rules-4-webinar": draft.pk,
        "reminder_rules-4-before_0": "30",
        "reminder_rules-4-before_1": "minutes",
        "reminder_rules-4-subject": "Half an hour",
        "reminder_rules-4-is_enabled": "on",
    }
    assert admin_client.post(page(draft), typed(**rows)).status_code == 302
    kept = ReminderRule.objects.filter(retired_at=None).order_by("-before")
    assert list(kept.values_list("before", "send_until", "subject")) == [
        (timedelta(days=3), timedelta(hours=2), ""),
        (timedelta(days=1), timedelta(hours=2), ""),
        (timedelta(hours=1), timedelta(minutes=15), ""),
        (timedelta(minutes=30), timedelta(0), "Half an hour"),
    ]


def test_a_rule_that_was_used_is_replaced_and_one_taken_away_is_retired(
    admin_client: Client,
) -> None:
    webinar = make_webinar(**NATIONAL)
    used = webinar.reminder_rules.get(before=timedelta(days=7))
    used.waves.update(state=Wave.State.EXPANDED, due_at=JANUARY)
    rows = rule_rows(webinar)
    rows["reminder_rules-0-subject"] = "Next week"
    assert admin_client.post(page(webinar), typed(**rows)).status_code == 302
    used.refresh_from_db()
    assert used.retired_at is not None
    kept = webinar.reminder_rules.get(before=timedelta(days=7), retired_at=None)
    assert kept.subject == "Next week"

    kept.waves.update(state=Wave.State.EXPANDED, due_at=JANUARY)
    rows = rule_rows(webinar)
    number = next(n for n in range(4) if rows[f"reminder_rules-{n}-id"] == kept.pk)
    rows[f"reminder_rules-{number}-DELETE"] = "on"
    assert admin_client.post(page(webinar), typed(**rows)).status_code == 302
    assert not webinar.reminder_rules.filter(before=timedelta(days=7), retired_at=None).exists()
