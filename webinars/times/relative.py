"""How long until an instant, in words. No dates and no zones here."""

from datetime import datetime, timedelta

from webinars.times.languages import Language, Unit, speak

_MINUTE = timedelta(minutes=1)
_HOUR_OF_MINUTES = 60
_DAY_OF_MINUTES = 24 * 60
_SHORT = 6 * 60  # minutes; below this, hours are said with their minutes


def relative(start: datetime, now: datetime, language: str = "en") -> str:
    """The nearest round words: "in 2 days", "in 1 hour", "in 10 minutes", "now", "3 hours ago"."""
    speech = speak(language)
    minutes = round((start - now) / _MINUTE)
    if minutes == 0:
        return speech.now
    return (speech.from_now if minutes > 0 else speech.ago)(_round(abs(minutes), speech))


def until(start: datetime, now: datetime, language: str = "en") -> str:
    """A countdown: "2 days and 3 hours", "10 minutes", "less than a minute", at last "now".

    The two largest units; never more than what is left.
    """
    speech = speak(language)
    if start <= now:
        return speech.now
    return _exact((start - now) // _MINUTE, speech) or speech.less_than_a_minute


def _round(minutes: int, speech: Language) -> str:
    if minutes < _SHORT:
        return _exact(minutes, speech)
    hours = round(minutes / _HOUR_OF_MINUTES)
    if hours < 48 and hours != 24:
        return speech.count(hours, "hour")
    return speech.count(round(hours / 24), "day")


def _exact(minutes: int, speech: Language) -> str:
    """The two largest units without rounding up; empty for no minutes at all."""
    days, rest = divmod(minutes, _DAY_OF_MINUTES)
    hours, rest = divmod(rest, _HOUR_OF_MINUTES)
    units: list[tuple[int, Unit]] = [(days, "day"), (hours, "hour"), (rest, "minute")]
    said = [speech.count(number, unit) for number, unit in (units[:2] if days else units) if number]
    return f" {speech.and_} ".join(said)
