"""What the private page says of our emails, and everything that is stored, to keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest

from notifications import hearing
from notifications.models import Delivery, Purpose
from registrations import changing, signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import every_row, get, private, text
from webinars import scheduling, times

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
PACIFIC = "America/Los_Angeles"


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    clock.move_to(times.instant(date(2027, 7, 23), time(12), PACIFIC))


def registered() -> Registration:
    webinar = make_webinar(local_date=date(2027, 7, 30), local_time=time(16))
    return make_registration(webinar=webinar, time_zone="America/Chicago")


def heard(registration: Registration) -> list[tuple[str, str]]:
    registration.refresh_from_db()
    return [(m.purpose.value, m.status.value) for m in hearing.messages(registration)]


def test_they_are_the_rows_that_staff_see_sent_and_to_come(
    deliver_everything_due: Deliver,
) -> None:
    registration = registered()
    reminders = [("reminder", "to come")] * 4
    assert heard(registration) == [("confirmation", "to come"), *reminders]
    assert "Your place is saved Any minute now A reminder" in text(get(private(registration)))

    deliver_everything_due()

    assert heard(registration) == [("confirmation", "sent"), *reminders]
    assert (
        "What you will hear from us Your place is saved Sent on July 23 at 2pm CDT "
        "A reminder, 7 days before To come on July 23 at 6pm CDT "
        "A reminder, 1 day before To come on July 29 at 6pm CDT "
        "A reminder, 1 hour before To come on July 30 at 5pm CDT "
        "A reminder, 10 minutes before To come on July 30 at 5:50pm CDT"
    ) in text(get(private(registration)))


def test_a_reminder_is_said_once_before_while_and_after_it_is_written_down(
    clock: Clock, deliver_everything_due: Deliver
) -> None:
    registration = registered()
    deliver_everything_due()
    clock.move_to(times.instant(date(2027, 7, 23), time(15, 55), PACIFIC))  # 5 minutes before
    deliver_everything_due()
    assert Delivery.objects.filter(purpose=Purpose.REMINDER).count() == 1
    assert heard(registration).count(("reminder", "to come")) == 4

    clock.forward(minutes=6)
    deliver_everything_due()

    assert heard(registration)[1] == ("reminder", "sent")
    assert heard(registration).count(("reminder", "to come")) == 3


def test_a_move_is_heard_and_the_reminders_are_at_the_new_time(
    clock: Clock, deliver_everything_due: Deliver
) -> None:
    registration = registered()
    deliver_everything_due()
    scheduling.reschedule(
        registration.webinar,
        date=date(2027, 8, 6),
        time=time(16),
        time_zone=PACIFIC,
        reason="",
        by=None,
    )
    clock.forward(minutes=10)
    deliver_everything_due()

    assert heard(registration)[:2] == [("confirmation", "sent"), ("moved", "sent")]
    shown = text(get(private(registration)))
    assert "Something has changed Sent on July 23 at 2:" in shown
    assert "A reminder, 1 day before To come on August 5 at 6pm CDT" in shown


def test_whoever_cancelled_hears_that_and_nothing_more(deliver_everything_due: Deliver) -> None:
    registration = registered()
    deliver_everything_due()
    signup.cancel(registration)
    deliver_everything_due()
    assert heard(registration) == [
        ("confirmation", "sent"),
        ("registration_cancelled", "sent"),
    ]


def test_one_that_was_refused_says_so() -> None:
    registration = registered()
    Delivery.objects.update(state=Delivery.State.FAILED, settled_at=times.now())
    assert heard(registration)[0] == ("confirmation", "not sent")
    assert "We could not send this one" in text(get(private(registration)))


def test_the_data_are_a_download_of_what_is_stored_and_of_no_key() -> None:
    registration = registered()
    before = every_row()

    response = get(private(registration, "data.json"))

    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert response["Cache-Control"] == "private, no-store"
    data = json.loads(response.content)
    assert data["registration"]["email"] == registration.email
    assert data["registration"]["first_name"] == registration.first_name
    assert [each["language"] for each in data["consents"]] == [registration.language]
    assert [each["purpose"] for each in data["messages"]] == ["confirmation"]
    assert registration.webinar.join_url not in response.content.decode()
    assert str(registration.uuid) not in response.content.decode()
    assert every_row() == before


def test_a_consent_is_told_in_the_language_in_which_it_was_given() -> None:
    registration = registered()
    given = registration.language
    changing.change_language(registration, language="es" if given == "en" else "en")

    data = json.loads(get(private(registration, "data.json")).content)

    assert data["registration"]["language"] != given
    assert [each["language"] for each in data["consents"]] == [given]


def test_each_column_of_a_registration_is_in_the_data_or_only_serves_sending() -> None:
    registration = registered()
    stored = set(json.loads(get(private(registration, "data.json")).content)["registration"])
    inner = {
        *("id", "uuid", "webinar_id", "address", "name_key", "calendar_uid", "active_since"),
        *("epoch", "version", "sequence", "manage_epoch", "join_epoch", "is_removed"),
        *("title_version", "carer_of_id"),
        *("consent_version", "consent_language", "consented_at"),  # the last of the consents
        "given_way_to_id",
    }
    columns = {field.attname for field in Registration._meta.concrete_fields}
    assert columns == stored | inner


def test_coming_back_begins_anew(deliver_everything_due: Deliver) -> None:
    registration = registered()
    deliver_everything_due()
    signup.cancel(registration)
    signup.come_back(registration)
    assert heard(registration)[0] == ("confirmation", "to come")
    assert timedelta(hours=1) in [m.before for m in hearing.messages(registration)]
