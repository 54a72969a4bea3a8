"""The main job in a real browser: schedule, see, register, read the mail, move, cancel."""

from __future__ import annotations

import json
import re
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from registrations.models import Registration
from tests.clock import Clock
from tests.journeys.conftest import Running, Visitor
from tests.makers import make_registration, make_webinar
from tests.rig import wait_for
from webinars import times

pytestmark = pytest.mark.journey


def mails(running: Running) -> list[dict[str, Any]]:
    """What the inbox lists, oldest first."""
    with urllib.request.urlopen(f"{running.inbox}messages/") as answer:
        found: list[dict[str, Any]] = json.load(answer)["messages"]
    return sorted(found, key=lambda mail: int(mail["id"]))


def mail_number(running: Running, number: int) -> dict[str, Any]:
    wait_for(lambda: len(mails(running)) >= number, f"mail {number} arrived", seconds=30)
    return mails(running)[number - 1]


def plain_text(running: Running, mail: dict[str, Any]) -> str:
    with urllib.request.urlopen(f"{running.inbox}messages/{mail['id']}.plain") as answer:
        text: str = answer.read().decode()
    return text


def link(text: str, kind: str) -> str:
    found = re.search(rf"http://\S+/{kind}/\w+/\S*", text)
    assert found, text
    return found[0]


def shoot(page: Page, shots: Path | None, name: str) -> None:
    if shots:
        page.screenshot(path=shots / f"{name}.png", full_page=True)


def next_july() -> int:
    now = times.now()
    return now.year + (now.month >= 7)


def test_an_organizer_schedules_a_patient_registers_it_moves_and_is_called_off(
    running: Running, visitor: Visitor, clock: Clock, shots: Path | None
) -> None:
    User.objects.create_superuser("organizer", password="demo")
    year = next_july()
    announced = f"July 31{'' if year == times.now().year else f', {year}'} at 4pm PDT / 7pm EDT"

    # An organizer schedules "4:00 pm, Pacific" and reads the words back.
    desk = visitor.open(width=1280)
    desk.goto(f"{running.site}/admin/")
    desk.get_by_label("Username").fill("organizer")
    desk.locator("#id_password").fill("demo")
    desk.get_by_role("button", name="Log in").click()
    expect(desk.locator("#id_password")).to_have_count(0)
    shoot(desk, shots, "admin-index")
    desk.goto(f"{running.site}/admin/webinars/webinar/add/")
    desk.locator("#id_title").fill("Pain after back surgery")
    desk.locator("#id_summary").fill("A surgeon explains where the pain may come from.")
    desk.locator("#id_local_date").fill(f"{year}-07-31")
    desk.locator("#id_local_time").fill("4:00 pm")
    desk.locator("#id_time_zone").select_option("America/Los_Angeles")
    desk.locator("#id_join_url").fill("https://meet.example.com/host-room")
    desk.locator("#id_dial_in").fill("1-800-555-0100, code 4711")
    desk.locator("#id_help_line").fill("1-800-555-0199")
    desk.locator("#id_organizer_name").fill("Harbor Spine Institute")
    desk.locator("#id_organizer_email").fill("team@harbor.example.org")
    shoot(desk, shots, "admin-add")
    desk.locator("[name=_save]").click()
    expect(desk.get_by_text(announced).first).to_be_visible()
    shoot(desk, shots, "admin-draft")
    desk.get_by_role("link", name="Publish").click()
    shoot(desk, shots, "admin-publish")
    desk.get_by_role("button", name="Publish").click()
    expect(desk.get_by_text(f"Published: {announced}")).to_be_visible()
    change_page = desk.url

    # A patient in Chicago sees the page and registers on a phone.
    phone = visitor.open(width=390, time_zone="America/Chicago")
    phone.goto(running.site)
    phone.get_by_role("link", name="Pain after back surgery").click()
    expect(phone.get_by_text("4:00 pm").first).to_be_visible()
    shoot(phone, shots, "page")
    phone.get_by_label("First name").fill("Ada")
    phone.locator("#id_email").fill("ada@example.com")
    expect(phone.locator("#id_time_zone")).to_have_value("America/Chicago")
    phone.locator("#id_consent").check()
    phone.get_by_role("button", name="Save my place").click()
    expect(phone.get_by_text("ada@example.com").first).to_be_visible()
    shoot(phone, shots, "check-email")

    # The confirmation is in the inbox, in the attendee's zone, and its links work.
    mail = mail_number(running, 1)
    text = plain_text(running, mail)
    assert "6:00 pm Central Time (CDT)" in text
    assert "back surgery" not in text + mail["subject"]  # a sensitive topic stays out of mails
    phone.goto(link(text, "r"))
    expect(phone.get_by_text("6:00 pm").first).to_be_visible()
    shoot(phone, shots, "private")
    phone.goto(link(text, "j"))
    shoot(phone, shots, "join-early")
    assert "meet.example.com" not in phone.content()

    # The organizer moves it by a day; the patient hears it once, both times in words.
    desk.goto(change_page)
    desk.get_by_role("link", name="Reschedule").click()
    desk.locator("#id_local_date").fill(f"{year}-08-01")
    desk.locator("#id_reason").fill("The speaker is ill.")
    desk.locator(".act-buttons button, .act-buttons input").first.click()
    expect(
        desk.get_by_text(f"Saturday, August 1, {year}")
        .or_(desk.get_by_text(f"Sunday, August 1, {year}"))
        .first
    ).to_be_visible()
    shoot(desk, shots, "admin-reschedule")
    desk.locator(".act-buttons button, .act-buttons input").first.click()
    expect(desk.get_by_text("Rescheduled.")).to_be_visible()
    clock.forward(minutes=5, seconds=1)
    text = plain_text(running, mail_number(running, 2))
    assert "July 31" in text
    assert "August 1" in text
    phone.goto(link(text, "r"))
    expect(phone.get_by_text("August 1").first).to_be_visible()

    # It is called off: the patient hears that once, and the join link says so.
    desk.goto(change_page)
    desk.get_by_role("link", name="Cancel webinar").click()
    desk.locator("#id_reason").fill("We are very sorry.")
    desk.locator(".act-buttons button, .act-buttons input").first.click()
    shoot(desk, shots, "admin-cancel")
    if desk.locator(".act-buttons button, .act-buttons input").count():
        desk.locator(".act-buttons button, .act-buttons input").first.click()
    expect(desk.get_by_text("Cancelled.")).to_be_visible()
    text = plain_text(running, mail_number(running, 3))
    assert "cancel" in text.lower()
    phone.goto(link(plain_text(running, mails(running)[0]), "j"))
    shoot(phone, shots, "join-cancelled")
    assert "meet.example.com" not in phone.content()
    assert len(mails(running)) == 3


