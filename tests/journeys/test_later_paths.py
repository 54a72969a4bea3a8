"""What a patient does after the first form, in both languages, narrow and wide, with and without
script: waiting for a place, having somebody help, another address, no reminders, mending.

By where each press leads, as in test_paths.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, expect

from registrations import signup
from registrations.models import Answer, Registration
from tests.clock import Clock
from tests.journeys.conftest import Said
from tests.journeys.seats import Seat, link
from tests.makers import make_one_of_each_kind
from tests.patient.states import a_place, a_webinar
from tests.registrations.pages import page, private
from tests.sink import Sink

pytestmark = pytest.mark.matrix

Deliver = Callable[[], int]
ADA = "ada@example.com"


def fill_in(seat: Seat, **typed: str) -> None:
    """The form of the page, and send it."""
    for name, value in {"first_name": "Ada", "email": ADA, **typed}.items():
        seat.reader.locator(f"#id_{name}").fill(value)
    seat.reader.locator("#id_consent").check()
    send(seat)


def send(seat: Seat, form: Locator | None = None) -> None:
    with seat.reader.expect_navigation():
        (form or seat.reader.locator("#place")).locator("button:not(.unseen)").last.click()


def test_somebody_waits_until_another_gives_a_place_up(
    seat: Seat, sent: Sink, deliver_everything_due: Deliver, said: Said
) -> None:
    first = a_place(seat.language)
    signup.limit(first.webinar, capacity=1)
    seat.go(page(first.webinar))
    seat.sees(".note")
    fill_in(seat)
    expect(seat.reader.locator(".big")).to_have_text(ADA)
    deliver_everything_due()
    seat.reader.goto(link(sent.to(ADA)[-1].text, "r"))
    seat.sees(".note")
    expect(seat.reader.locator("main a[href*='/j/']")).to_have_count(0)

    seat.go(private(first))
    seat.press("/cancel/")
    deliver_everything_due()

    seat.reader.goto(link(sent.to(ADA)[-1].text, "r"))
    seat.sees(".note.good", "main a[href*='/j/']")
    assert [mail.purpose for mail in sent.to(ADA)] == ["waitlisted", "promoted"]
    assert Registration.objects.get(email=ADA).is_active
    said(f"waiting list -> place: {seat}")


def test_somebody_is_asked_to_help_says_yes_and_stops(
    seat: Seat, sent: Sink, deliver_everything_due: Deliver, said: Said
) -> None:
    patient = a_place(seat.language)
    seat.go(private(patient))
    form = seat.unfold("/others/")
    send(seat, form)  # nothing is filled in
    expect(form.locator("[aria-invalid=true]")).to_have_count(2)
    form.locator("[name=carer-first_name]").fill("Bo")
    form.locator("[name=carer-email]").fill("bo@example.com")
    send(seat, form)
    seat.sees(".note.good[role=status]", "form[action*='/others/off/']")

    deliver_everything_due()
    seat.reader.goto(link(sent.to("bo@example.com")[-1].text, "r"))
    with seat.reader.expect_navigation():
        seat.reader.locator("button[value=yes]").click()
    seat.sees(".note.good[role=status]", "main a[href*='/j/']")
    seat.press("/cancel/")
    seat.sees(".note[role=status]")

    carer = Registration.objects.get(carer_of=patient)
    patient.refresh_from_db()
    assert (carer.state, carer.language, patient.is_active) == ("cancelled", seat.language, True)
    seat.go(private(patient))
    expect(seat.form("/others/off/")).to_have_count(0)
    said(f"asked to help -> yes -> stopped: {seat}")


def test_another_address_is_proved_and_gets_the_emails(
    seat: Seat, sent: Sink, deliver_everything_due: Deliver, said: Said
) -> None:
    someone = a_place(seat.language)
    first = someone.email
    deliver_everything_due()
    seat.go(private(someone))
    seat.unfold("/address/").locator("[name=email]").fill("new@example.com")
    send(seat, seat.unfold("/address/"))
    seat.sees(".note[role=status]", "form[action*='/address/keep/']")

    deliver_everything_due()
    seat.reader.goto(link(sent.to("new@example.com")[-1].text, "e"))
    expect(seat.reader.locator(".big")).to_have_text("new@example.com")
    send(seat, seat.reader.locator("main form"))
    seat.sees(".note.good[role=status]")

    someone.refresh_from_db()
    assert someone.email == "new@example.com"
    assert private(someone) in seat.reader.url
    deliver_everything_due()
    assert [mail.purpose for mail in sent.to(first)] == ["confirmation", "address_changed"]
    said(f"another address, by proof: {seat}")


def test_the_reminders_are_stopped_by_their_link_and_begin_again(
    seat: Seat, clock: Clock, sent: Sink, deliver_everything_due: Deliver, said: Said
) -> None:
    someone = a_place(seat.language)
    clock.move_to(someone.webinar.starts_at - timedelta(days=1))
    deliver_everything_due()
    reminder = sent.to(someone.email)[-1]
    seat.reader.goto(link(reminder.text, "u"))
    send(seat, seat.reader.locator("main form"))
    expect(seat.reader.locator("main form")).to_have_count(0)
    someone.refresh_from_db()
    assert not someone.gets_reminders

    seat.reader.goto(link(reminder.text, "r"))
    seat.press("/reminders/start/")
    seat.sees(".note.good[role=status]")
    seat.press("/reminders/stop/")
    seat.sees(".note.good[role=status]")
    seat.press("/reminders/start/")

    someone.refresh_from_db()
    assert (someone.gets_reminders, someone.is_active) == (True, True)
    said(f"reminders stopped and begun again: {seat}")


def test_a_mistyped_address_is_mended_on_the_page_that_answers(
    seat: Seat, sent: Sink, deliver_everything_due: Deliver, said: Said
) -> None:
    webinar = a_webinar(seat.language)
    seat.go(page(webinar))
    fill_in(seat, email="adda@example.com")
    for address in ("ada@", ADA):
        form = seat.unfold("/fix/")
        form.locator("[name=email]").fill(address)
        send(seat, form)
        if address != ADA:
            expect(form.locator("[aria-invalid=true]")).to_have_count(1)

    expect(seat.reader.locator(".big")).to_have_text(ADA)
    deliver_everything_due()
    assert [mail.purpose for mail in sent.to(ADA)] == ["confirmation"]
    assert [each.email for each in Registration.objects.active()] == [ADA]
    said(f"address mended: {seat}")


def test_the_organizers_questions_are_answered_after_mistakes(seat: Seat, said: Said) -> None:
    webinar = a_webinar(seat.language)
    asked = make_one_of_each_kind(webinar)
    webinar.questions.update(is_required=True)
    field = {kind: f"[name=question_{each.pk}]" for kind, each in asked.items()}
    seat.go(page(webinar))
    fill_in(seat, email="ada@gmial.com")
    expect(seat.reader.locator("[role=alert] li")).to_have_count(len(asked) + 1)

    seat.reader.locator(field["short"]).fill("Sacramento")
    seat.reader.locator(field["long"]).fill("Last year.")
    choose(seat, field["one"], "Water")
    choose(seat, field["several"], "Tea")
    choose(seat, field["yes_no"], "yes")
    with seat.reader.expect_navigation():
        seat.reader.locator("[name=instead]").first.click()

    expect(seat.reader.locator(".big")).to_have_text("ada@gmail.com")
    assert Answer.objects.count() == len(asked)
    said(f"questions answered, address taken as offered: {seat}")


def choose(seat: Seat, selector: str, value: str) -> None:
    """In a list, or the box with this value."""
    field = seat.reader.locator(selector).first
    if field.evaluate("(field) => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        seat.reader.locator(f"{selector}[value='{value}']").check()
