"""The public feeds: what stands in them, how they are kept, and what their readers are told."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
import vobject
from django.test import Client
from icalendar import Calendar

from tests.clock import Clock
from tests.foreign.octets import content_lines, properties, text, values
from tests.makers import make_draft, make_webinar
from tests.registrations.pages import get, page
from webinars import ics, scheduling, times
from webinars.models import Series, Webinar

pytestmark = pytest.mark.django_db

ALL, SPANISH = "/feed/all.ics", "/feed/es.ics"
JULY = {"local_date": date(2027, 7, 30), "local_time": time(16)}
MOVED = {"date": date(2027, 8, 6), "time": time(17), "time_zone": "America/Los_Angeles"}


@pytest.fixture(autouse=True)
def _spring(clock: Clock, settings: Any) -> None:
    settings.ORGANISATION_NAME = "Lakeside Health"
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def uids(path: str = ALL) -> list[str]:
    return [uid.partition("@")[0] for uid in values(get(path).content, "UID")]


def cancelled(**fields: Any) -> Webinar:
    return scheduling.cancel(make_webinar(**fields), reason="", by=None)


# ---- What stands in a feed ----------------------------------------------------------------------


def test_a_feed_is_published_to_everybody_and_says_how_often_to_look() -> None:
    make_webinar(**JULY)

    octets = get(ALL).content

    assert content_lines(octets)[:10] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{ics.PRODID}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Lakeside Health: online sessions",
        "X-WR-CALNAME:Lakeside Health: online sessions",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
    ]


def test_an_entry_says_when_and_leads_to_the_page_and_rings_nobody() -> None:
    webinar = make_webinar(**JULY)

    lines = properties(get(ALL).content)
    entry = dict(lines[lines.index(("BEGIN", "VEVENT")) + 1 : lines.index(("END", "VEVENT"))])

    changed = webinar.changed_at.strftime("%Y%m%dT%H%M%SZ")
    address = f"http://testserver{page(webinar)}"
    description = entry.pop("DESCRIPTION")
    assert entry == {
        "UID": f"{webinar.uid}@webinars.example.org",
        "SEQUENCE": "0",
        "DTSTAMP": changed,
        "LAST-MODIFIED": changed,
        "DTSTART": "20270730T230000Z",
        "DTEND": "20270731T000000Z",
        "SUMMARY": "Online session",
        "TRANSP": "OPAQUE",
        "STATUS": "CONFIRMED",
        "LOCATION": address,
        "URL": address,
        'ORGANIZER;CN="Lakeside Health"': "mailto:webinars@example.org",
    }
    assert text(description) == (
        f"{address}\n\nFriday, July 30, 2027, 4:00 pm Pacific Time (PDT), "
        "7:00 pm Eastern Time (EDT)\n\nHelp: 1-800-555-0199"
    )


def test_what_is_coming_is_in_it_soonest_first_and_no_draft_and_nothing_that_is_over(
    clock: Clock,
) -> None:
    over = make_webinar(starts_in=timedelta(days=1))
    later = make_webinar(starts_in=timedelta(days=9))
    sooner = make_webinar(starts_in=timedelta(days=2))
    make_draft(starts_in=timedelta(days=3))
    clock.move_to(over.ends_at)

    assert uids() == [str(sooner.uid), str(later.uid)]


def test_a_moved_webinar_is_one_entry_with_the_same_uid_and_a_higher_sequence(
    clock: Clock,
) -> None:
    webinar = make_webinar(**JULY)
    clock.forward(days=1)
    webinar = scheduling.reschedule(webinar, **MOVED, reason="", by=None)

    octets = get(ALL).content

    assert uids() == [str(webinar.uid)]
    assert values(octets, "DTSTART") == ["20270807T000000Z"]
    assert values(octets, "SEQUENCE") == ["1"]
    assert values(octets, "DTSTAMP") == [webinar.changed_at.strftime("%Y%m%dT%H%M%SZ")]


def test_a_cancelled_webinar_stays_for_thirty_days_and_says_so_in_words_too(clock: Clock) -> None:
    webinar = cancelled(**JULY)
    clock.forward(days=30, minutes=-1)

    octets = get(ALL).content

    assert values(octets, "UID") == [f"{webinar.uid}@webinars.example.org"]
    assert values(octets, "STATUS") == ["CANCELLED"]
    assert values(octets, "SEQUENCE") == ["1"]
    assert values(octets, "TRANSP") == ["TRANSPARENT"]
    assert values(octets, "SUMMARY") == ["Cancelled: Online session"]
    assert text(*values(octets, "DESCRIPTION")).startswith("This session is cancelled.\n\nhttp://")

    clock.forward(minutes=2)

    assert uids() == []


def test_a_draft_that_was_never_published_and_a_cancelled_one_that_is_over_are_told_apart(
    clock: Clock,
) -> None:
    webinar = cancelled(starts_in=timedelta(days=2))
    clock.move_to(webinar.ends_at + timedelta(days=1))

    assert uids() == [str(webinar.uid)]  # whoever has the entry must still hear of it


def test_the_topic_of_a_sensitive_webinar_stands_nowhere_in_any_feed() -> None:
    series = Series.objects.create(title="Life after back surgery")
    make_webinar(series=series)
    cancelled(series=series)

    for path in (ALL, "/feed/en.ics", f"/feed/series/{series.code}.ics"):
        octets = get(path).content.replace(b"\r\n ", b"")
        assert octets.count(b"BEGIN:VEVENT") == 2
        assert not re.search(rb"(?i)surgery|pain|joint|surgeon", octets)


def test_a_webinar_that_is_not_sensitive_has_its_own_title() -> None:
    make_webinar(is_sensitive=False, title="How our clinic works")

    assert values(get(ALL).content, "SUMMARY") == ["How our clinic works"]


def test_no_entry_is_private_because_google_would_show_it_as_busy() -> None:
    make_webinar()

    assert values(get(ALL).content, "CLASS") == []


def test_nobody_is_named_and_nothing_leads_into_the_session() -> None:
    webinar = make_webinar()

    octets = get(ALL).content

    assert values(octets, "ATTENDEE") == []
    for secret in ("VALARM", webinar.join_url, webinar.dial_in):
        assert secret.encode() not in octets.replace(b"\r\n ", b"")


# ---- One language, one series -------------------------------------------------------------------


def test_a_language_has_a_feed_of_its_own_named_in_it() -> None:
    make_webinar()
    spanish = make_webinar(language="es", calendar_title="Charla en línea")

    octets = get(SPANISH).content

    assert uids(SPANISH) == [str(spanish.uid)]
    assert values(octets, "NAME") == ["Lakeside Health: sesiones en línea"]
    assert values(octets, "SUMMARY") == ["Charla en línea"]
    assert "Ayuda: 1-800-555-0199" in text(*values(octets, "DESCRIPTION"))


def test_each_entry_speaks_its_webinars_language_whatever_the_address_asks_for() -> None:
    make_webinar(language="es", starts_in=timedelta(days=2))
    make_webinar(starts_in=timedelta(days=3))

    octets = get(f"{ALL}?language=es").content

    assert octets == get(ALL).content
    assert values(octets, "SUMMARY") == ["Sesión en línea", "Online session"]


def test_a_series_has_a_feed_of_its_own() -> None:
    series = Series.objects.create(title="Meet the team")
    inside = make_webinar(series=series, is_sensitive=False)
    make_webinar()

    path = f"/feed/series/{series.code}.ics"

    assert uids(path) == [str(inside.uid)]
    assert values(get(path).content, "NAME") == ["Lakeside Health: Meet the team"]


def test_one_sensitive_webinar_makes_the_name_of_its_series_neutral() -> None:
    series = Series.objects.create(title="Vivir con dolor", language="es")
    make_webinar(series=series, is_sensitive=False)
    make_draft(series=series)

    name = values(get(f"/feed/series/{series.code}.ics").content, "X-WR-CALNAME")

    assert name == ["Lakeside Health: sesiones en línea"]


def test_no_name_can_add_a_line() -> None:
    series = Series.objects.create(title="One, two;\r\nMETHOD:CANCEL\u2028 \\ “three”")

    octets = get(f"/feed/series/{series.code}.ics").content

    assert values(octets, "METHOD") == ["PUBLISH"]
    assert text(*values(octets, "NAME")) == ("Lakeside Health: One, two; METHOD:CANCEL \\ “three”")


@pytest.mark.parametrize("path", ["/feed/fr.ics", "/feed/series/nothing0.ics", "/feed/.ics"])
def test_a_feed_that_there_is_not_is_not_found(path: str) -> None:
    assert get(path).status_code == 404


def test_nothing_planned_is_an_empty_calendar_that_parsers_take() -> None:
    octets = get(ALL).content

    assert content_lines(octets)[-1] == "END:VCALENDAR"
    assert Calendar.from_ical(octets).walk("VEVENT") == []
    assert "vevent" not in vobject.readOne(octets.decode()).contents


# ---- Kept by anybody ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ALL, SPANISH, "series"])
def test_a_feed_can_be_kept_by_anybody_is_found_by_nobody_and_sets_no_cookie(path: str) -> None:
    if path == "series":
        path = f"/feed/series/{Series.objects.create(title='One').code}.ics"

    response = get(path)

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'inline; filename="sessions.ics"'
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["ETag"]
    assert "Last-Modified" not in response
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_whoever_has_it_already_is_told_so_by_one_query(
    encoding: str, django_assert_num_queries: Any
) -> None:
    make_webinar()
    tag = get(ALL, **{"Accept-Encoding": encoding})["ETag"]

    with django_assert_num_queries(1):
        response = get(ALL, **{"Accept-Encoding": encoding, "If-None-Match": tag})

    assert response.status_code == 304
    assert response.content == b""
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["X-Robots-Tag"] == "noindex"


def test_the_octets_are_the_same_for_the_same_tag(clock: Clock) -> None:
    make_webinar()
    first = get(ALL)
    clock.forward(hours=5)

    assert (get(ALL).content, get(ALL)["ETag"]) == (first.content, first["ETag"])


@pytest.mark.parametrize("what", ["moved", "cancelled", "new", "over", "forgotten", "renamed"])
def test_every_change_of_the_feed_changes_its_tag(what: str, clock: Clock, settings: Any) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    off = cancelled()
    tag, uid = get(ALL)["ETag"], str(off.uid)
    assert uid in uids()

    if what == "moved":
        scheduling.reschedule(webinar, **MOVED, reason="", by=None)
    elif what == "cancelled":
        scheduling.cancel(webinar, reason="", by=None)
    elif what == "new":
        make_webinar()
    elif what == "over":
        clock.move_to(webinar.ends_at)
    elif what == "forgotten":
        Webinar.objects.filter(pk=off.pk).update(cancelled_at=times.now() - timedelta(days=31))
    else:
        settings.ORGANISATION_NAME = "Harbor Health"

    assert get(ALL, **{"If-None-Match": tag}).status_code == 200


def test_a_change_that_is_committed_late_still_changes_the_tag(clock: Clock) -> None:
    """The newest change and their number would stay the same."""
    slow, quick = make_webinar(), make_webinar()
    begun = times.now()
    clock.forward(minutes=1)
    Webinar.objects.filter(pk=quick.pk).update(changed_at=times.now())
    tag = get(ALL)["ETag"]

    Webinar.objects.filter(pk=slow.pk).update(changed_at=begun, help_line="1-800-555-0100")

    assert get(ALL, **{"If-None-Match": tag}).status_code == 200


def test_a_feed_takes_the_same_queries_for_one_and_for_three(
    django_assert_num_queries: Any,
) -> None:
    series = Series.objects.create(title="One")
    counts = {ALL: 2, "/feed/en.ics": 2, f"/feed/series/{series.code}.ics": 4}
    for _number in range(3):
        make_webinar(series=series)
        for path, queries in counts.items():
            with django_assert_num_queries(queries):
                get(path)


def test_a_thousand_webinars_are_one_feed_of_moderate_size() -> None:
    first = make_webinar(starts_in=timedelta(days=1))
    fields = {
        field.name: getattr(first, field.name)
        for field in Webinar._meta.fields
        if field.name not in {"id", "code", "uid"}
    }
    rows = [Webinar(**fields) for _number in range(999)]
    for number, row in enumerate(rows):
        row.starts_at += timedelta(minutes=15 * number)
        row.ends_at += timedelta(minutes=15 * number)
        row.language = ["en", "es"][number % 2]
    Webinar.objects.bulk_create(rows)

    assert get(ALL).content.count(b"BEGIN:VEVENT") == 1000
    assert len(Client().get(ALL, headers={"Accept-Encoding": "gzip"}).content) < 120_000
