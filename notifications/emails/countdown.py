"""How near the start is, in words that stay true while a message waits. Only reminders use it.

Rounded on purpose: a reminder that is offered again a few minutes later is the same message, and
the clock time that stands beside the words is exact in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from webinars import times

SOON = timedelta(minutes=15)
ALMOST_AN_HOUR = timedelta(minutes=45)
HOURS_ARE_SAID = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Countdown:
    """`subject` for the subject line, `headline` and `line` for the top of the body."""

    subject: str
    headline: str
    line: str


def countdown(
    starts_at: datetime, *, now: datetime, title: str, zone: str, language: str
) -> Countdown:
    """The words at `now` for a start, by the calendar and the clocks of `zone`."""
    left = starts_at - now
    days = (times.wall_clock(starts_at, zone).date() - times.wall_clock(now, zone).date()).days
    span = _rounded(left) if left < HOURS_ARE_SAID else timedelta(days=days)
    from_now = times.relative(starts_at, starts_at - span, language)
    known = {
        "title": title,
        "time": times.faces(starts_at, [zone], language)[0].words,
        "day_and_time": times.long_form(starts_at, [zone], language),
        "in": from_now,
        "In": capfirst(from_now),
    }
    subject, headline, line = (sentence % known for sentence in _sentences(left, days))
    return Countdown(subject, headline, line)


def _rounded(left: timedelta) -> timedelta:
    """To whole hours, or to ten minutes when much less than an hour is left."""
    step = timedelta(minutes=10) if left < ALMOST_AN_HOUR else timedelta(hours=1)
    return step * round(left / step)


def _sentences(left: timedelta, days: int) -> tuple[str, str, str]:
    """Subject, headline and line. `days` is how many midnights lie between."""
    if left <= SOON:
        return (
            _("Starting soon: %(title)s, %(time)s"),
            _("Starting soon"),
            _("Your session starts in a few minutes, at %(time)s. You can join now."),
        )
    if left < HOURS_ARE_SAID:
        # Translators: such as "In 1 hour", the webinar's title, and "4:00 pm Pacific Time (PDT)".
        subject = _("%(In)s: %(title)s, %(time)s")
        return subject, _("Starting %(in)s"), _("Your session starts %(in)s, at %(time)s.")
    if days < 2:
        return _tomorrow() if days else _today()
    # Translators: such as "In 7 days", the webinar's title, and the weekday, date and time.
    subject = _("%(In)s: %(title)s, %(day_and_time)s")
    return subject, _("Your session is %(in)s"), _("Your session is on %(day_and_time)s.")


def _today() -> tuple[str, str, str]:
    return (
        _("Today at %(time)s: %(title)s"),
        _("Your session is today"),
        _("Your session is today at %(time)s."),
    )


def _tomorrow() -> tuple[str, str, str]:
    return (
        _("Tomorrow at %(time)s: %(title)s"),
        _("Your session is tomorrow"),
        _("Your session is tomorrow at %(time)s."),
    )
