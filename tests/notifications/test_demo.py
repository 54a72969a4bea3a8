"""What a newcomer finds after `make run`, and that it is loaded once and never by mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from notifications.auditing import unexplained
from notifications.demo import loading, people, texts
from notifications.demo.loading import Slot
from registrations.models import Registration
from tests.clock import Clock
from tests.sink import Sink
from webinars import scheduling, times, topics
from webinars.models import Webinar, sanitised


@pytest.fixture
def local(settings: Settings) -> None:
    """A site that only this machine reaches."""
    settings.IS_LOCAL = True


def load_demo(*arguments: str) -> str:
    said = StringIO()
    call_command("demo", *arguments, stdout=said)
    return said.getvalue()


def webinar_of(text: texts.Text) -> Webinar:
    return Webinar.objects.get(title=text.title)


@pytest.mark.usefixtures("db", "local")
def test_the_demo_has_a_webinar_of_every_kind() -> None:
    said = load_demo()

    assert said == "Demo data loaded: 6 webinars, 25 registrations.\n"
    now = times.now()
    assert {
        webinar.title: (webinar.state, webinar.starts_at > now, webinar.language)
        for webinar in Webinar.objects.all()
    } == {
        texts.NATIONAL.title: ("published", True, "en"),
        texts.MOVING.title: ("published", True, "en"),
        texts.SPANISH.title: ("published", True, "es"),
        texts.GROUP.title: ("published", True, "en"),
        texts.DRAFT.title: ("draft", True, "en"),
        texts.HELD.title: ("published", False, "en"),
    }
    assert webinar_of(texts.NATIONAL).announcement().startswith("July 31")
    assert webinar_of(texts.HELD).recording_url
    assert set(scheduling.obstacles(webinar_of(texts.DRAFT))) == {"join_url"}


@pytest.mark.usefixtures("local")
def test_the_demo_has_a_list_that_two_wait_on_and_somebody_who_helps_a_patient(
    sent: Sink, deliver_everything_due: Callable[[], int], db: None
) -> None:
    load_demo()
    deliver_everything_due()

    group = webinar_of(texts.GROUP).registrations
    assert group.active().count() == people.PLACES
    waiting = [each.email for each in group.waiting()]
    assert waiting == [each.email for each in people.GROUP[people.PLACES :]]
    assert [mail.purpose for each in waiting for mail in sent.to(each)] == ["waitlisted"] * 2
    helped = Registration.objects.get(email=people.CARER["email"]).carer_of
    assert helped is not None
    assert helped.first_name == people.HELPED
    assert [mail.purpose for mail in sent.to(people.CARER["email"])] == ["confirmation"]


@pytest.mark.usefixtures("local")
def test_the_one_hour_reminder_reaches_everybody_within_three_minutes(
    clock: Clock, sent: Sink, deliver_everything_due: Callable[[], int]
) -> None:
    load_demo()
    deliver_everything_due()
    sent.mails.clear()

    clock.forward(minutes=3)
    deliver_everything_due()

    expected = Counter(person.email for person in people.SOON)
    assert Counter(mail.recipient for mail in sent.mails) == expected
    assert {mail.purpose for mail in sent.mails} == {"reminder"}
    assert list(unexplained()) == []


@pytest.mark.usefixtures("local")
def test_every_active_registration_is_confirmed_and_nobody_hears_of_the_past(
    sent: Sink, deliver_everything_due: Callable[[], int], db: None
) -> None:
    load_demo()
    deliver_everything_due()

    confirmed = [mail.recipient for mail in sent.mails if mail.purpose == "confirmation"]
    active = Registration.objects.active().values_list("email", flat=True)
    assert Counter(confirmed) == Counter(active)
    assert [mail.purpose for mail in sent.to(people.GONE.email)] == ["registration_cancelled"]
    assert not webinar_of(texts.HELD).waves.exists()
    assert list(unexplained()) == []


@pytest.mark.usefixtures("db", "local")
def test_the_organizer_can_log_in(client: Client) -> None:
    load_demo()

    assert client.login(username="organizer", password="demo")


@pytest.mark.usefixtures("db", "local")
def test_a_second_time_changes_nothing() -> None:
    load_demo()
    before = list(Webinar.objects.values_list("pk", "changed_at"))

    said = load_demo()

    assert said == "There are webinars already: no demo data loaded.\n"
    assert list(Webinar.objects.values_list("pk", "changed_at")) == before


@pytest.mark.usefixtures("db")
def test_a_site_that_others_can_reach_is_left_alone_unless_one_insists(settings: Settings) -> None:
    settings.IS_LOCAL = False

    with pytest.raises(CommandError, match="say --force"):
        load_demo()
    assert not Webinar.objects.exists()

    assert load_demo("--force").startswith("Demo data loaded")


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 7, 31, 21, 59, tzinfo=UTC), date(2026, 7, 31)),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), date(2027, 7, 31)),
        (datetime(2027, 1, 1, 7, 59, tzinfo=UTC), date(2027, 7, 31)),
    ],
)
def test_the_national_webinar_is_on_the_next_july_31(now: datetime, day: date) -> None:
    assert loading.next_july_31(now).day == day


@pytest.mark.parametrize(
    ("now", "zone", "shown"),
    [
        (datetime(2026, 11, 22, 2, 14, 40, tzinfo=UTC), "America/New_York", "22:17"),
        (datetime(2026, 3, 8, 6, 0, tzinfo=UTC), "America/New_York", "03:03"),
        (datetime(2026, 11, 1, 4, 30, tzinfo=UTC), "America/Phoenix", "22:33"),
    ],
)
def test_the_near_webinar_starts_on_a_minute_that_its_zone_shows_once(
    now: datetime, zone: str, shown: str
) -> None:
    slot = loading.in_about_an_hour(now)

    assert (slot.zone, f"{slot.clock:%H:%M}") == (zone, shown)
    due = times.instant(*slot) - timedelta(hours=1)
    assert timedelta(minutes=2) < due - now <= timedelta(minutes=3)


@pytest.mark.parametrize(
    "text",
    [texts.NATIONAL, texts.MOVING, texts.SPANISH, texts.GROUP, texts.DRAFT, texts.HELD],
)
def test_each_text_is_kept_by_the_sanitiser_and_fits_its_fields(text: texts.Text) -> None:
    webinar = loading._webinar(text, Slot(date(2026, 7, 31), loading.FOUR_PM, "America/Denver"))

    webinar.clean_fields(exclude=["starts_at", "ends_at"])

    assert sanitised(text.description) == text.description
    assert topics.named_topic(webinar, text.calendar_title) == ""
