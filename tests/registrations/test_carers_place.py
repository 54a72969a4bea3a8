"""What a carer is: no attendee, a stranger to all but a first name, and free to leave."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from notifications.auditing import unexplained
from registrations import carers, erasing, lost_links, signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_asked, make_carer, make_registration, make_webinar
from tests.registrations.caring import BO, make_patient, person, purposes, states
from tests.registrations.pages import get, joining, press, private, text
from tests.sink import Sink
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


# ---- What a carer is, and is not ----


def test_a_carer_takes_no_seat_and_counts_nowhere_as_somebody_who_comes(
    admin_client: Client,
) -> None:
    webinar = make_webinar(capacity=2)
    patient = make_patient(webinar=webinar)
    carer = make_carer(patient=patient)
    webinar.seats.refresh_from_db()
    assert webinar.seats.taken == 1
    signup.limit(webinar, capacity=2)
    webinar.seats.refresh_from_db()
    assert webinar.seats.taken == 1
    assert list(unexplained()) == []
    admin_page = text(admin_client.get(f"/admin/webinars/webinar/{webinar.pk}/change/"))
    assert "1 registered" in admin_page or "Registered 1" in admin_page
    signup.cancel(carer)
    erasing.erase(carer)
    webinar.seats.refresh_from_db()
    assert webinar.seats.taken == 1
    assert list(webinar.registrations.active().attendees()) == [patient]


def test_whoever_helps_may_come_themselves_too_and_help_two(
    deliver_everything_due: Deliver,
) -> None:
    patient = make_patient()
    other = make_registration(webinar=patient.webinar, first_name="Eve")
    for each in (patient, other):
        make_carer(patient=each, email="bo@example.com")
    own = signup.register(patient.webinar, **person("bo@example.com"))
    assert not own.is_carer
    assert signup.register(patient.webinar, **person("bo@example.com")) == own
    deliver_everything_due()
    assert list(unexplained()) == []


def test_a_carers_press_leads_into_the_session_and_counts_no_attendance(clock: Clock) -> None:
    carer = make_carer(patient=make_patient())
    clock.move_to(carer.webinar.starts_at)
    response = press(joining(carer, "go/"))
    assert response["Location"] == carer.webinar.join_url
    assert not Registration.objects.exclude(joined_at=None).exists()


def test_a_carers_page_shows_the_day_and_whom_they_help_and_nothing_else_of_them() -> None:
    patient = make_patient()
    carer = make_carer(patient=patient)
    page = get(private(carer))
    shown = text(page)
    assert "Hello, Bo Online session You help Adalberta join" in shown
    assert "Open the join page" in shown
    assert "Stop these emails" in shown
    html = page.content.decode()
    for told in ("Whitaker", "ada@example.com", private(patient), patient.webinar.title,
                 f"/w/{patient.webinar.code}/", "Somebody helps me", "I cannot come"):  # fmt: skip
        assert told not in html


def test_each_ones_data_name_the_other_by_first_name_only() -> None:
    patient = make_patient()
    carer = make_carer(patient=patient, email="bo@example.com")
    theirs = get(private(patient, "data.json")).content.decode()
    own = get(private(carer, "data.json")).content.decode()
    assert json.loads(theirs)["carers"] == [{"first_name": "Bo", "state": "active"}]
    assert "bo@example.com" not in theirs
    assert json.loads(own)["helps"] == "Adalberta"
    assert json.loads(own)["webinar"]["title"] == "Online session"
    for told in ("ada@example.com", "Whitaker", patient.webinar.title):
        assert told not in own


@pytest.mark.parametrize(
    "wrong", [{"state": "asked"}, {"shows_title": True, "carer_of": "themselves"}]
)
def test_the_database_lets_no_attendee_be_asked_and_no_carer_see_the_topic(
    wrong: dict[str, Any],
) -> None:
    someone = make_registration()
    values = {**wrong, **({"carer_of": someone} if "carer_of" in wrong else {})}
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.filter(pk=someone.pk).update(**values)


# ---- Leaving ----


def test_a_carer_stops_the_emails_and_nobody_has_them_asked_again(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    carer = make_carer(patient=patient, email="bo@example.com")
    deliver_everything_due()

    shown = text(get(press(private(carer, "cancel/"))["Location"]))

    assert "You will get no more reminders You do not help with this session any more." in shown
    deliver_everything_due()
    last = sent.to("bo@example.com")[-1]
    assert last.subject.startswith("No more reminders: Online session, ")
    assert "You do not help Adalberta with this session any more, as you asked." in last.text
    press(private(carer, "return/"))
    press(private(patient, "others/"), **BO)
    deliver_everything_due()
    assert sent.to("bo@example.com")[-1] is last
    patient.refresh_from_db()
    assert patient.is_active
    assert list(unexplained()) == []


def test_a_carer_who_stops_the_reminders_by_their_link_can_have_them_again(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    carer = make_carer(patient=make_patient(), email="bo@example.com")
    clock.move_to(carer.webinar.starts_at - timedelta(days=1))
    deliver_everything_due()
    reminder = sent.last("bo@example.com").text.replace("\r\n", "\n")
    stopping = re.search(r"http://testserver(/u/\w+/)", reminder)
    assert stopping
    assert f"{stopping[1]}\nWe still tell you if the time changes.\n" in reminder

    shown = [text(get(stopping[1])), text(Client().post(stopping[1])), text(get(private(carer)))]
    again = text(get(press(private(carer, "reminders/start/"))["Location"]))

    told = "We still tell you if the time changes, or if the session is cancelled."
    assert f"Stop the reminders? {told}" in shown[0]
    assert f"The reminders are stopped {told}" in shown[1]
    assert "You help Adalberta join You get no reminders now. You can have them again." in shown[2]
    assert "Done. We remind you again." in again
    assert "You help Adalberta join Our reminders go to bo@example.com." in again


def test_a_carer_who_deletes_their_data_is_not_asked_again_either(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    carer = make_carer(patient=patient, email="bo@example.com")
    deliver_everything_due()
    press(private(carer, "erase/"))
    press(private(patient, "others/"), **BO)
    deliver_everything_due()
    assert states(patient) == ["erased", "asked"]
    assert purposes(sent, "bo@example.com") == ["confirmation"]


def test_when_the_patient_cancels_the_carer_is_told_once_and_the_unanswered_are_forgotten(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    make_carer(patient=patient, email="bo@example.com")
    make_asked(patient=patient, email="cy@example.com")
    deliver_everything_due()

    signup.cancel(patient)
    signup.cancel(patient)

    deliver_everything_due()
    assert states(patient) == ["cancelled", "erased"]
    assert purposes(sent, "bo@example.com") == ["confirmation", "registration_cancelled"]
    last = sent.to("bo@example.com")[-1]
    assert "Adalberta does not need your help with this session any more." in last.text
    assert purposes(sent, "cy@example.com") == ["carer_asked"]
    assert list(unexplained()) == []


def test_whoever_was_taken_off_can_be_asked_again(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    carer = make_carer(patient=patient, email="bo@example.com")
    deliver_everything_due()
    carers.take_off(patient, carer_id=carer.pk)
    deliver_everything_due()
    make_asked(patient=patient, email="bo@example.com")
    deliver_everything_due()
    assert states(patient) == ["erased", "asked"]
    assert purposes(sent, "bo@example.com") == [
        *("confirmation", "registration_cancelled", "carer_asked")
    ]


def test_when_the_patient_is_forgotten_so_is_the_carer_and_nobody_is_told(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    make_carer(patient=patient, email="bo@example.com")
    make_asked(patient=patient, email="cy@example.com")
    deliver_everything_due()
    before = len(sent.mails)

    erasing.erase(patient)

    deliver_everything_due()
    assert len(sent.mails) == before
    assert states(patient) == ["erased", "erased"]
    assert not Registration.objects.exclude(email="").exists()
    assert list(unexplained()) == []


def test_when_the_patients_address_is_corrected_the_carer_goes_along() -> None:
    patient = make_patient()
    carer = make_carer(patient=patient)
    signup.correct_address(patient, email="ada@example.org")
    carer.refresh_from_db()
    assert carer.is_active
    assert carer.carer_of_id == patient.pk


def test_when_the_session_is_called_off_the_carer_hears_it_too(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    carer = make_carer(patient=make_patient(), email="bo@example.com")
    deliver_everything_due()
    scheduling.cancel(Webinar.objects.get(pk=carer.webinar_id), reason="", by=None)
    deliver_everything_due()
    assert purposes(sent, "bo@example.com") == ["confirmation", "cancelled"]
    assert "You get this email because you help Adalberta join." in sent.last("bo@example.com").text


def test_whoever_lost_the_link_gets_it_again(sent: Sink, deliver_everything_due: Deliver) -> None:
    carer = make_carer(email="bo@example.com")
    make_asked(email="cy@example.com")
    deliver_everything_due()
    Registration.objects.get(pk=carer.pk).deliveries.update(created_at="2020-01-01T00:00Z")
    for address in ("bo@example.com", "cy@example.com"):
        lost_links.ask_for_links(address)
    deliver_everything_due()
    assert purposes(sent, "bo@example.com")[-1] == "already_registered"
    assert purposes(sent, "cy@example.com") == ["carer_asked"]


def test_staff_see_who_helps_whom_and_correct_no_carers_address(admin_client: Client) -> None:
    User.objects.filter(username="admin").update(is_superuser=True)
    carer = make_carer(patient=make_patient())
    answer = admin_client.get(f"/admin/registrations/registration/{carer.pk}/change/")
    shown = text(answer)
    assert "Bo, helps Adalberta Whitaker" in shown
    assert "Correct address" not in shown
    assert "Remove from this webinar" in shown
