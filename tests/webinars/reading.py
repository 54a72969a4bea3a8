"""A reader of our words for times, in both languages: what they say as instants.

It shares nothing with the code that it checks but zoneinfo.
"""

import re
import zoneinfo
from datetime import date, datetime, time, timedelta, timezone

MONTHS = {
    **{name: n for n, name in enumerate(
        ["January", "February", "March", "April", "May", "June", "July", "August", "September",
         "October", "November", "December"], 1)},
    **{name: n for n, name in enumerate(
        ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
         "octubre", "noviembre", "diciembre"], 1)},
}  # fmt: skip
WEEKDAYS = {
    "Monday": 0, "Tuesday": 1, "Wednesday": 2, "Thursday": 3, "Friday": 4, "Saturday": 5,
    "Sunday": 6, "lunes": 0, "martes": 1, "miércoles": 2, "jueves": 3, "viernes": 4, "sábado": 5,
    "domingo": 6,
}  # fmt: skip
AMERICAN = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AKST": -9, "AKDT": -8, "HST": -10, "HDT": -9, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5,
    "SST": -11, "ChST": 10,
}  # fmt: skip
DATES = {
    "en": re.compile(r"(?:(?P<weekday>[A-Z][a-z]+), )?(?P<month>[A-Z][a-z]+) (?P<day>\d+)"
                     r"(?:, (?P<year>\d{4}))?(?: at |, )"),
    "es": re.compile(r"(?:(?P<weekday>[a-zéá]+), )?(?P<day>\d+) de (?P<month>[a-z]+)"
                     r"(?: de (?P<year>\d{4}))?(?: a (?P<article>las?) |, )"),
}  # fmt: skip
CLOCKS = re.compile(
    r"(?P<hour>\d+)(?::(?P<minute>\d\d))?(?: (?P<word>noon|midnight|del mediodía|de la medianoche)"
    r"| ?(?P<half>am|pm|a\. m\.|p\. m\.)),? (?P<zone>[^;/]+?)(?:$|; | / |, (?=\d))"
)


def read_clock(found: re.Match[str]) -> time:
    if found["word"]:
        assert (found["hour"], found["minute"]) == ("12", None)
        return time(12 if found["word"] in {"noon", "del mediodía"} else 0)
    hour = int(found["hour"])
    assert 1 <= hour <= 12
    return time(hour % 12 + (12 if found["half"][0] == "p" else 0), int(found["minute"] or 0))


def read_date(found: re.Match[str], year: int, wall_clock: time) -> date:
    on = date(int(found["year"] or year), MONTHS[found["month"]], int(found["day"]))
    if found["weekday"]:
        assert WEEKDAYS[found["weekday"]] == on.weekday()
    article = found.groupdict().get("article")
    assert article is None or article == ("la" if wall_clock.hour % 12 == 1 else "las")
    return on


def read_offset(said: str, wall_clock: datetime, zone: str) -> timedelta:
    """By the letters or the offset alone; letters in brackets mean what they mean in the zone."""
    if said in AMERICAN:
        return timedelta(hours=AMERICAN[said])
    inner = re.fullmatch(r".*\w \((.+)\)", said)
    assert inner, said
    offset = re.fullmatch(r"UTC([+-])(\d+)(?::(\d\d))?", inner[1])
    if offset:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return -span if offset[1] == "-" else span
    readings = (wall_clock.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=n) for n in (0, 1))
    (span,) = {at.utcoffset() for at in readings if at.tzname() == inner[1]}
    assert span is not None
    return span


def read(said: str, language: str, zones: list[str], year: int = 0) -> list[datetime]:
    """Every instant in the words, of which the nth is in the nth zone."""
    instants, on, rest = [], None, said
    while rest:
        dated = DATES[language].match(rest)
        timed = CLOCKS.match(rest, dated.end() if dated else 0)
        assert timed, (said, rest)
        on = read_date(dated, year, read_clock(timed)) if dated else on
        assert on is not None
        wall_clock = datetime.combine(on, read_clock(timed))
        offset = read_offset(timed["zone"], wall_clock, zones[len(instants)])
        instants.append(wall_clock.replace(tzinfo=timezone(offset)))
        rest = rest[timed.end() :]
    return instants
