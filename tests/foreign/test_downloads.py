"""The files that people download from our pages and the feeds, as foreign parsers read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from registrations.models import Registration
from registrations.tokens import Purpose, token
from tests.clock import Clock
from tests.foreign.kit import Kit
from tests.foreign.reading import Reading
from tests.foreign.samples import AWKWARD
from tests.makers import make_registration, make_webinar
from tests.sink import Sink
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db


def public(webinar: Webinar) -> str:
    return f"/w/{webinar.code}/calendar.ics"


def personal(registration: Registration) -> list[str]:
    """From the private page and from the one for joining."""
    return [
        f"/r/{token(registration, Purpose.MANAGE)}/calendar.ics",
        f"/j/{token(registration, Purpose.JOIN)}/calendar.ics",
    ]


def download(path: str) -> bytes:
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return answer.content


def test_a_personal_download_is_the_same_entry_as_the_mailed_one(
    clock: Clock, sent: Sink, deliver_everything_due: Callable[[], int], kit: Kit
) -> None:
    webinar = make_webinar(title="Move; rest, 🧘‍♀️", is_sensitive=False)
    registration = make_registration(webinar=webinar, first_name="José", language="es")
    scheduling.amend(
        webinar, calendar_title="Online", dial_in="1, 2; 3", help_line="", reason="", by=None
    )
    clock.forward(minutes=6)
    deliver_everything_due()
    mailed = kit.read_alike(sent.to(registration.email)[-1].calendar)

    for path in personal(registration):
        assert kit.read_alike(download(path)) == Reading(
            start=webinar.starts_at,
            end=webinar.ends_at,
            summary="Move; rest, 🧘‍♀️",
            description=mailed.description,
            uid=mailed.uid,
            sequence=1,
            status="CONFIRMED",
            method=None,
            organizer=None,
            attendees=(),
        )
    assert mailed.sequence == 1


def test_the_public_download_has_an_entry_of_its_own_that_moves_with_the_webinar(
    kit: Kit,
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=20), time_zone="America/Denver")
    before = kit.read_alike(download(public(webinar)))
    scheduling.amend(
        webinar, calendar_title="Seminar", dial_in="", help_line="1", reason="", by=None
    )
    after = kit.read_alike(download(public(webinar)))

    assert before.uid == after.uid == f"{webinar.uid}@webinars.example.org"
    assert [(each.start, each.end) for each in (before, after)] == [
        (webinar.starts_at, webinar.ends_at)
    ] * 2
    assert [(each.sequence, each.summary) for each in (before, after)] == [
        (0, "Online session"),
        (1, "Seminar"),
    ]
    assert (after.method, after.organizer, after.attendees) == (None, None, ())


@pytest.mark.parametrize("words", AWKWARD)
def test_awkward_texts_come_through_a_download_unchanged(kit: Kit, words: str) -> None:
    shown = words[:80].replace("\t", " ").strip()
    other = "Sleep"  # than what these words name
    webinar = make_webinar(title=other, calendar_title=words[:80], help_line=words[:200])

    for path in [public(webinar), *personal(make_registration(webinar=webinar))]:
        assert kit.read_alike(download(path)).summary == shown


def test_a_feed_is_read_alike_with_what_was_moved_and_what_was_called_off(kit: Kit) -> None:
    moving = make_webinar(starts_in=timedelta(days=10), title="One; two, 🧘‍♀️", is_sensitive=False)
    off = make_webinar(starts_in=timedelta(days=20), language="es", calendar_title="Sesión: “1”")
    coming = make_webinar(starts_in=timedelta(days=30), time_zone="America/St_Johns")
    moved = scheduling.reschedule(
        moving,
        date=moving.local_date,
        time=moving.local_time,
        time_zone=moving.time_zone,
        duration=timedelta(minutes=90),
        reason="",
        by=None,
    )
    scheduling.cancel(off, reason="", by=None)

    found = kit.read_all_alike(download("/feed/all.ics"))

    assert [(each.start, each.end, each.sequence, each.status, each.uid) for each in found] == [
        (each.starts_at, each.ends_at, sequence, status, f"{each.uid}@webinars.example.org")
        for each, sequence, status in [
            (moved, 1, "CONFIRMED"),
            (off, 1, "CANCELLED"),
            (coming, 0, "CONFIRMED"),
        ]
    ]
    assert [found[0].summary, found[2].summary] == ["One; two, 🧘‍♀️", "Online session"]
    assert found[1].summary.endswith(": Sesión: “1”")  # after a word for its being called off
    site = ("Patient Webinars", "mailto:webinars@example.org")
    assert {(each.method, each.organizer, each.attendees) for each in found} == {
        ("PUBLISH", site, ())
    }