def test_a_patient_cancels_registers_again_and_joins_when_the_door_opens(
    running: Running, visitor: Visitor, clock: Clock, shots: Path | None
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=3))
    make_registration(webinar=webinar, email="ada@example.com")
    first = plain_text(running, mail_number(running, 1))

    # The place is given up by the link of the mail, and a mail says so.
    phone = visitor.open(width=390)
    phone.goto(link(first, "r"))
    phone.get_by_text("I cannot come").click()
    shoot(phone, shots, "private-cancel")
    phone.get_by_role("button", name="Yes, cancel my place").click()
    expect(phone.get_by_role("button", name="Yes, cancel my place")).to_have_count(0)
    shoot(phone, shots, "private-cancelled")
    assert Registration.objects.get().state == "cancelled"
    assert "cancel" in mail_number(running, 2)["subject"].lower()

    # It is taken again on the public page, and its link stays the same for ever.
    phone.goto(f"{running.site}/w/{webinar.code}/")
    phone.get_by_label("First name").fill("Ada")
    phone.locator("#id_email").fill("ada@example.com")
    phone.locator("#id_consent").check()
    phone.get_by_role("button", name="Save my place").click()
    again = plain_text(running, mail_number(running, 3))
    assert link(again, "r") == link(first, "r")
    assert Registration.objects.get().state == "active"

    # The join link has a button from a quarter of an hour before; only the press counts.
    phone.goto(link(again, "j"))
    expect(phone.get_by_role("button", name="Join")).to_have_count(0)
    clock.move_to(webinar.starts_at - timedelta(minutes=14))
    phone.goto(link(again, "j"))
    assert Registration.objects.get().joined_at is None
    shoot(phone, shots, "join-open")
    phone.route("https://meet.example.com/**", lambda route: route.fulfill(body="The room"))
    phone.get_by_role("button", name="Join").click()
    expect(phone).to_have_url("https://meet.example.com/host-room")
    assert Registration.objects.get().joined_at is not None
