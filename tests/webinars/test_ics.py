"""What our calendar files and links say, by golden octets and RFC 5545's rules.

What foreign parsers make of them is in `tests/foreign`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.foreign.octets import content_lines, properties, text, values
from tests.foreign.samples import JOIN, PAGE, STAMP, a_webinar, an_attendee, every_file
from webinars import ics, times
from webinars.models import Webinar

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.UID_HOST = "webinars.example.org"
    settings.ORGANISATION_NAME = "Lakeside Health"


@pytest.mark.parametrize("kind", ["invite", "cancellation", "personal", "public"])
def test_each_file_is_the_golden_one_octet_by_octet(kind: str) -> None:
    octets = every_file(a_webinar(sequence=2), an_attendee(sequence=1))[kind]

    assert octets == (GOLDEN / f"{kind}.ics").read_bytes()


@given(words=st.text(max_size=400), name=st.text(max_size=90))
def test_any_text_keeps_to_the_rules_for_lines_and_can_be_read_back(words: str, name: str) -> None:
    webinar = a_webinar(calendar_title=words, dial_in=words, help_line=words)

    for octets in every_file(webinar, an_attendee(name=name)).values():
        said = [text(raw) for raw in values(octets, "SUMMARY") + values(octets, "DESCRIPTION")]
        assert said[0] == ics.UNSAFE.sub(" ", words).strip()


@pytest.mark.parametrize("words", ["," * 300, "x" + "," * 300, "\\" * 300, "x" + "\\" * 300])
def test_a_fold_never_parts_a_backslash_from_what_it_escapes(words: str) -> None:
    octets = ics.invite(a_webinar(help_line=words), an_attendee(), stamp=STAMP)

    for line in octets.split(b"\r\n"):
        assert (len(line) - len(line.rstrip(b"\\"))) % 2 == 0, line


def test_a_moved_webinar_keeps_the_uid_and_raises_the_sequence() -> None:
    attendee = an_attendee(sequence=1)
    moved = a_webinar(local_date=date(2026, 8, 7), sequence=1)

    first = ics.invite(a_webinar(), attendee, stamp=STAMP)
    update = ics.invite(moved, attendee, stamp=STAMP)

    assert values(first, "UID") == values(update, "UID")
    assert [values(octets, "SEQUENCE") for octets in (first, update)] == [["1"], ["2"]]
    assert values(update, "METHOD") == ["REQUEST"]
    assert values(update, "DTSTART") == ["20260807T230000Z"]


def test_a_cancellation_matches_its_invite_and_leads_nowhere() -> None:
    called_off = a_webinar(sequence=1, state=Webinar.State.CANCELLED)
    invited = ics.invite(a_webinar(), an_attendee(), stamp=STAMP)

    octets = ics.cancellation(called_off, an_attendee(), stamp=STAMP)

    heads = ("METHOD", "STATUS", "SEQUENCE")
    assert [values(octets, head) for head in heads] == [["CANCEL"], ["CANCELLED"], ["1"]]
    for head in ("UID", "ORGANIZER", "ATTENDEE"):
        assert values(octets, head) == values(invited, head)
    (description,) = values(octets, "DESCRIPTION")
    assert text(description).startswith("This session is cancelled.\n\nFriday, July 31, 2026")
    assert b"VALARM" not in octets
    assert JOIN not in "".join(content_lines(octets))


def test_whoever_cancelled_their_place_reads_so() -> None:
    octets = ics.cancellation(a_webinar(), an_attendee(sequence=1), stamp=STAMP)

    (description,) = values(octets, "DESCRIPTION")
    assert text(description).startswith("Your place in this session is cancelled.\n")


@pytest.mark.parametrize("kind", ["personal", "public"])
def test_a_download_names_nobody_and_is_the_same_each_time(kind: str) -> None:
    octets = every_file(a_webinar(), an_attendee())[kind]

    heads = {head.split(";")[0] for head, _ in properties(octets)}
    assert heads.isdisjoint({"METHOD", "ORGANIZER", "ATTENDEE"})
    assert values(octets, "DTSTAMP") == values(octets, "LAST-MODIFIED") == ["20260701T170005Z"]
    assert octets == every_file(a_webinar(), an_attendee())[kind]


def test_the_public_file_holds_the_page_and_nothing_that_only_the_registered_get() -> None:
    octets = ics.public_file(a_webinar(), page_url=PAGE)

    assert values(octets, "UID") == ["0b8f3a52-51c9-4d1a-9f6e-2d7c1a4b8e90@webinars.example.org"]
    assert values(octets, "URL") == values(octets, "LOCATION") == [PAGE]
    assert text(values(octets, "DESCRIPTION")[0]).split("\n")[0] == PAGE
    assert "7731" not in "".join(content_lines(octets))


def test_the_join_link_is_first_and_everywhere_that_calendars_look() -> None:
    octets = ics.invite(a_webinar(), an_attendee(), stamp=STAMP)

    assert text(values(octets, "DESCRIPTION")[0]).split("\n")[0] == JOIN
    assert values(octets, "LOCATION") == values(octets, "URL") == [JOIN]
    assert ("CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Join the session", JOIN) in properties(octets)


def test_whoever_helped_loses_no_place_of_their_own() -> None:
    octets = ics.cancellation(a_webinar(), an_attendee(is_carer=True), stamp=STAMP)

    (description,) = values(octets, "DESCRIPTION")
    assert text(description).startswith("You do not help with this session any more.\n")


def test_the_topic_of_a_sensitive_webinar_stands_in_no_file_and_no_link() -> None:
    webinar, attendee = a_webinar(is_sensitive=True), an_attendee()
    texts = [octets.decode() for octets in every_file(webinar, attendee).values()]
    texts += [ics.google_url(webinar, attendee), ics.outlook_url(webinar, attendee)]
    texts.append(ics.calendar_line(webinar, attendee, "en"))

    assert not [said for said in texts if "sacroiliac" in said.lower()]


def test_whoever_chose_the_full_title_has_it_in_their_files_and_links_and_nobody_else() -> None:
    webinar, attendee = a_webinar(is_sensitive=True), an_attendee(shows_title=True)
    files = every_file(webinar, attendee)
    public = files.pop("public")
    titles = [text(values(octets, "SUMMARY")[0]) for octets in files.values()]

    assert titles == [webinar.title] * 3
    assert b"acroiliac" not in public
    assert query(ics.google_url(webinar, attendee))["text"] == webinar.title
    assert query(ics.outlook_url(webinar, attendee))["subject"] == webinar.title
    assert ics.calendar_line(webinar, attendee, "en").startswith(f"{webinar.title}: ")
    assert all(b"CLASS:PRIVATE" in octets for octets in files.values())


def test_a_webinar_that_is_not_sensitive_shows_its_title_and_is_not_private() -> None:
    octets = ics.invite(a_webinar(is_sensitive=False), an_attendee(), stamp=STAMP)

    assert text(values(octets, "SUMMARY")[0]) == "Sacroiliac joint pain: what helps"
    assert values(octets, "CLASS") == []


def test_the_words_are_in_the_attendees_language_and_zone() -> None:
    attendee = an_attendee(language="es", time_zone="America/Chicago")

    octets = ics.invite(a_webinar(), attendee, stamp=STAMP)

    zones = ["America/Chicago", "America/Los_Angeles", "America/New_York"]
    said = text(values(octets, "DESCRIPTION")[0]).split("\n")[2]
    words = times.long_form(datetime(2026, 7, 31, 23, tzinfo=UTC), zones, "es")
    assert said == words.replace("viernes", "Viernes", 1)
    assert said.startswith("Viernes, 31 de julio de 2026, 6:00 p. m.")


@pytest.mark.parametrize(
    ("email", "uri"),
    [
        ("o'brien+pain@example.com", "mailto:o'brien+pain@example.com"),
        ("a&b=c?d@example.com", "mailto:a%26b%3Dc%3Fd@example.com"),
        ("ana@Ejemplo.example", "mailto:ana@Ejemplo.example"),
        ("ana@mañana.example", "mailto:ana@xn--maana-pta.example"),
        ("añá@example.com", "mailto:a%C3%B1%C3%A1@example.com"),
    ],
)
def test_an_odd_address_is_a_valid_uri(email: str, uri: str) -> None:
    octets = ics.invite(a_webinar(), an_attendee(email=email), stamp=STAMP)

    assert values(octets, "ATTENDEE") == [uri]


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True))


def test_the_google_link_carries_the_whole_entry() -> None:
    url = ics.google_url(a_webinar(), an_attendee())

    assert url.startswith(
        "https://calendar.google.com/calendar/render?action=TEMPLATE&text=Online%20session"
        "&dates=20260731T230000Z/20260801T000000Z&"
    )
    assert query(url) == {
        "action": "TEMPLATE",
        "text": "Online session",
        "dates": "20260731T230000Z/20260801T000000Z",
        "details": f"{JOIN}\n\nFriday, July 31, 2026, 5:00 pm Mountain Time (MDT), "
        "4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)\n\n"
        "By phone: +1 555 010 0142, code 7731#\nHelp: +1 555 010 0100",
        "location": JOIN,
        "ctz": "America/Denver",
    }


@pytest.mark.parametrize("host", ["outlook.live.com", "outlook.office.com"])
def test_the_outlook_link_carries_the_whole_entry_as_html(host: ics.OutlookHost) -> None:
    url = ics.outlook_url(a_webinar(help_line="Ann & Bo <help>"), an_attendee(), host)

    assert url.startswith(
        f"https://{host}/calendar/0/deeplink/compose?path=/calendar/action/compose&rru=addevent"
        "&startdt=2026-07-31T23:00:00Z&enddt=2026-08-01T00:00:00Z&subject=Online%20session&"
    )
    assert query(url) == {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "startdt": "2026-07-31T23:00:00Z",
        "enddt": "2026-08-01T00:00:00Z",
        "subject": "Online session",
        "body": f"{JOIN}<br><br>Friday, July 31, 2026, 5:00 pm Mountain Time (MDT), "
        "4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)<br><br>"
        "By phone: +1 555 010 0142, code 7731#<br>Help: Ann &amp; Bo &lt;help&gt;",
        "location": JOIN,
    }


@pytest.mark.parametrize("link", [ics.google_url, ics.outlook_url])
def test_a_link_stays_under_2000_characters_and_keeps_what_matters(
    link: Callable[[Webinar, ics.Attendee], str],
) -> None:
    webinar = a_webinar(calendar_title="🧘" * 40, dial_in="☎" * 200, help_line="ñ" * 200)

    url = link(webinar, an_attendee())

    assert len(url) < 2000
    assert "🧘" * 40 in query(url).values()
    assert [value for value in query(url).values() if value.startswith(f"{JOIN}")]


def test_the_line_to_compare_with_says_title_day_and_hours_in_the_readers_zone() -> None:
    webinar = a_webinar(duration=timedelta(minutes=90))

    attendee = an_attendee(time_zone="America/New_York")

    assert ics.calendar_line(webinar, attendee, "en") == (
        "Online session: Friday, July 31, 2026, 7:00 pm to 8:30 pm Eastern Time (EDT)"
    )
