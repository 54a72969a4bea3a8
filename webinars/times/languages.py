"""The shapes of dates, times and sentences in each language: digits, order, articles.

No zones and no instants: every argument is what a local clock or calendar shows.
All spaces are plain ASCII spaces.
"""

from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import ClassVar, Literal

Unit = Literal["day", "hour", "minute"]
Trouble = Literal["skip", "repeat", "range"]


class Language(ABC):
    """One language's shapes. `code` is its ISO 639 code, `column` its place in `tables`."""

    code: ClassVar[str]
    column: ClassVar[int]
    and_: ClassVar[str]
    now: ClassVar[str]
    less_than_a_minute: ClassVar[str]
    units: ClassVar[dict[Unit, tuple[str, str]]]

    def count(self, number: int, unit: Unit) -> str:
        """1 hour, 2 hours."""
        return f"{number} {self.units[unit][number != 1]}"

    @abstractmethod
    def short_date(self, on: date) -> str:
        """July 31"""

    @abstractmethod
    def long_date(self, on: date) -> str:
        """July 31, 2026"""

    @abstractmethod
    def full_date(self, on: date) -> str:
        """Friday, July 31, 2026"""

    @abstractmethod
    def clock(self, at: datetime) -> str:
        """4:00 pm, 12 noon, 12 midnight"""

    @abstractmethod
    def brief_clock(self, at: datetime) -> str:
        """4pm, 4:30pm, 12 noon, 12 midnight"""

    @abstractmethod
    def date_at_clock(self, on: str, clock: str, at: datetime) -> str:
        """July 31 at 4pm"""

    @abstractmethod
    def clock_range(self, start: datetime, end: datetime, first_letters: str, last_day: str) -> str:
        """4:00 pm to 5:00 pm, each with what sets it apart from the other: letters, a day."""

    @abstractmethod
    def clock_in_zone(self, clock: str, zone_words: str, letters: str) -> str:
        """4:00 pm Pacific Time (PDT)"""

    @abstractmethod
    def place_words(self, place: str) -> str:
        """São Paulo time"""

    @abstractmethod
    def from_now(self, span: str) -> str:
        """in 2 days"""

    @abstractmethod
    def ago(self, span: str) -> str:
        """2 days ago"""

    @abstractmethod
    def no_such_time(
        self, kind: Trouble, zone_words: str, at: datetime, neighbours: tuple[datetime, datetime]
    ) -> str:
        """Why a wall clock cannot be used, and which could be."""

    @abstractmethod
    def unknown_zone(self, name: str) -> str:
        """That no place has this zone name."""


class English(Language):
    code = "en"
    column = 0
    and_ = "and"
    now = "now"
    less_than_a_minute = "less than a minute"
    units = {"day": ("day", "days"), "hour": ("hour", "hours"), "minute": ("minute", "minutes")}

    _MONTHS = (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    )  # fmt: skip
    _WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

    def short_date(self, on: date) -> str:
        return f"{self._MONTHS[on.month - 1]} {on.day}"

    def long_date(self, on: date) -> str:
        return f"{self._MONTHS[on.month - 1]} {on.day}, {on.year}"

    def full_date(self, on: date) -> str:
        return f"{self._WEEKDAYS[on.weekday()]}, {self.long_date(on)}"

    def clock(self, at: datetime) -> str:
        if at.minute == 0 and at.hour % 12 == 0:
            return "12 noon" if at.hour else "12 midnight"
        return f"{at.hour % 12 or 12}:{at.minute:02} {'am' if at.hour < 12 else 'pm'}"

    def brief_clock(self, at: datetime) -> str:
        if at.minute == 0 and at.hour % 12 == 0:
            return "12 noon" if at.hour else "12 midnight"
        minutes = f":{at.minute:02}" if at.minute else ""
        return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"

    def date_at_clock(self, on: str, clock: str, at: datetime) -> str:
        return f"{on} at {clock}"

    def clock_range(self, start: datetime, end: datetime, first_letters: str, last_day: str) -> str:
        letters = f" ({first_letters})" if first_letters else ""
        day = f"{last_day}, " if last_day else ""
        return f"{self.clock(start)}{letters} to {day}{self.clock(end)}"

    def clock_in_zone(self, clock: str, zone_words: str, letters: str) -> str:
        return f"{clock} {zone_words} ({letters})"

    def place_words(self, place: str) -> str:
        return f"{place} time"

    def from_now(self, span: str) -> str:
        return f"in {span}"

    def ago(self, span: str) -> str:
        return f"{span} ago"

    def no_such_time(
        self, kind: Trouble, zone_words: str, at: datetime, neighbours: tuple[datetime, datetime]
    ) -> str:
        first, last = neighbours
        if kind == "range":
            return f"Choose a date between {self.long_date(first)} and {self.long_date(last)}."
        verb = f"skip {self.clock(at)}" if kind == "skip" else f"show {self.clock(at)} twice"
        before, after = self._choice(first, at), self._choice(last, at)
        return (
            f"In {zone_words}, clocks {verb} on {self.full_date(at)}. Choose {before} or {after}."
        )

    def _choice(self, neighbour: datetime, at: datetime) -> str:
        elsewhere = neighbour.date() != at.date()
        return self.clock(neighbour) + (f" on {self.full_date(neighbour)}" if elsewhere else "")

    def unknown_zone(self, name: str) -> str:
        return f"We do not know the time zone “{name}”. Choose one from the list."


