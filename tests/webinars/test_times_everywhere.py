"""What holds for every zone, date, language and server: words read back, and every clock change."""

import os
import re
import subprocess
import sys
import time as clock
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
import pytz
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.examples import examples
from tests.webinars.reading import read
from webinars import times

zoneinfo.reset_tzpath(to=[])

ROOT = Path(__file__).resolve().parents[2]
ZONES = sorted(
    line.split("\t")[2]
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines()
    if not line.startswith("#")
)
SERVER_ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Niue"]

# ---- Words, read back --------------------------------------------------------------------------

minutes = st.integers(
    int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) // 60,
    int(datetime(2036, 12, 31, tzinfo=UTC).timestamp()) // 60,
)
instants = st.one_of(minutes, minutes.map(lambda minute: minute // 60 * 60)).map(
    lambda minute: datetime.fromtimestamp(minute * 60, UTC)
)
zone_names = st.sampled_from(ZONES)
languages = st.sampled_from(["en", "es"])
servers = st.sampled_from(SERVER_ZONES)
thoroughly = examples(200)


@pytest.fixture
def server() -> Iterator[pytest.MonkeyPatch]:
    """The server's own zone, to be set by TZ; put back afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch
    clock.tzset()


def move_server(server: pytest.MonkeyPatch, zone: str) -> None:
    server.setenv("TZ", zone)
    clock.tzset()


def said_apart(instant: datetime, zones: list[str], language: str) -> list[str]:
    """The zones of which `times` says each, in order: those that read the same are said once."""
    return [face.zone for face in times.faces(instant, zones, language)]


@thoroughly
@given(instant=instants, one=zone_names, other=zone_names, language=languages, server_zone=servers)
def test_a_long_form_reads_back_as_the_same_instant_in_every_zone(
    server: pytest.MonkeyPatch,
    instant: datetime, one: str, other: str, language: str, server_zone: str,
) -> None:  # fmt: skip
    move_server(server, server_zone)

    said = times.long_form(instant, [one, other], language)

    zones = said_apart(instant, [one, other], language)
    assert read(said, language, zones) == [instant] * len(zones)


@thoroughly
@given(
    instant=instants, one=zone_names, other=zone_names, language=languages, server_zone=servers,
    years=st.integers(-1, 1),
)  # fmt: skip
def test_an_announcement_reads_back_as_the_same_instant_in_every_zone(
    server: pytest.MonkeyPatch,
    instant: datetime, one: str, other: str, language: str, server_zone: str, years: int,
) -> None:  # fmt: skip
    move_server(server, server_zone)
    year = instant.year + years

    said = times.announcement(instant, [one, other], language, today=date(year, 7, 1))

    zones = [one, other] if " / " in said else [one]
    assert read(said, language, zones, year) == [instant] * len(zones)


@thoroughly
@given(instant=instants, zone=zone_names, language=languages, server_zone=servers)
def test_a_face_is_the_instant_and_agrees_with_itself(
    server: pytest.MonkeyPatch, instant: datetime, zone: str, language: str, server_zone: str
) -> None:
    move_server(server, server_zone)

    (face,) = times.faces(instant, [zone], language)

    assert datetime.fromisoformat(face.iso) == instant
    assert face.iso[10:19] == f"T{times.wall_clock(instant, zone):%H:%M:%S}"
    assert face.day == times.day(instant, zone, language)
    assert read(f"{face.day}, {face.words}", language, [zone]) == [instant]
    assert face.time in face.words
    assert face.zone_words == times.zone_words(zone, instant, language)


@thoroughly
@given(
    instant=instants, length=st.integers(1, 48 * 4), zone=zone_names, language=languages
)  # fmt: skip
def test_a_span_begins_and_ends_with_the_words_of_its_ends(
    instant: datetime, length: int, zone: str, language: str
) -> None:
    end = instant + timedelta(minutes=15 * length)

    said = times.span(instant, end, [zone], language)

    (first,), (last,) = (times.faces(at, [zone], language) for at in (instant, end))
    assert said.startswith(first.day)
    assert first.time in said
    assert said.endswith(last.words)
    assert (last.day in said.removeprefix(first.day)) == (last.day != first.day)
    assert (f"({first.abbreviation})" in said) is True


@thoroughly
@given(instant=instants, zone=zone_names)
def test_a_wall_clock_leads_back_to_its_instant(instant: datetime, zone: str) -> None:
    shown = times.wall_clock(instant, zone)
    around = {offset_at(instant + timedelta(hours=h), zoneinfo.ZoneInfo(zone)) for h in (-2, 2)}
    assume(len(around) == 1)  # the nights on which clocks change have a test of their own below

    assert times.instant(shown.date(), shown.time(), zone) == instant
    assert times.next_instant(shown.date(), shown.time(), zone) == instant


@pytest.mark.parametrize("server_zone", SERVER_ZONES)
def test_a_server_started_in_any_zone_says_the_same(server_zone: str) -> None:
    program = (
        "import zoneinfo; zoneinfo.reset_tzpath(to=[])\n"
        "from datetime import date, time\n"
        "from webinars import times\n"
        "at = times.instant(date(2026, 7, 31), time(16), 'America/Los_Angeles')\n"
        "print(at, times.wall_clock(at, 'Asia/Tokyo'))\n"
        "print(times.announcement(at, ['America/Los_Angeles', 'America/New_York'],"
        " today=date(2026, 1, 1)))\n"
        "print(times.long_form(at, ['Europe/Madrid'], 'es'))\n"
    )

    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": server_zone, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.splitlines() == [
        "2026-07-31 23:00:00+00:00 2026-08-01 08:00:00",
        "July 31 at 4pm PDT / 7pm EDT",
        "sábado, 1 de agosto de 2026, 1:00 a. m., hora de Europa central (CEST)",
    ]


# ---- Every change of every clock, 2026 to 2036 -------------------------------------------------


def offset_at(instant: datetime, zone: zoneinfo.ZoneInfo) -> timedelta:
    span = instant.astimezone(zone).utcoffset()
    assert span is not None
    return span


def changes(zone: zoneinfo.ZoneInfo) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """Each instant from 2026 to 2036 at which the offset changes, with the offsets around it."""
    before = datetime(2026, 1, 1, tzinfo=UTC)
    while before.year < 2037:
        after = before + timedelta(days=2)
        early, late = offset_at(before, zone), offset_at(after, zone)
        if early != late:
            low, high = before, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset_at(middle, zone) == early else (low, middle)
            yield high, early, late
        before = after


def naive(instant: datetime, offset: timedelta) -> datetime:
    return (instant + offset).replace(tzinfo=None)


def check_change(name: str, change: datetime, early: timedelta, late: timedelta) -> None:
    kind = "skip" if late > early else "repeat"
    first = naive(change, min(early, late))
    last = naive(change, max(early, late)) - timedelta(minutes=1)
    for wall_clock in (first, first + (last - first) // 2, last):
        with pytest.raises(times.NoSuchTime) as refused:
            times.instant(wall_clock.date(), wall_clock.time(), name)
        before, after = refused.value.neighbours
        assert (refused.value.kind, before < first <= last < after) == (kind, True)
        for neighbour in (before, after):
            valid = times.instant(neighbour.date(), neighbour.time(), name)
            assert times.wall_clock(valid, name) == neighbour
        expected = change if kind == "skip" else (wall_clock - early).replace(tzinfo=UTC)
        assert times.next_instant(wall_clock.date(), wall_clock.time(), name) == expected
    for valid in (first - timedelta(minutes=1), last + timedelta(minutes=1)):
        found = times.instant(valid.date(), valid.time(), name)
        assert times.wall_clock(found, name) == valid


def test_every_skipped_and_doubled_time_of_every_zone_is_refused_with_valid_neighbours() -> None:
    checked = 0
    for name in ZONES:
        for change, early, late in changes(zoneinfo.ZoneInfo(name)):
            check_change(name, change, early, late)
            checked += 1
    assert checked > 2500


def test_pytz_and_zoneinfo_agree_in_every_zone_from_2000_to_2037() -> None:
    probes = [datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=21 * n) for n in range(660)]
    assert probes[-1].year == 2037

    for name in ZONES:
        ours, theirs = zoneinfo.ZoneInfo(name), pytz.timezone(name)
        for at in probes:
            one, other = at.astimezone(ours), at.astimezone(theirs)
            assert (one.utcoffset(), one.tzname()) == (other.utcoffset(), other.tzname()), name


# ---- Nobody else tells the time ----------------------------------------------------------------

TELLING = re.compile(
    r"strftime|\bpytz\b|\bbabel\b|datetime\.now\(|utcnow\(|timezone\.now|localtime\(|date\.today\("
    r"|date_format\(|time_format\(|naturaltime"
)
FILTERS = re.compile(r"\|\s*(date|time|timesince|timeuntil|naturaltime|localtime|timezone)\b")


def test_no_other_module_formats_a_time_or_asks_the_clock() -> None:
    sources = [
        path
        for app in ("webinars", "registrations", "notifications")
        for path in (ROOT / app).rglob("*.py")
        if "webinars/times/" not in path.as_posix() and "/migrations/" not in path.as_posix()
    ]

    assert [path for path in sources if TELLING.search(path.read_text())] == []


def test_no_template_formats_a_time() -> None:
    templates = [
        path
        for app in ("webinars", "registrations", "notifications")
        for path in (ROOT / app).rglob("templates/**/*")
        if path.is_file()
    ]

    assert [path for path in templates if FILTERS.search(path.read_text())] == []
