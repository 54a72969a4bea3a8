"""Lists, the first page, and where a webinar stands: few queries, times in its own zone."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from notifications.models import Delivery
from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.organizer import (
    JANUARY,
    LIST,
    NATIONAL,
    page,
    queries_of,
    rule_rows,
    text,
    typed,
)
from webinars import scheduling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_january(clock: Clock) -> None:
    clock.move_to(JANUARY)


def test_the_list_says_when_in_the_announcements_words(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL, capacity=10)
    make_registration(webinar=webinar)
    signup.cancel(make_registration(webinar=webinar))
    said = text(admin_client.get(LIST))
    assert "July 31 at 4pm PDT / 7pm EDT Published 1 of 10 English" in said


def test_the_list_is_filtered_by_state_and_time(admin_client: Client, clock: Clock) -> None:
    make_draft(**NATIONAL, title="A draft of mine")
    past = make_webinar(title="The one before", starts_in=timedelta(days=1))
    clock.move_to(past.ends_at + timedelta(hours=1))

    def titles(query: str) -> list[str]:
        found = admin_client.get(f"{LIST}?{query}").context["cl"].result_list
        return [webinar.title for webinar in found]

    assert titles("state__exact=draft") == ["A draft of mine"]
    assert titles("when=past") == ["The one before"]
    assert titles("when=upcoming") == ["A draft of mine"]
    assert "Over" in text(admin_client.get(f"{LIST}?when=past"))


@pytest.mark.parametrize("address", [LIST, "/admin/"])
def test_a_list_asks_no_more_for_three_rows_than_for_one(
    admin_client: Client, address: str
) -> None:
    make_registration(webinar=make_webinar(**NATIONAL))
    with_one = queries_of(admin_client, address)
    for _ in range(2):
        make_registration(webinar=make_webinar(**NATIONAL))
    assert queries_of(admin_client, address) == with_one
    assert with_one <= 12


def test_the_page_of_one_asks_no_more_for_three_registrations_than_for_one(
    admin_client: Client,
) -> None:
    webinar = make_webinar(**NATIONAL)
    make_registration(webinar=webinar)
    with_one = queries_of(admin_client, page(webinar))
    for _ in range(2):
        make_registration(webinar=webinar)
    assert queries_of(admin_client, page(webinar)) == with_one


def test_the_summary_counts_people_and_emails(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    registration = make_registration(webinar=webinar)
    signup.cancel(make_registration(webinar=webinar))
    Delivery.objects.filter(registration=registration).update(state=Delivery.State.SENT)
    summary = admin_client.get(page(webinar)).context["summary"]
    assert (summary["registered"], summary["cancelled"]) == (1, 1)
    assert summary["emails"]["sent"] == 1
    assert summary["next"] == "Reminder: July 24 at 4pm PDT"


def test_the_history_says_what_people_were_told(admin_client: Client, admin_user: User) -> None:
    webinar = make_webinar(**NATIONAL)
    scheduling.reschedule(
        webinar,
        date=date(2026, 8, 1),
        time=time(17),
        time_zone="America/Los_Angeles",
        duration=timedelta(minutes=90),
        reason="The speaker is away.",
        by=admin_user,
    )
    said = text(admin_client.get(page(webinar)))
    assert "July 31 at 4pm PDT, 1 hour. Online session" in said
    assert (
        "January 10 at 10am PST August 1 at 5pm PDT, 1 hour and 30 minutes. Online session "
        "The speaker is away. admin"
    ) in said


def test_the_first_page_shows_what_is_coming_and_what_is_late(
    admin_client: Client, clock: Clock
) -> None:
    webinar = make_webinar(**NATIONAL)
    make_registration(webinar=webinar)
    make_draft(**NATIONAL, title="Not yet")
    clock.forward(minutes=6)
    said = text(admin_client.get("/admin/"))
    assert "July 31 at 4pm PDT / 7pm EDT In 202 days. 1 registered." in said
    assert "1 email should have gone out by now. Is the sending running?" in said
    assert "Not yet" in said


def test_registrations_are_not_touched_by_anything_here(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    registration = make_registration(webinar=webinar)
    admin_client.post(page(webinar), typed(title="Another", **rule_rows(webinar)))
    assert Registration.objects.get().changed_at == registration.changed_at


def test_who_changed_a_webinar_is_told_by_how_long_ago(admin_client: Client) -> None:
    webinar = make_webinar(**NATIONAL)
    admin_client.post(page(webinar), typed(title="Another", **rule_rows(webinar)))
    LogEntry.objects.update(action_time=JANUARY - timedelta(hours=3))
    said = text(admin_client.get(page(webinar, "history")))
    assert "3 hours ago, admin Changed Title" in said


def test_no_page_of_staff_accounts_says_the_servers_time(
    admin_client: Client, admin_user: User
) -> None:
    for address in ("/admin/auth/user/", f"/admin/auth/user/{admin_user.pk}/change/"):
        html = admin_client.get(address).content.decode()
        assert "server time" not in html
        assert "DateTimeShortcuts" not in html
        assert "Last signed in" in html
