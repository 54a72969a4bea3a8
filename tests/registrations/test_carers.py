"""Carers: one neutral question, a yes of their own, nothing of the patient's but a first name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from notifications.auditing import unexplained
from registrations import carers, erasing, signup
from registrations.models import Refusal, Registration
from tests.clock import Clock
from tests.makers import make_asked, make_carer, make_registration, make_webinar
from tests.registrations.caring import BO, make_patient, person, purposes, states
from tests.registrations.pages import every_row, get, press, private, text
from tests.sink import Sink
from webinars import scheduling

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


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
    year = str(patient.webinar.local_date.year)
    for told in ("Whitaker", "ada@example.com", "Online session", year, "1-800-555-0100"):
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
    assert (carer.consent_version, carer.consent_language) == (carers.CONSENT_VERSION, "es")
    assert carer.consented_at == carer.active_since
    press(private(carer, "help/"), answer="yes")
    press(private(carer, "help/"), answer="no")
    deliver_everything_due()
    assert list(unexplained()) == []
    clock.move_to(carer.webinar.starts_at - timedelta(hours=1))
    deliver_everything_due()
    assert purposes(sent, "bo@example.com") == ["carer_asked", "confirmation", "reminder"]
    carer.refresh_from_db()
    assert carer.consented_at == carer.active_since
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
