"""Letters of one batch: who shares one, what is read once, and when one is not used any more."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from notifications import emails
from notifications.models import Delivery, Purpose
from tests.makers import make_delivery
from tests.notifications.emails.filling import (
    composed,
    people,
    sharing,
)
from tests.notifications.emails.reading import (
    a_delivery,
    amend,
    body,
    fresh,
    hand_over,
    move,
    offered_again,
    on_july_31,
    parsed,
    the_reminder,
)
from webinars import times

pytestmark = pytest.mark.django_db


def loaded(purpose: str) -> list[Delivery]:
    rows = Delivery.objects.select_related("registration__webinar", "wave__rule")
    return sharing([*rows.filter(purpose=purpose).order_by("pk")])


@pytest.mark.parametrize(("purpose", "queries"), [("reminder", 1), ("confirmation", 2)])
def test_a_batch_costs_as_many_queries_as_one_email(
    purpose: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    webinar = on_july_31()
    wave = webinar.waves.get(rule__before=timedelta(hours=1))
    for number, someone in enumerate(people(webinar, 8)):
        someone.time_zone = ["America/New_York", "America/Denver"][number % 2]
        someone.language = ["en", "es"][number // 4]
        someone.save()
        make_delivery(registration=someone, purpose=Purpose.REMINDER, wave=wave)
    deliveries = loaded(purpose)

    with django_assert_num_queries(queries):
        filled = composed(deliveries)

    assert len({each.letter for each in filled}) == 4
    for each, delivery in zip(filled, deliveries, strict=True):
        alone = emails.compose(offered_again(Delivery.objects.get(pk=delivery.pk), each))
        assert each.content == alone.content


def test_in_one_batch_each_wave_and_each_purpose_has_words_of_its_own() -> None:
    webinar, said = on_july_31(), ["By the hour", "By the day"]
    (someone,) = people(webinar, 1)
    for hours, own in zip([1, 24], said, strict=True):
        webinar.reminder_rules.filter(before=timedelta(hours=hours)).update(subject=own)
        wave = webinar.waves.get(rule__before=timedelta(hours=hours))
        make_delivery(registration=someone, purpose=Purpose.REMINDER, wave=wave)
    make_delivery(registration=someone, purpose=Purpose.ALREADY_REGISTERED)
    deliveries = [*Delivery.objects.order_by("pk")]
    for each in deliveries:
        each.registration = someone

    subjects = [str(parsed(each)["Subject"]) for each in composed(deliveries)]

    assert subjects[1:3] == said
    assert subjects[0].startswith("You are registered: ")
    assert subjects[3].startswith("Your link again: ")


def test_in_one_batch_each_is_told_what_is_new_to_them() -> None:
    webinar = on_july_31()
    (early,) = people(webinar, 1)
    hand_over(early.deliveries.get())
    webinar = move(webinar, date(2026, 8, 3), time(16))
    (late,) = people(webinar, 1)
    hand_over(late.deliveries.get())
    move(webinar, date(2026, 8, 5), time(16))
    both = [make_delivery(registration=fresh(each), purpose="moved") for each in (early, late)]

    told = [body(each, "plain") for each in composed(sharing(both))]

    assert "Old time:\nFriday, July 31, 2026, 7:00 pm" in told[0]
    assert "Old time:\nMonday, August 3, 2026, 7:00 pm" in told[1]


def test_a_row_that_is_loaded_again_for_its_batch_is_told_as_it_is_now() -> None:
    webinar = on_july_31()
    delivery = a_delivery(Purpose.CONFIRMATION, *people(webinar, 1))
    composer = emails.Composer(times.now())
    before = composer.compose(delivery)
    amend(webinar, dial_in="1-800-555-0177")

    after = composer.compose(Delivery.objects.get(pk=delivery.pk))

    assert "1-800-555-0177" not in body(before, "plain")
    assert "By phone: 1-800-555-0177\n" in body(after, "plain")
    assert (before.revision.number, after.revision.number) == (0, 1)


def test_whoever_reads_the_same_words_gets_the_same_letter() -> None:
    first, second = (a_delivery(Purpose.CONFIRMATION, each) for each in people(on_july_31(), 2))

    assert emails.compose(first).letter is emails.compose(second).letter


def test_no_letter_outlives_the_words_that_it_was_made_of(settings: Settings) -> None:
    webinar = on_july_31()
    delivery = a_delivery(Purpose.CONFIRMATION, *people(webinar, 1))
    said = [body(emails.compose(delivery), "plain")]

    def say_again() -> None:
        said.append(body(emails.compose(Delivery.objects.get(pk=delivery.pk)), "plain"))

    amend(webinar, dial_in="1-800-555-0177")
    say_again()
    webinar.reminder_rules.filter(before=timedelta(days=7)).update(is_enabled=False)
    say_again()
    settings.ORGANISATION_NAME = "Harbor Health"
    say_again()
    settings.SITE_URL = "https://health.example.org"
    say_again()

    assert len({*said}) == 5
    assert "By phone: 1-800-555-0177\n" in said[1]
    assert "reminder 1 day, 1 hour and 10 minutes before" in said[2]
    assert said[3].endswith("\nHarbor Health\n")
    assert "\nhttps://health.example.org/j/" in said[4]


def test_date_and_countdown_follow_the_time_that_came_with_the_batch() -> None:
    webinar = on_july_31()
    delivery = the_reminder(webinar, timedelta(hours=1))
    now = webinar.starts_at - timedelta(hours=1, microseconds=5)

    filled = emails.Composer(now).compose(delivery)

    assert filled.date == now.replace(microsecond=0)
    assert parsed(filled)["Date"].datetime == filled.date
    assert parsed(filled)["Subject"].startswith("In 1 hour: ")