class Spanish(Language):
    code = "es"
    column = 1
    and_ = "y"
    now = "ahora"
    less_than_a_minute = "menos de un minuto"
    units = {"day": ("día", "días"), "hour": ("hora", "horas"), "minute": ("minuto", "minutos")}

    _MONTHS = (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    )  # fmt: skip
    _WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")

    def short_date(self, on: date) -> str:
        return f"{on.day} de {self._MONTHS[on.month - 1]}"

    def long_date(self, on: date) -> str:
        return f"{on.day} de {self._MONTHS[on.month - 1]} de {on.year}"

    def full_date(self, on: date) -> str:
        return f"{self._WEEKDAYS[on.weekday()]}, {self.long_date(on)}"

    def clock(self, at: datetime) -> str:
        if at.minute == 0 and at.hour % 12 == 0:
            return "12 del mediodía" if at.hour else "12 de la medianoche"
        return f"{at.hour % 12 or 12}:{at.minute:02} {'a. m.' if at.hour < 12 else 'p. m.'}"

    def brief_clock(self, at: datetime) -> str:
        if at.minute or at.hour % 12 == 0:
            return self.clock(at)
        return f"{at.hour % 12} {'a. m.' if at.hour < 12 else 'p. m.'}"

    def date_at_clock(self, on: str, clock: str, at: datetime) -> str:
        return f"{on} a {self._article(at)} {clock}"

    def clock_range(self, start: datetime, end: datetime, first_letters: str, last_day: str) -> str:
        letters = f" ({first_letters})" if first_letters else ""
        day = f"al {last_day}, " if last_day else ""
        return f"de {self._with_article(start)}{letters} {day}a {self._with_article(end)}"

    def clock_in_zone(self, clock: str, zone_words: str, letters: str) -> str:
        return f"{clock}, {zone_words} ({letters})"

    def place_words(self, place: str) -> str:
        return f"hora de {place}"

    def from_now(self, span: str) -> str:
        return f"en {span}"

    def ago(self, span: str) -> str:
        return f"hace {span}"

    def no_such_time(
        self, kind: Trouble, zone_words: str, at: datetime, neighbours: tuple[datetime, datetime]
    ) -> str:
        first, last = neighbours
        if kind == "range":
            return f"Elija una fecha entre el {self.long_date(first)} y el {self.long_date(last)}."
        verb = "saltan" if kind == "skip" else "marcan dos veces"
        before, after = self._choice(first, at), self._choice(last, at)
        end = "" if after.endswith(".") else "."
        return (
            f"Con la {zone_words}, los relojes {verb} {self._with_article(at)} "
            f"el {self.full_date(at)}. Elija {before} o {after}{end}"
        )

    def _choice(self, neighbour: datetime, at: datetime) -> str:
        elsewhere = neighbour.date() != at.date()
        on = f" del {self.full_date(neighbour)}" if elsewhere else ""
        return self._with_article(neighbour) + on

    def _with_article(self, at: datetime) -> str:
        return f"{self._article(at)} {self.clock(at)}"

    def _article(self, at: datetime) -> str:
        return "la" if at.hour % 12 == 1 else "las"

    def unknown_zone(self, name: str) -> str:
        return f"No conocemos la zona horaria «{name}». Elija una de la lista."


_LANGUAGES: dict[str, Language] = {"en": English(), "es": Spanish()}


def speak(language: str) -> Language:
    """The shapes for a language tag such as "es" or "es-MX"; English where we have none."""
    return _LANGUAGES.get(language) or _LANGUAGES.get(language[:2].lower(), _LANGUAGES["en"])
