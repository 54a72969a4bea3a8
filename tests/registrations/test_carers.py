"""Carers: one neutral question, a yes of their own, nothing of the patient's but a first name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from notifications.auditing import unexplained
from registrations import carers, erasing, signup
from registrations.models import Refusal, Registration
from tests.clock import Clock
from tests.makers import make_asked, make_carer, make_registration, make_webinar
from tests.registrations.pages import every_row, get, joining, press, private, text
from tests.sink import Sink
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
BO = {"carer-first_name": "Bo", "carer-email": "bo@example.com"}


def make_patient(**fields: Any) -> Registration:
    known = {"first_name": "Adalberta", "last_name": "Whitaker", "email": "ada@example.com"}
    return make_registration(**{**known, **fields})


def purposes(sent: Sink, address: str) -> list[str]:
    return [mail.purpose for mail in sent.to(address)]


def states(patient: Registration) -> list[str]:
    return list(patient.carers.order_by("pk").values_list("state", flat=True))


# ---- Asking ----


def test_whoever_is_named_is_asked_by_one_mail_that_tells_nothing(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    response = press(private(patient, "others/"), **BO)
    deliver_everything_due()

    assert response["Location"] == private(patient, "?done=carer")
    shown = text(get(response["Location"]))
    assert "Done. We ask them by email." in shown
    assert "We asked Bo at bo@example.com. There is no answer yet." in shown
    (mail,) = sent.to("bo@example.com")
    carer = patient.carers.get()
    assert mail.subject == "Can you help somebody join an online session?"
    assert mail.text.replace("\r\n", "\n").startswith(
        "Hello Bo,\n\nAdalberta asked us to send you the reminders of an online session, "
        "so that you can help them join. Do you want that?\n"
    )
    assert private(carer, "help/") in mail.text
    for told in ("Whitaker", "ada@example.com", "Online session", "2026", "1-800-555-0100"):
        assert told not in mail.text
        assert told not in mail.html.split("</style>")[1]
    clock.forward(days=3)
    deliver_everything_due()
    assert purposes(sent, "bo@example.com") == ["carer_asked"]
    assert list(unexplained()) == []


def test_opening_the_question_changes_nothing_and_shows_nothing_of_the_session() -> None:
    carer = make_asked(patient=make_patient())
    before = every_row()
    for path in (private(carer), private(carer, "help/"), private(carer, "data.json")):
        for visit in (Client().get, Client().head):
            answer = visit(path)
            assert answer.status_code == 200
            assert answer["Cache-Control"] == "private, no-store"
            for told in ("Online session", "Pacific", "starts_at", "Whitaker", "ada@example"):
                assert told not in answer.content.decode()
    assert "Adalberta asked us to send you the reminders" in text(get(private(carer)))
    assert every_row() == before


@pytest.mark.parametrize("path", ["calendar.ics", "zone/", "cancel/", "return/"])
def test_nothing_else_opens_before_the_yes(path: str) -> None:
    carer = make_asked()
    assert get(private(carer, path))["Location"] == private(carer)
    if path in {"cancel/", "return/"}:
        press(private(carer, path))
        carer.refresh_from_db()
        assert carer.state == "asked"
        assert Registration.objects.attendees().count() == 1


def test_the_yes_is_kept_with_its_words_and_begins_the_reminders(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    carer = make_asked(patient=patient, email="bo@example.com")
    deliver_everything_due()

    response = press(private(carer, "help/?language=es"), answer="yes")

    assert response["Location"] == private(carer, "?language=es&done=yes")
    carer.refresh_from_db()
    assert (carer.state, carer.language) == ("active", "es")
    consent = carer.consents.get()
    assert (consent.text_version, consent.language) == (carers.CONSENT_VERSION, "es")
    press(private(carer, "help/"), answer="yes")
    press(private(carer, "help/"), answer="no")
    deliver_everything_due()
    assert list(unexplained()) == []
    clock.move_to(carer.webinar.starts_at - timedelta(hours=1))
    deliver_everything_due()
    assert purposes(sent, "bo@example.com") == ["carer_asked", "confirmation", "reminder"]
    assert carer.consents.count() == 1
    assert "Bo gets the reminders, too." in text(get(private(patient)))
    assert "bo@example.com" not in text(get(private(patient)))


def test_the_no_deletes_the_address_and_keeps_it_from_being_asked_again(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    carer = make_asked(patient=patient, email="bo@example.com")
    deliver_everything_due()

    answer = press(private(carer, "help/"), answer="no")

    assert "nobody can ask you again for this session" in text(answer)
    assert states(patient) == ["erased"]
    assert not Registration.objects.filter(email="bo@example.com").exists()
    assert "bo@example" not in str(list(Refusal.objects.values_list()))
    other = make_registration(webinar=patient.webinar, first_name="Eve")
    pages = []
    for somebody, typed in ((patient, BO), (other, BO), (other, BO | {"carer-email": "c@d.org"})):
        press(private(somebody, "others/"), **typed)
        pages.append(text(get(private(somebody, "?done=carer"))).replace("c@d.org", "…"))
        somebody.carers.live().delete()
    deliver_everything_due()
    assert purposes(sent, "bo@example.com") == ["carer_asked"]
    assert pages[1].replace("bo@example.com", "…") == pages[2]
    assert "We asked Bo at bo@example.com." in pages[0]
    assert signup.register(patient.webinar, **person("bo@example.com")).is_active


def person(email: str) -> dict[str, str]:
    zone = "America/Chicago"
    return {"first_name": "Bo", "email": email, "time_zone": zone, "language": "en"}


def test_a_refusal_says_in_the_ledger_why_nothing_was_sent(deliver_everything_due: Deliver) -> None:
    patient = make_patient()
    carers.decline(make_asked(patient=patient, email="bo@example.com"))
    again = make_asked(patient=patient, email="Bo@EXAMPLE.com")
    deliver_everything_due()
    delivery = again.deliveries.get()
    assert (delivery.state, delivery.outcome) == ("skipped", "refused")
    assert list(unexplained()) == []


def test_whoever_said_that_it_was_not_them_is_not_asked_to_help_either(
    sent: Sink, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    erasing.refuse(make_registration(webinar=patient.webinar, email="bo@example.com"))
    make_asked(patient=patient, email="bo@example.com")
    deliver_everything_due()
    assert purposes(sent, "bo@example.com") == []


# ---- In time ----


def test_without_an_answer_the_address_is_forgotten_after_a_week(
    clock: Clock, deliver_everything_due: Deliver
) -> None:
    patient = make_patient()
    carer = make_asked(patient=patient)
    clock.forward(days=6, hours=23)
    deliver_everything_due()
    assert states(patient) == ["asked"]
    clock.forward(hours=2)
    with pytest.raises(signup.Closed):
        carers.accept(carer, language="en")
    deliver_everything_due()
    assert states(patient) == ["erased"]
    assert get(private(carer)).status_code == 404


@pytest.mark.parametrize("is_called_off", [False, True])
def test_nobody_says_yes_to_what_has_begun_or_is_called_off(
    clock: Clock, is_called_off: bool
) -> None:
    carer = make_asked(patient=make_patient(webinar=make_webinar(starts_in=timedelta(hours=3))))
    if is_called_off:
        scheduling.cancel(carer.webinar, reason="", by=None)
    else:
        clock.forward(hours=3)

    response = press(private(carer, "help/"), answer="yes")

    assert "It is too late now" in text(get(response["Location"]))
    assert carers.forget_unanswered() == 1
    assert states(carer.carer_of) == ["erased"]


def test_after_the_start_nobody_is_asked(clock: Clock) -> None:
    patient = make_patient(webinar=make_webinar(starts_in=timedelta(hours=3)))
    clock.forward(hours=3)
    assert "You can ask nobody any more." in text(get(private(patient)))
    assert press(private(patient, "others/"), **BO)["Location"] == private(patient)
    assert states(patient) == []


# ---- How many ----


def test_pressing_twice_asks_once() -> None:
    patient = make_patient()
    for _press in range(2):
        press(private(patient, "others/"), **BO)
    press(private(patient, "others/"), **BO | {"carer-email": "BO@example.com"})
    assert states(patient) == ["asked"]
    assert patient.carers.get().deliveries.count() == 1


def test_two_help_at_once_and_five_are_asked_in_all() -> None:
    patient = make_patient()
    first, _second = make_asked(patient=patient), make_carer(patient=patient)
    assert "Two people can help you." in text(get(private(patient)))
    with pytest.raises(carers.Enough):
        make_asked(patient=patient)
    press(private(patient, "others/"), **BO)
    assert states(patient) == ["asked", "active"]

    press(private(patient, "others/off/"), carer=first.pk)
    for _number in range(3):
        carers.take_off(patient, carer_id=make_asked(patient=patient).pk)

    assert states(patient) == ["erased", "active", "erased", "erased", "erased"]
    assert "You have asked many people." in text(get(private(patient)))
    with pytest.raises(carers.Enough):
        make_asked(patient=patient)


def test_a_carer_names_nobody_and_nobody_names_themselves() -> None:
    patient = make_patient()
    carer = make_carer(patient=patient)
    with pytest.raises(signup.Closed):
        make_asked(patient=carer)
    own = press(private(patient, "others/"), **BO | {"carer-email": "ADA@example.com"})
    assert "This is your own address." in text(own)
    wrong = press(private(patient, "others/"), **{"carer-first_name": "<b>", "carer-email": "x"})
    assert "Write their whole email address, like name@example.com." in text(wrong)
    assert states(patient) == ["active"]


def test_nobody_takes_off_the_carer_of_somebody_else() -> None:
    carer = make_carer(patient=make_patient())
    press(private(make_registration(webinar=carer.webinar), "others/off/"), carer=carer.pk)
    carer.refresh_from_db()
    assert carer.is_active


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
    assert "You get this email because you help Adalberta join." in sent.mails[-1].text


def test_whoever_lost_the_link_gets_it_again(sent: Sink, deliver_everything_due: Deliver) -> None:
    carer = make_carer(email="bo@example.com")
    make_asked(email="cy@example.com")
    deliver_everything_due()
    Registration.objects.get(pk=carer.pk).deliveries.update(created_at="2020-01-01T00:00Z")
    for address in ("bo@example.com", "cy@example.com"):
        signup.ask_for_links(address)
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
