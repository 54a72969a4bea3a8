"""How near the start is, in words that stay true while a message waits. Only reminders use it.

Rounded on purpose: a reminder that is offered again a few minutes later is the same message, and
the clock time that stands beside the words is exact in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from webinars import times

SOON = timedelta(minutes=15)
ALMOST_AN_HOUR = timedelta(minutes=45)
HOURS_ARE_SAID = timedelta(hours=4)

Sentences = tuple[str, str, str]  # subject, headline and line


@dataclass(frozen=True, slots=True)
class Countdown:
    """`subject` for the subject line, `headline` and `line` for the top of the body."""

    subject: str
    headline: str
    line: str


class Stage(Enum):
    SOON = auto()
    HOURS = auto()
    TODAY = auto()
    TOMORROW = auto()
    DAYS = auto()


class Nearness(NamedTuple):
    """How near a start is; `span` is what is said of it, for `Stage.HOURS` and `Stage.DAYS`."""

    stage: Stage
    span: timedelta = timedelta(0)


def nearness(starts_at: datetime, *, now: datetime, zone: str) -> Nearness:
    """How near the start is at `now`, by the calendar of `zone`."""
    left = starts_at - now
    if left <= SOON:
        return Nearness(Stage.SOON)
    if left < HOURS_ARE_SAID:
        return Nearness(Stage.HOURS, _rounded(left))
    days = (times.wall_clock(starts_at, zone).date() - times.wall_clock(now, zone).date()).days
    if days < 2:
        return Nearness(Stage.TOMORROW if days else Stage.TODAY)
    return Nearness(Stage.DAYS, timedelta(days=days))


def countdown(
    starts_at: datetime, near: Nearness, *, title: str, zone: str, language: str
) -> Countdown:
    """The words for a start that is so near, by the clocks of `zone`."""
    from_now = times.relative(starts_at, starts_at - near.span, language)
    known = {
        "title": title,
        "time": times.faces(starts_at, [zone], language)[0].words,
        "day_and_time": times.long_form(starts_at, [zone], language),
        "in": from_now,
        "In": capfirst(from_now),
    }
    subject, headline, line = (sentence % known for sentence in SENTENCES[near.stage]())
    return Countdown(subject, headline, line)


def _rounded(left: timedelta) -> timedelta:
    """To whole hours, or to ten minutes when much less than an hour is left."""
    step = timedelta(minutes=10) if left < ALMOST_AN_HOUR else timedelta(hours=1)
    return step * round(left / step)


def _soon() -> Sentences:
    return (
        _("Starting soon: %(title)s, %(time)s"),
        _("Starting soon"),
        _("Your session starts in a few minutes, at %(time)s. You can join now."),
    )


def _hours() -> Sentences:
    # Translators: such as "In 1 hour", the webinar's title, and "4:00 pm Pacific Time (PDT)".
    subject = _("%(In)s: %(title)s, %(time)s")
    return subject, _("Starting %(in)s"), _("Your session starts %(in)s, at %(time)s.")


def _days() -> Sentences:
    # Translators: such as "In 7 days", the webinar's title, and the weekday, date and time.
    subject = _("%(In)s: %(title)s, %(day_and_time)s")
    return subject, _("Your session is %(in)s"), _("Your session is on %(day_and_time)s.")


def _today() -> Sentences:
    return (
        _("Today at %(time)s: %(title)s"),
        _("Your session is today"),
        _("Your session is today at %(time)s."),
    )


def _tomorrow() -> Sentences:
    return (
        _("Tomorrow at %(time)s: %(title)s"),
        _("Your session is tomorrow"),
        _("Your session is tomorrow at %(time)s."),
    )


SENTENCES: dict[Stage, Callable[[], Sentences]] = {
    Stage.SOON: _soon,
    Stage.HOURS: _hours,
    Stage.TODAY: _today,
    Stage.TOMORROW: _tomorrow,
    Stage.DAYS: _days,
}
