"""The clock, and the wall clock of a place <-> the instant. No words here: see words.

pytz decides whether a wall clock exists (its strict mode refuses what the zone skips or repeats);
none of its zones leaves this module, because as `tzinfo=` they mean local mean time.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta

import pytz

from webinars.times.languages import Trouble, speak
from webinars.times.names import zone_words
from webinars.times.zones import canonical, load, local

# pytz's tables end with 2037 and would give winter time for ever after.
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2037, 12, 31)


class NoSuchTime(ValueError):
    """A wall clock that does not name one instant in its zone.

    `kind` is "skip" (the clocks jump over it), "repeat" (they show it twice), or "range" (outside
    of the years for which we have rules). `neighbours` are the valid wall clocks before and after:
    earlier and later by as much as the clocks change, so with the same minutes; for "range" the
    first and last day.
    """

    def __init__(
        self, zone: str, wall_clock: datetime, kind: Trouble, neighbours: tuple[datetime, datetime]
    ) -> None:
        super().__init__(zone, wall_clock, kind, neighbours)
        self.zone = zone
        self.wall_clock = wall_clock
        self.kind = kind
        self.neighbours = neighbours

    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, language: str) -> str:
        """The refusal with the neighbouring valid times, for whoever chose the time."""
        just_before = self.neighbours[0].replace(tzinfo=load(self.zone)).astimezone(UTC)
        words = zone_words(self.zone, just_before, language)
        return speak(language).no_such_time(self.kind, words, self.wall_clock, self.neighbours)


def now() -> datetime:
    """This instant, aware and in UTC. Nothing else in the code base asks a clock."""
    return datetime.now(UTC)


def instant(date: date, time: time, zone: str) -> datetime:
    """The UTC instant at which clocks in `zone` show this date and time.

    Raises NoSuchTime for a wall clock that is skipped, repeated or outside of 2000-2037, and
    UnknownZone.
    """
    name, wall_clock = canonical(zone), datetime.combine(date, time)
    if not _FIRST_DAY <= date <= _LAST_DAY:
        edges = datetime.combine(_FIRST_DAY, time), datetime.combine(_LAST_DAY, time)
        raise NoSuchTime(name, wall_clock, "range", edges)
    try:
        return pytz.timezone(name).localize(wall_clock, is_dst=None).astimezone(UTC)
    except pytz.NonExistentTimeError:
        raise NoSuchTime(name, wall_clock, "skip", _neighbours(name, wall_clock)) from None
    except pytz.AmbiguousTimeError:
        raise NoSuchTime(name, wall_clock, "repeat", _neighbours(name, wall_clock)) from None


def next_instant(date: date, time: time, zone: str) -> datetime:
    """Like `instant`, but a skipped time is the end of the gap, a repeated one the first of both.

    Raises NoSuchTime outside of 2000-2037 only, and UnknownZone.
    """
    try:
        return instant(date, time, zone)
    except NoSuchTime as trouble:
        if trouble.kind == "range":
            raise
        if trouble.kind == "repeat":
            return _reading(trouble.zone, trouble.wall_clock, fold=0)
        return _end_of_gap(trouble.zone, trouble.wall_clock)


def wall_clock(instant: datetime, zone: str) -> datetime:
    """What clocks in `zone` show at the instant, naive. Raises UnknownZone."""
    return local(instant, zone).replace(tzinfo=None)


def _neighbours(zone: str, wall_clock: datetime) -> tuple[datetime, datetime]:
    change = abs(_reading(zone, wall_clock, fold=0) - _reading(zone, wall_clock, fold=1))
    return wall_clock - change, wall_clock + change


def _reading(zone: str, wall_clock: datetime, *, fold: int) -> datetime:
    """The instant by the rules before (fold 0) or after (fold 1) the change; see PEP 495."""
    return wall_clock.replace(tzinfo=load(zone), fold=fold).astimezone(UTC)


def _end_of_gap(zone: str, wall_clock: datetime) -> datetime:
    """The first instant after the clocks jumped over the wall clock, to the second."""
    early, late = _reading(zone, wall_clock, fold=1), _reading(zone, wall_clock, fold=0)
    seconds = range(int((late - early).total_seconds()))
    jumped = bisect_left(seconds, True, key=lambda second: _has_jumped(zone, early, late, second))
    return early + timedelta(seconds=jumped)


def _has_jumped(zone: str, early: datetime, late: datetime, second: int) -> bool:
    shown = local(early + timedelta(seconds=second), zone)
    return shown.utcoffset() == local(late, zone).utcoffset()
