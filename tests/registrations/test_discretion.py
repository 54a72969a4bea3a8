"""The full title in one's own emails and calendar: neutral until it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import vobject
from django.test import Client

from notifications.auditing import unexplained
from notifications.models import Delivery, Suppression
from registrations import changing, discretion, signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_carer, make_registration, make_webinar
from tests.registrations.pages import every_row, get, joining, press, private, text
from tests.sink import Mail, Sink

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
TITLE = "Pain after back surgery: is it the SI joint?"
NEUTRAL = "Online session"


def entry(mail: Mail) -> vobject.base.Component:
    return vobject.readOne(mail.calendar.decode()).vevent


def downloaded(registration: Registration) -> vobject.base.Component:
    return vobject.readOne(get(private(registration, "calendar.ics")).content.decode()).vevent


def test_nothing_shows_the_title_until_it_is_chosen(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()
    (mail,) = sent.to("ada@example.com")
    for words in (mail.subject, mail.text, mail.html, str(entry(mail))):
        assert TITLE not in words
    shown = text(get(private(registration)))
    assert "Now we keep it neutral." in shown
    assert "Show the full title" in shown


def test_the_press_renames_everything_that_is_theirs_and_the_calendar_hears_of_it(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()

    response = press(private(registration, "title/"), title="full")
    deliver_everything_due()

    assert response["Location"] == private(registration, "?done=title")
    assert "Done. We send you a new calendar entry." in text(get(response["Location"]))
    before, after = sent.to("ada@example.com")
    assert after.purpose == "title_chosen"
    assert after.subject.startswith(f"Your calendar entry: {TITLE}, ")
    assert "now show the full title." in after.text
    assert TITLE in after.html
    assert entry(after).summary.value == TITLE
    assert entry(after).uid.value == entry(before).uid.value
    assert int(entry(after).sequence.value) == int(entry(before).sequence.value) + 1
    registration.refresh_from_db()
    assert downloaded(registration).summary.value == TITLE
    assert downloaded(registration).valarm.description.value == TITLE
    page = get(private(registration)).content.decode()
    assert f"<title>Your place: {TITLE}</title>" in page
    assert "text=Pain%20after%20back%20surgery" in page
    assert f"<title>{TITLE}</title>" in get(joining(registration)).content.decode()

    clock.move_to(registration.webinar.starts_at - timedelta(hours=1))
    deliver_everything_due()
    assert sent.to("ada@example.com")[-1].subject.startswith(f"In 1 hour: {TITLE}, ")


def test_what_others_see_first_stays_neutral_all_the_same(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    discretion.choose(registration, shows_title=True)
    deliver_everything_due()
    mail = sent.to("ada@example.com")[-1]
    preheader = mail.html.split('class="preheader"')[1].split("</div>")[0]
    assert TITLE not in preheader
    assert str(mail.message["From"]).startswith("Patient Webinars <")
    assert entry(mail).organizer.params["CN"] == ["Patient Webinars"]
    assert entry(mail).__getattr__("class").value == "PRIVATE"
    names = {part.get_filename() for part in mail.message.walk()} - {None}
    assert names == {"invite.ics"}
    assert get(private(registration, "calendar.ics"))["Content-Disposition"].endswith(
        '"session.ics"'
    )


def test_it_can_be_taken_back_and_says_what_old_emails_still_show(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    for choice in ("full", "neutral"):
        press(private(registration, "title/"), title=choice)
        deliver_everything_due()
    mail = sent.to("ada@example.com")[-1]
    assert mail.subject.startswith(f"Your calendar entry: {NEUTRAL}, ")
    assert "Emails that we sent before still show the full title." in mail.text
    assert TITLE not in mail.text + mail.html
    assert entry(mail).summary.value == NEUTRAL
    assert list(unexplained()) == []


def test_a_choice_whose_bell_was_missed_is_found_by_the_sweep(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()
    assert list(unexplained()) == []
    discretion.choose(registration, shows_title=True)
    Delivery.objects.filter(purpose="title_chosen").delete()
    assert list(unexplained()) == ["calendars that show another title than chosen: 1"]

    clock.forward(minutes=1)
    deliver_everything_due()

    assert [mail.purpose for mail in sent.to("ada@example.com")] == ["confirmation", "title_chosen"]
    assert entry(sent.mails[-1]).summary.value == TITLE
    assert list(unexplained()) == []
    for _time in range(2):  # nor is it found again
        clock.forward(minutes=1)
        deliver_everything_due()
    assert len(sent.to("ada@example.com")) == 2


def test_an_invite_that_was_to_come_anyway_says_what_was_chosen_and_nothing_is_lacking(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    discretion.choose(registration, shows_title=True)
    assert list(unexplained()) == []
    deliver_everything_due()
    assert [mail.purpose for mail in sent.to("ada@example.com")] == ["confirmation"]
    assert list(unexplained()) == []


def test_a_renaming_that_an_address_refuses_is_not_lacking(
    deliver_everything_due: Deliver,
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()
    Suppression.objects.create(address="ada@example.com")
    discretion.choose(registration, shows_title=True)
    deliver_everything_due()
    assert Delivery.objects.get(purpose="title_chosen").state == "skipped"
    assert list(unexplained()) == []


def test_a_mailbox_that_is_still_to_be_proved_reads_neutral_words(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    discretion.choose(registration, shows_title=True)
    changing.ask_for_proof(registration, email="perhaps-a-stranger@example.com")
    deliver_everything_due()
    (mail,) = sent.to("perhaps-a-stranger@example.com")
    assert mail.subject.startswith(f"Confirm this email address: {NEUTRAL}, ")
    assert TITLE not in mail.text + mail.html


def test_pressing_twice_or_changing_ones_mind_at_once_is_one_mail_with_the_last_word(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()
    for choice in ("full", "full", "neutral", "full"):
        press(private(registration, "title/"), title=choice)
    deliver_everything_due()
    assert [mail.purpose for mail in sent.to("ada@example.com")] == ["confirmation", "title_chosen"]
    assert entry(sent.mails[-1]).summary.value == TITLE


def test_looking_chooses_nothing() -> None:
    registration = make_registration()
    before = every_row()
    for visit in (Client().get, Client().head):
        assert visit(private(registration, "title/")).status_code == 303
    press(private(registration, "title/"), rendered="made up", title="full")
    press(private(registration, "title/"), title="anything")
    assert every_row() == before


def test_where_there_is_nothing_to_choose_nothing_is_offered() -> None:
    plain = make_registration(webinar=make_webinar(is_sensitive=False))
    carer = make_carer()
    gone = make_registration()
    signup.cancel(gone)
    for someone in (plain, carer, gone):
        someone.refresh_from_db()
        assert "The title in my emails" not in text(get(private(someone)))
        press(private(someone, "title/"), title="full")
        someone.refresh_from_db()
        assert not someone.shows_title
    assert not Delivery.objects.filter(purpose="title_chosen").exists()


def test_a_mailbox_left_behind_hears_neutral_words_and_the_new_one_chooses_anew(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    registration = make_registration(email="ada@example.com")
    deliver_everything_due()
    discretion.choose(registration, shows_title=True)
    deliver_everything_due()
    registration.refresh_from_db()
    signup.correct_address(registration, email="ada@example.org")
    deliver_everything_due()
    for mail in (sent.to("ada@example.com")[-1], sent.to("ada@example.org")[-1]):
        assert NEUTRAL in mail.subject
        assert entry(mail).summary.value == NEUTRAL
        assert TITLE not in mail.text + mail.html


def test_one_letter_for_those_who_chose_and_one_for_the_others(
    sent: Sink, deliver_everything_due: Deliver, clock: Clock
) -> None:
    webinar = make_webinar()
    ada, _eve = (
        make_registration(webinar=webinar, first_name=name, email=f"{name}@example.com")
        for name in ("ada", "eve")
    )
    make_carer(patient=ada, email="bo@example.com")
    discretion.choose(ada, shows_title=True)
    deliver_everything_due()
    clock.move_to(webinar.starts_at - timedelta(hours=1))
    deliver_everything_due()
    said = {name: sent.to(f"{name}@example.com")[-1] for name in ("ada", "eve", "bo")}
    assert TITLE in said["ada"].subject
    assert NEUTRAL in said["eve"].subject
    assert NEUTRAL in said["bo"].subject
    assert TITLE not in said["bo"].text + said["bo"].html
    assert "because you help ada join" in said["bo"].text
    assert "because you help" not in said["eve"].text
