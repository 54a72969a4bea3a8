"""The list of zones to choose from, by place and in words, for a select with groups.

North America by the name of its clocks ("Pacific Time: Los Angeles, Seattle"), the rest of the
world by country ("France: Paris"). Every canonical zone is in it once; labels are unique.
"""

import unicodedata
from datetime import UTC, date, datetime
from functools import cache, lru_cache

import webinars.times as times
from webinars.times import tables
from webinars.times.languages import speak
from webinars.times.names import country, place, zone_words
from webinars.times.zones import canonical, places

Choices = list[tuple[str, list[tuple[str, str]]]]

_BY_CLOCK = {"us", "canada", "mexico"}


def zone_choices(language: str, at: datetime | None = None) -> Choices:
    """Groups of (zone, label), US first, in the language; clocks are named for `at` (default: now).

    Ready for a Django choice field. Kept for the day: do not change the lists.
    """
    return _choices(speak(language).code, _day(at))


def zone_label(zone: str, language: str, at: datetime | None = None) -> str:
    """The label of one zone in `zone_choices`. Raises UnknownZone."""
    return _label(canonical(zone), speak(language).code, _day(at))


def zone_places(language: str) -> dict[str, str]:
    """What else people look for than the labels say, by zone: "Ohio, Georgia, Boston, EST"."""
    is_english = speak(language).code == "en"
    return {
        zone: names if is_english or not spanish else f"{spanish}, {names}"
        for zone, (names, spanish) in tables.FOUND_BY.items()
    }


def _day(at: datetime | None) -> date:
    return (at or times.now()).astimezone(UTC).date()


@lru_cache(maxsize=8)
def _choices(language: str, on: date) -> Choices:
    groups: dict[str, list[tuple[str, str]]] = {group: [] for group in tables.GROUPS}
    for zone in places():
        groups[_group(zone)].append((zone, _label(zone, language, on)))
    column = speak(language).column
    return [
        (tables.GROUPS[group][column], sorted(choices, key=_place_in_list))
        for group, choices in groups.items()
    ]


@lru_cache(maxsize=2048)
def _label(zone: str, language: str, on: date) -> str:
    towns = tables.TOWNS.get(zone)
    where = towns[speak(language).column] if towns else place(zone, language)
    if _group(zone) in _BY_CLOCK:
        return _by_clock(zone, where, language, on)
    land = country(places()[zone], language)
    return land if land == where else f"{land}: {where}"


def _by_clock(zone: str, where: str, language: str, on: date) -> str:
    words = zone_words(zone, datetime(on.year, on.month, on.day, 12, tzinfo=UTC), language)
    if words == speak(language).place_words(where):
        return where
    return f"{words[0].upper()}{words[1:]}: {where}"


@cache
def _group(zone: str) -> str:
    """By country, and for a country without an entry by where its main zone's name begins."""
    land = places()[zone]
    if land in tables.GROUP_OF_COUNTRY:
        return tables.GROUP_OF_COUNTRY[land]
    main = next(name for name, code in places().items() if code == land)
    return tables.GROUP_OF_PREFIX[main.partition("/")[0]]


def _place_in_list(choice: tuple[str, str]) -> tuple[int, str]:
    zone, label = choice
    first = tables.FIRST_CHOICES
    rank = first.index(zone) if zone in first else len(first)
    letters = unicodedata.normalize("NFKD", label).casefold()
    return rank, "".join(letter for letter in letters if not unicodedata.combining(letter))
