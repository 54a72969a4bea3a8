"""One hour everywhere: the email, its invite, every page, the calendars and the feed agree.

Really composed and really rendered, for any wall clock, zones and language; read back by a reader
that shares nothing with the code that wrote them.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import vobject
from django.db import transaction
from hypothesis import assume, example, given
from hypothesis import strategies as st

from notifications import emails, hearing
from notifications.models import Purpose
from registrations.models import Registration
from tests.clock import Clock
from tests.examples import examples
from tests.foreign.octets import text as unescaped
from tests.foreign.octets import values
from tests.makers import make_delivery, make_registration, make_webinar
from tests.registrations.pages import get, joining, page, private, register
from tests.webinars.reading import read
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

TODAY = datetime(2026, 7, 1, 17, tzinfo=UTC)
ZONES = [zone for _group, choices in times.zone_choices("en") for zone, _label in choices]
LENGTH = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _first_of_july(clock: Clock) -> None:
    clock.move_to(TODAY)


@dataclass(frozen=True)
class Case:
    """What an organizer typed, where it is announced, and where and how somebody reads it."""

    day: date
    clock: time
    zone: str
    announced: tuple[str, ...]
    reader: str
    language: str

    @property
    def zones(self) -> list[str]:
        return [self.reader, *self.announced]


zones = st.sampled_from(ZONES)
cases = st.builds(
    Case,
    day=st.dates(date(2026, 7, 3), date(2036, 12, 30)),
    clock=st.builds(time, st.integers(0, 23), st.sampled_from([0, 0, 15, 30, 59])),
    zone=zones,
    announced=st.lists(zones, min_size=1, max_size=3, unique=True).map(tuple),
    reader=zones,
    language=st.sampled_from(["en", "es"]),
)
APART = ("America/Los_Angeles", "Asia/Tokyo", "Pacific/Auckland")
CLOCK = r"\d ?(?:[ap]m\b|[ap]\. m\.)|\b12 (?:noon|midnight|del mediodía|de la medianoche)"


@examples(10)
@given(case=cases)
@example(Case(date(2027, 7, 30), time(22), APART[0], APART, "America/New_York", "en"))
@example(Case(date(2027, 7, 30), time(22), APART[0], APART, "America/New_York", "es"))
@example(Case(date(2026, 12, 31), time(12), APART[0], APART, "Asia/Kolkata", "es"))
@example(Case(date(2027, 3, 14), time(0), "America/New_York", APART, "America/Phoenix", "en"))
def test_whatever_tells_the_time_tells_the_same_hour(case: Case) -> None:
    with registered(case) as registration:
        told = {
            **email_of(registration, case),
            **public_pages(registration, case),
            **private_pages(registration, case),
        }

        assert registration.webinar.starts_at == start_of(case)
        assert told == {name: [start_of(case)] * len(instants) for name, instants in told.items()}
        assert all(told.values())


@contextmanager
def registered(case: Case) -> Iterator[Registration]:
    """Somebody registered for such a webinar; undone afterwards."""
    with transaction.atomic():
        try:
            webinar = make_webinar(
                local_date=case.day,
                local_time=case.clock,
                time_zone=case.zone,
                duration=LENGTH,
                display_zones=list(case.announced),
                language=case.language,
            )
        except times.NoSuchTime:
            assume(False)
        registration = make_registration(
            webinar=webinar, time_zone=case.reader, language=case.language
        )
        yield Registration.objects.select_related("webinar").get(pk=registration.pk)
        transaction.set_rollback(True)


def test_no_clock_time_stands_on_a_page_without_its_mark_for_machines(clock: Clock) -> None:
    case = Case(date(2027, 7, 30), time(22), APART[0], APART, "America/New_York", "en")
    with registered(case) as registration:
        clock.forward(days=1)
        webinar = move(registration.webinar, by=timedelta(minutes=30))
        paths = ["/", page(webinar), private(registration), joining(registration)]
        answers = [get(f"{path}?language={code}") for path in paths for code in ("en", "es")]
        answers.append(register(webinar, email="grace@example.com"))

    for answer in answers:
        html = answer.content.decode()
        assert re.search(CLOCK, html.replace("\N{NO-BREAK SPACE}", " "))
        assert not re.search(
            CLOCK, words_of(re.sub(r"<time .*?</time>", "", html, flags=re.DOTALL))
        )


def move(webinar: Webinar, *, by: timedelta) -> Webinar:
    wanted = times.wall_clock(webinar.starts_at + by, webinar.time_zone)
    return scheduling.reschedule(
        webinar,
        date=wanted.date(),
        time=wanted.time(),
        time_zone=webinar.time_zone,
        reason="",
        by=None,
    )


# ---- What each of them says, as instants --------------------------------------------------------

Told = dict[str, list[datetime]]


def email_of(registration: Registration, case: Case) -> Told:
    """Of the confirmation: subject, preheader, both bodies, and the invite."""
    delivery = make_delivery(registration=registration, purpose=Purpose.CONFIRMATION)
    composed = emails.compose(delivery).content
    message = email.message_from_bytes(composed, policy=email.policy.default)
    parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    html, plain = parts["text/html"].get_content(), parts["text/plain"].get_content()
    here, *elsewhere = apart(case, case.zones)
    lines = plain.replace("\r\n", "\n").partition(f"\n{title(case)}\n")[2].split("\n")
    lines = [re.sub(r"\), .*", ")", lines[0]), *lines[1 : len(elsewhere) + 1]]
    ticket = [words_of(each) for each in re.findall(r"<p\b[^>]*>(.*?)</p>", html, re.DOTALL)]
    ticket = ticket[ticket.index(title(case)) + 1 :]
    return {
        "subject": read_in([here], message["Subject"].partition(f"{title(case)}, ")[2], case),
        "preheader": read_in(case.zones, inner(html, 'class="preheader"', "</div>"), case),
        "text": [at for said, zone in zip(lines, [here, *elsewhere], strict=True)
                 for at in read_in([zone], with_day(said, lines[0]), case)],
        "html": read_in([here], f"{ticket[0]}, {ticket[1]}", case),
        **file_of("invite", parts["text/calendar"].get_payload(decode=True), case.zones, case),
    }  # fmt: skip


def public_pages(registration: Registration, case: Case) -> Told:
    webinar, query = registration.webinar, f"?language={case.language}"
    home, public = get(f"/{query}"), get(f"{page(webinar)}{query}")
    answer = register(webinar, time_zone=case.reader, email="grace@example.com")
    guess = get(f"{page(webinar)}time/{query}&zone={case.reader}").json()
    announced = inner(home.content.decode(), '<p class="kicker"', "</p>")
    day = inner(public.content.decode(), "<h2", "</h2>")
    return {
        "home": read_announcement(announced, case),
        "home, for machines": machine_times(home),
        "announcement": read_announcement(webinar.announcement(), case),
        "page": ticket_of(public, case.announced, case),
        "page, for machines": machine_times(public),
        "guess": read_in([case.reader], with_day(words_of(guess["words"]), day), case),
        "guess, for machines": [datetime.fromisoformat(guess["iso"])],
        "answer": ticket_of(answer, case.zones, case),
        "answer, for machines": machine_times(answer),
        "page, links": links_of(public),
        **file_of("download", get(f"{page(webinar)}calendar.ics").content, case.announced, case),
        **file_of("feed", get("/feed/all.ics").content, case.announced, case),
    }


def private_pages(registration: Registration, case: Case) -> Told:
    own, join = get(private(registration)), get(joining(registration))
    opens = registration.webinar.opens_at
    ours = {
        message.at.replace(microsecond=0) for message in hearing.messages(registration)
    }  # our emails' own times
    return {
        "private page": ticket_of(own, case.zones, case),
        "private page, for machines": [at for at in machine_times(own) if at not in ours],
        "private page, line": line_of(own, case),
        "private page, links": links_of(own),
        "join page": ticket_of(join, case.zones, case),
        "join page, for machines": [at for at in machine_times(join) if at != opens],
        **file_of("file", get(private(registration, "calendar.ics")).content, case.zones, case),
    }


def file_of(name: str, octets: bytes, zones: Sequence[str], case: Case) -> Told:
    """Its start, its end less the length, and the words in its description."""
    event = vobject.readOne(octets.decode()).vevent
    said = unescaped(values(octets, "DESCRIPTION")[0]).split("\n")[2]
    ends = [event.dtstart.value, event.dtend.value - LENGTH]
    return {name: ends, f"{name}, description": read_in(zones, said, case)}


def links_of(response: Any) -> list[datetime]:
    """The start in the links to Google, Outlook.com and Office 365."""
    links = re.findall(r'href="(https://(?:calendar|outlook)\.[^"]+)"', response.content.decode())
    queries = [dict(parse_qsl(urlsplit(unescape(link)).query)) for link in links]
    starts = [query.get("startdt") or query["dates"].partition("/")[0] for query in queries]
    assert len(starts) == 3
    return [datetime.fromisoformat(start) for start in starts]


def machine_times(response: Any) -> list[datetime]:
    """What every `<time datetime>` says; each has its offset."""
    stamps = re.findall(r"<time([^>]*)>", response.content.decode())
    assert stamps
    assert all(re.fullmatch(r' datetime="[^"]+[+-]\d\d:\d\d"', stamp) for stamp in stamps)
    return [datetime.fromisoformat(stamp.split('"')[1]) for stamp in stamps]


def ticket_of(response: Any, zones: Sequence[str], case: Case) -> list[datetime]:
    """The loud times of a page, each under its day; every zone is said."""
    ticket = response.content.decode().partition('<section class="ticket')[2]
    ticket = ticket.partition("</section>")[0]
    said = [
        words_of(f"{day}, {clock}, {zone}")
        for day, faces in re.findall(r"<h2>(.*?)</h2>\s*<ul(.*?)</ul>", ticket, re.DOTALL)
        for clock, zone in re.findall(r"<b>(.*?)</b> <span>(.*?)</span>", faces)
    ]
    faces = times.faces(start_of(case), zones, case.language)
    days = list(dict.fromkeys(face.day for face in faces))
    shown = [face.zone for face in sorted(faces, key=lambda face: days.index(face.day))]
    return [
        at for words, zone in zip(said, shown, strict=True) for at in read_in([zone], words, case)
    ]


def line_of(response: Any, case: Case) -> list[datetime]:
    """The start in "Online session: Friday, July 31, 2026, 4:00 pm to 5:00 pm Pacific Time (PDT)".

    Its letters are those of the end, unless they differ.
    """
    line = inner(response.content.decode(), '<p class="small soft"', "</p>")
    span = small(line.partition(f"{title(case)}: ")[2])
    start, end = (
        times.faces(at, [case.reader], case.language)[0]
        for at in (start_of(case), start_of(case) + LENGTH)
    )
    assert span.startswith(start.day)
    clocks = f" {re.escape(start.time)} .*{re.escape(end.time)}[ ,]"
    assert re.search(clocks, span.removeprefix(start.day))
    return read_in([case.reader], f"{start.day}, {start.words}", case)


# ---- Reading ------------------------------------------------------------------------------------


def read_in(zones: Sequence[str], said: str, case: Case) -> list[datetime]:
    """Every instant in a long form that says these zones, and it says all of them."""
    distinct = apart(case, zones)
    found = read(small(said), case.language, distinct)
    assert len(found) == len(distinct)
    return found


def read_announcement(said: str, case: Case) -> list[datetime]:
    """Zones that it would say in the same words, it says once."""
    alone = {zone: times.announcement(start_of(case), [zone], case.language)
             for zone in case.announced}  # fmt: skip
    first = {words: zone for zone, words in reversed(alone.items())}
    distinct = [zone for zone in case.announced if zone in first.values()]
    found = read(said, case.language, distinct, TODAY.year)
    assert len(found) == len(distinct)
    return found


def start_of(case: Case) -> datetime:
    return times.instant(case.day, case.clock, case.zone)


def apart(case: Case, zones: Sequence[str]) -> list[str]:
    """The zones in the order in which they are said, those that read the same once."""
    return [face.zone for face in times.faces(start_of(case), zones, case.language)]


def with_day(said: str, day: str) -> str:
    """Where all zones share a day it is said once, before."""
    shared = re.match(r".*?\b\d{4}", day)
    assert shared, day
    return said if re.search(r"\b\d{4}, ", said) else f"{shared[0]}, {said}"


def title(case: Case) -> str:
    return "Online session" if case.language == "en" else "Sesión en línea"


def inner(html: str, start: str, end: str) -> str:
    """The words in the first element whose tag begins like this."""
    element = html.partition(start)[2].partition(end)[0]
    assert element, start
    return words_of(element.partition(">")[2])


def words_of(html: str) -> str:
    plain = unescape(re.sub(r"<[^>]+>", " ", html)).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(plain.split())


def small(said: str) -> str:
    """A Spanish weekday that begins a line is written large."""
    spanish = re.match(r"Lunes|Martes|Miércoles|Jueves|Viernes|Sábado|Domingo", said)
    return said[0].lower() + said[1:] if spanish else said
