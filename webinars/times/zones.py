"""Which zones there are, by the pinned tzdata: names, links, loading. No words for them: see names.

A canonical name is one of tzdata's zone.tab: a place whose country could change its clocks by law.
"""

import os
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

import pytz

from webinars.times.languages import speak

# Names without a place: offsets, or letters that stand for several clocks.
_LETTERS_FOR_A_NAME = frozenset({"CET", "EET", "EST", "HST", "MET", "MST", "WET"})
_LONGEST_NAME = 64
_HALF_A_YEAR = timedelta(days=182)

# tzdata links these old spellings to a neighbour with the same clock; the place has a name itself.
_RENAMED = {
    "Africa/Asmera": "Africa/Asmara",
    "Africa/Timbuktu": "Africa/Bamako",
    "America/Coral_Harbour": "America/Atikokan",
    "America/Virgin": "America/St_Thomas",
    "Iceland": "Atlantic/Reykjavik",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
    "Pacific/Yap": "Pacific/Chuuk",
}


class UnknownZone(ValueError):
    """Not the IANA name of a place: a typing error, an offset, or letters such as UTC or CET."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, language: str) -> str:
        """The refusal, for whoever chose the zone."""
        return speak(language).unknown_zone(self.name[:_LONGEST_NAME])


def canonical(name: str) -> str:
    """The name to store: links are resolved (US/Pacific is America/Los_Angeles).

    Raises UnknownZone for whatever is not a place: offsets, UTC, CET, another case, nonsense.
    """
    try:
        return _canonical_names()[name]
    except KeyError:
        raise UnknownZone(name) from None


def browser_zone(value: str | None) -> str | None:
    """The canonical zone that a browser reports, or None where it tells us nothing.

    Browsers that hide their zone say UTC, broken ones "undefined" or CET: unknown, never a guess.
    """
    if not value or len(value) > _LONGEST_NAME:
        return None
    return _canonical_names().get(value)


def local(instant: datetime, zone: str) -> datetime:
    """The instant as clocks in the zone show it, aware. Raises UnknownZone.

    A naive instant is refused: Python would take it for the server's own time.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant must be aware")
    return instant.astimezone(load(zone))


@cache
def load(zone: str) -> zoneinfo.ZoneInfo:
    """The rules of a zone. Raises UnknownZone."""
    return zoneinfo.ZoneInfo(canonical(zone))


@cache
def places() -> dict[str, str]:
    """Every canonical name with the ISO 3166 code of its country, a country's main place first."""
    rows = (line.split("\t") for line in _tzdata_lines("zone.tab") if not line.startswith("#"))
    return {name: country for country, _, name, *_ in rows}


def same_clock(one: str, other: str, at: datetime) -> bool:
    """Whether two zones show the same time under the same letters, now and half a year before."""
    return all(_reading(one, probe) == _reading(other, probe) for probe in (at, at - _HALF_A_YEAR))


def zone_data_problems() -> list[str]:
    """What is wrong with the zone data of this process, in English for operators; empty when right.

    Two sources that differ would make the instant and the words of one webinar disagree.
    """
    problems = []
    if zoneinfo.TZPATH:
        problems.append(
            f"zoneinfo reads {os.pathsep.join(zoneinfo.TZPATH)} before the pinned tzdata package; "
            "call zoneinfo.reset_tzpath(to=[]) before any zone is loaded."
        )
    ours = _tzdata_lines("tzdata.zi")[0].removeprefix("# version ")
    theirs = pytz.OLSON_VERSION  # type: ignore[attr-defined]
    if ours != theirs:
        problems.append(
            f"tzdata holds release {ours} of the zone data and pytz {theirs}; "
            "pin both to the same release."
        )
    if "PYTZ_TZDATADIR" in os.environ:
        problems.append("PYTZ_TZDATADIR makes pytz read other zone files than its own; unset it.")
    return problems


def _reading(zone: str, at: datetime) -> tuple[str | None, timedelta | None]:
    shown = local(at, zone)
    return shown.tzname(), shown.utcoffset()


@cache
def _canonical_names() -> dict[str, str]:
    """From every accepted spelling to the canonical name."""
    names = {name: name for name in places()}
    links = {link: target for target, link in _links()} | _RENAMED
    for link, target in links.items():
        if link not in names and link not in _LETTERS_FOR_A_NAME and target in places():
            names[link] = target
    return names


def _links() -> Iterator[tuple[str, str]]:
    for line in _tzdata_lines("tzdata.zi"):
        if line.startswith("L "):
            _, target, link = line.split()
            yield target, link


def _tzdata_lines(name: str) -> list[str]:
    return (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8").splitlines()
