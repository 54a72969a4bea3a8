"""What a press on the form does, and what the answer says: the same to everybody."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from django.test import Client

from notifications.models import Delivery
from registrations import signup
from registrations.models import CONSENT_VERSION, Registration
from tests.clock import Clock
from tests.registrations.pages import (
    TYPED,
    get,
    joining,
    july,
    page,
    private,
    register,
    text,
)
from webinars import times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

# Another one each time: see `registrations.sealing`.
SEALED = re.compile(rb'name="sealed" value="[^"]+"')


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    """Every test begins on March 1, 2027, at noon Pacific."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def test_registering_keeps_what_was_typed_and_writes_one_mail_down() -> None:
    webinar = july()

    response = register(webinar, last_name=" Lovelace ", email="Ada@Example.com")

    kept = Registration.objects.get()
    assert response.status_code == 200
    assert (kept.first_name, kept.last_name, kept.email) == ("Ada", "Lovelace", "Ada@Example.com")
    assert (kept.time_zone, kept.language, kept.source) == ("America/Chicago", "en", "")
    assert (kept.consent_version, kept.consented_at) == (CONSENT_VERSION, kept.registered_at)
    assert Delivery.objects.get().registration == kept


def test_the_language_of_the_page_is_the_language_of_the_mails() -> None:
    spanish, english = july(language="es"), july()

    register(spanish)
    Client().post(f"{page(english)}?language=es", {**TYPED, "rendered": _stamp(english)})

    assert set(Registration.objects.values_list("language", flat=True)) == {"es"}


def _stamp(webinar: Webinar) -> str:
    """As a browser finds it in the page."""
    html = get(page(webinar)).content.decode()
    return re.findall(r'name="rendered" value="([^"]+)"', html)[0]


def test_where_somebody_came_from_travels_through_the_form() -> None:
    webinar = july()
    html = get(f"{page(webinar)}?utm_source=harbor<b>-clinic").content.decode()
    assert '<input type="hidden" name="utm_source" value="harborb-clinic"' in html

    register(webinar, utm_source="harborb-clinic")

    assert Registration.objects.get().source == "harborb-clinic"


def test_the_answer_shows_the_address_large_the_times_and_what_will_come() -> None:
    response = register(july())

    shown = text(response)
    assert '<p class="big">ada@example.com</p>' in response.content.decode()
    assert (
        "Friday, July 30, 2027 6:00 pm Central Time (CDT) your time "
        "4:00 pm Pacific Time (PDT) 7:00 pm Eastern Time (EDT)"
    ) in shown
    assert (
        "What you will hear from us Now An email with your private link. "
        "Your calendar invite is in the email. "
        "7 days before A reminder on Friday, July 23, 2027 "
        "1 day before A reminder on Thursday, July 29, 2027 "
        "1 hour before A reminder with your link to join "
        "10 minutes before A reminder with your link to join"
    ) in shown


def test_the_answer_holds_no_link_of_the_registration() -> None:
    html = register(july()).content.decode()

    registration = Registration.objects.get()
    assert private(registration) not in html
    assert joining(registration) not in html
    assert "calendar.ics" not in html


def test_the_answer_promises_no_reminder_that_is_past_or_turned_off(clock: Clock) -> None:
    webinar = july()
    webinar.reminder_rules.filter(before=timedelta(hours=1)).update(is_enabled=False)
    clock.move_to(webinar.starts_at - timedelta(hours=20))

    shown = text(register(webinar))

    assert re.findall(r"\d+ \w+ before", shown) == ["10 minutes before"]


def test_the_answer_is_the_same_for_new_for_known_and_for_somebody_who_had_cancelled() -> None:
    webinar = july()

    new = register(webinar).content
    known = register(webinar).content
    signup.cancel(Registration.objects.get())
    returned = register(webinar).content

    assert len(new) == len(known) == len(returned)
    unsealed = [SEALED.sub(b"", answer) for answer in (new, known, returned)]
    assert unsealed[0] == unsealed[1] == unsealed[2]
    assert Registration.objects.get().is_active


def test_problems_come_first_in_the_page_and_lead_to_their_fields() -> None:
    response = register(july(), first_name="Call 555", email="ada@", last_name="Lovelace")

    html = response.content.decode()
    assert html.index('role="alert" tabindex="-1" autofocus') < html.index("<h1")
    assert (
        "Please look at this again "
        "In your first name, use only letters, spaces, and the signs - and ’. "
        "Write your whole email address, like name@example.com."
    ) in text(response)
    for field in ("first_name", "email"):
        assert f'<a href="#id_{field}">' in html
        assert f'<p class="why" id="id_{field}_error">' in html
    assert 'value="Lovelace"' in html
    assert "<title>Please look again:" in html
    assert not Registration.objects.exists()
