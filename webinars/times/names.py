"""A zone in words and letters, for the date in question. No times here, no lists of zones.

Two zones have the same words only while their clocks agree, summer and winter.
"""

from datetime import datetime, timedelta
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_name

from webinars.times import tables
from webinars.times.languages import speak
from webinars.times.zones import canonical, load, local, same_clock

_HOUR = timedelta(hours=1)
_ALONE = {letters: timedelta(hours=hours) for letters, hours in tables.LETTERS.items()}


def zone_words(zone: str, at: datetime, language: str) -> str:
    """The zone's name at that instant: "Pacific Time", "Arizona Time", "São Paulo time".

    Zones without letters, and clocks that only one place keeps, are said by place.
    Raises UnknownZone.
    """
    return _zone_words(canonical(zone), at, speak(language).code)


def letters(shown: datetime) -> str:
    """What tzdata says of an aware local time, "PDT", or its offset, "UTC-3", where it has none."""
    name = shown.tzname() or ""
    return name if name[:1].isalpha() else offset(shown)


def letters_alone(shown: datetime) -> str | None:
    """The letters of an aware local time where they need no words beside them, or None."""
    name = shown.tzname() or ""
    return name if _ALONE.get(name) == shown.utcoffset() else None


def offset(shown: datetime) -> str:
    """How far an aware local time is from UTC: "UTC-3", "UTC+5:45"."""
    span = shown.utcoffset() or timedelta()
    hours, rest = divmod(abs(span), _HOUR)
    minutes = f":{rest.seconds // 60:02}" if rest else ""
    return f"UTC{'-' if span < timedelta() else '+'}{hours}{minutes}"


@cache
def place(zone: str, language: str) -> str:
    """The zone's town or island in the language: "Los Ángeles", "Knox, Indiana"."""
    if zone in tables.PLACES:
        return tables.PLACES[zone][speak(language).column]
    told = _locale(language).time_zones.get(_babel_name(zone), {}).get("city")
    return str(told) if told else zone.rsplit("/", 1)[-1].replace("_", " ")


@cache
def country(code: str, language: str) -> str:
    """The name of a country by its ISO 3166 code."""
    return str(_locale(language).territories[code])


@lru_cache(maxsize=4096)
def _zone_words(zone: str, at: datetime, language: str) -> str:
    column = speak(language).column
    for keeper, names in tables.SHARED.items():
        if same_clock(zone, keeper, at):
            return names[column]
    if zone in tables.REGIONAL:
        return tables.REGIONAL[zone][column]
    return _babel_words(zone, at, language) or speak(language).place_words(place(zone, language))


def _babel_words(zone: str, at: datetime, language: str) -> str | None:
    """Babel's name of the clock, unless the zone has no letters or does not keep that clock."""
    if not (local(at, zone).tzname() or "")[:1].isalpha():
        return None
    words = _generic_name(zone, language)
    keeper = _keepers(language).get(words, zone)
    return words if _is_a_name(words) and same_clock(zone, keeper, at) else None


@cache
def _keepers(language: str) -> dict[str, str]:
    return {_generic_name(zone, language): zone for zone in tables.KEEPERS}


@cache
def _generic_name(zone: str, language: str) -> str:
    """Given a zone's name Babel would take pytz's rules, so it gets a time in a zoneinfo zone."""
    shown = datetime(2026, 1, 1, tzinfo=load(zone))
    return get_timezone_name(shown, width="long", zone_variant="generic", locale=_locale(language))


def _is_a_name(words: str) -> bool:
    return not any(character.isdigit() for character in words)


@cache
def _locale(language: str) -> Locale:
    return Locale(language)


def _babel_name(zone: str) -> str:
    """Babel files towns under names of its own age."""
    return str(get_global("zone_aliases").get(zone, zone))
