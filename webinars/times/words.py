"""An instant in words: the announcement, the long form, ranges, days, and the parts of each.

Zones are said for the date of the event, never for today. Zones that say the same are said once.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import webinars.times as times
from webinars.times.languages import Language, speak
from webinars.times.names import letters, letters_alone, zone_words
from webinars.times.zones import canonical, local

NO_BREAK = "\N{NO-BREAK SPACE}"
# What must not be parted: "4:00 pm" and "4:00 p. m.".
HALF_OF_DAY = re.compile(r"(?<=\d) (?:[ap]m\b|[ap]\. m\.)")


@dataclass(frozen=True, slots=True)
class Face:
    """One instant as one zone's clocks show it.

    `iso` has the offset and fits `<time datetime>`; `day` is "Friday, July 31, 2026", `time`
    "4:00 pm", `zone_words` "Pacific Time", `abbreviation` "PDT" or "UTC-3", and `words` the time
    with its zone, "4:00 pm Pacific Time (PDT)". `zone` is the canonical name.
    """

    zone: str
    iso: str
    day: str
    time: str
    zone_words: str
    abbreviation: str
    words: str


def announcement(
    instant: datetime, zones: Sequence[str], language: str = "en", *, today: date | None = None
) -> str:
    """For one line: "July 31 at 4pm PDT / 7pm EDT".

    Every zone has its date where the zones disagree; the year is said when it is not that of
    `today`, a date in the first zone (default: now). Letters stand alone in the US and Canada
    only; elsewhere the zone is said in words: "1am Central European Time (CEST)".
    """
    speech = speak(language)
    year = (today or local(times.now(), zones[0])).year
    readings: dict[tuple[date, str], datetime] = {}
    for zone in zones:
        at = local(instant, zone)
        readings.setdefault((at.date(), _brief(at, zone, speech)), at)
    disagree = len({on for on, _ in readings}) > 1
    said = [clock for _, clock in readings]
    for number, ((on, clock), at) in enumerate(readings.items()):
        if disagree or number == 0:
            day = speech.short_date(on) if on.year == year else speech.long_date(on)
            said[number] = speech.date_at_clock(day, clock, at)
    return " / ".join(said)


def long_form(instant: datetime, zones: Sequence[str], language: str = "en") -> str:
    """In full: "Friday, July 31, 2026, 4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)".

    Where the zones disagree on the date each has its own, parted by semicolons.
    """
    return _by_day((face.day, face.words) for face in faces(instant, zones, language))


def span(start: datetime, end: datetime, zones: Sequence[str], language: str = "en") -> str:
    """From start to end: "Friday, July 31, 2026, 4:00 pm to 5:00 pm Pacific Time (PDT), 7:00 ...".

    An end on another date has its date, and both ends their letters where these differ.
    """
    speech = speak(language)
    return _by_day((day(start, zone, language), _range(start, end, zone, speech)) for zone in zones)


def faces(instant: datetime, zones: Sequence[str], language: str = "en") -> list[Face]:
    """The instant in each zone, in the zones' order; zones that would read the same, once."""
    speech = speak(language)
    by_reading: dict[tuple[str, str], Face] = {}
    for zone in zones:
        face = _face(instant, canonical(zone), speech)
        by_reading.setdefault((face.iso, face.words), face)
    return list(by_reading.values())


def own_time(
    instant: datetime, zone: str, zones: Sequence[str], language: str = "en"
) -> tuple[str, Face]:
    """The instant in a reader's own zone; with its day where any of the announced zones disagrees.

    Raises UnknownZone.
    """
    face, *others = faces(instant, [zone, *zones], language)
    is_one_day = all(other.day == face.day for other in others)
    return face.words if is_one_day else long_form(instant, [zone], language), face


def day(instant: datetime, zone: str, language: str = "en") -> str:
    """The day in the zone: "Friday, July 31, 2026"."""
    return speak(language).full_date(local(instant, zone))


def short_day(instant: datetime, zone: str, language: str = "en") -> str:
    """The day in the zone without its year: "July 31"."""
    return speak(language).short_date(local(instant, zone))


def unbroken(words: str) -> str:
    """The words with no-break spaces within each clock time, for HTML: "4 p. m." stays together.

    All other words for times have plain spaces, as plain text and calendars want them.
    """
    return HALF_OF_DAY.sub(lambda found: found[0].replace(" ", NO_BREAK), words)


def _face(instant: datetime, zone: str, speech: Language) -> Face:
    at = local(instant, zone)
    clock, words, abbreviation = speech.clock(at), zone_words(zone, at, speech.code), letters(at)
    return Face(
        zone=zone,
        iso=at.isoformat(timespec="seconds"),
        day=speech.full_date(at),
        time=clock,
        zone_words=words,
        abbreviation=abbreviation,
        words=speech.clock_in_zone(clock, words, abbreviation),
    )


def _brief(at: datetime, zone: str, speech: Language) -> str:
    """The time as in "4pm PDT", with words where letters alone would not do."""
    clock, alone = speech.brief_clock(at), letters_alone(at)
    if alone:
        return f"{clock} {alone}"
    return speech.clock_in_zone(clock, zone_words(zone, at, speech.code), letters(at))


def _range(start: datetime, end: datetime, zone: str, speech: Language) -> str:
    first, last = local(start, zone), local(end, zone)
    first_letters = letters(first) if letters(first) != letters(last) else ""
    last_day = speech.full_date(last) if first.date() != last.date() else ""
    clocks = speech.clock_range(first, last, first_letters, last_day)
    return speech.clock_in_zone(clocks, zone_words(zone, last, speech.code), letters(last))


def _by_day(readings: Iterable[tuple[str, str]]) -> str:
    """Days and what is said of each; a day that all share is said once."""
    distinct = list(dict.fromkeys(readings))
    days = {on for on, _ in distinct}
    if len(days) > 1:
        return "; ".join(f"{on}, {words}" for on, words in distinct)
    return ", ".join([*days, *(words for _, words in distinct)])
