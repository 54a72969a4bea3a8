"""Time: wall clock + zone <-> instant, instant -> words, and the clock itself. Nothing else here.

No other code formats a webinar's time, asks what time it is, or imports pytz. No models here.
Instants are aware and in UTC, wall clocks are naive, zones are IANA names, languages "en" and "es".
"""

from webinars.times.choices import Choices, zone_choices, zone_label, zone_places
from webinars.times.clock import NoSuchTime, instant, next_instant, now, wall_clock
from webinars.times.names import zone_words
from webinars.times.relative import relative, until
from webinars.times.words import (
    Face,
    announcement,
    day,
    faces,
    long_form,
    own_time,
    short_day,
    span,
    unbroken,
)
from webinars.times.zones import UnknownZone, browser_zone, canonical, zone_data_problems

__all__ = [
    "Choices",
    "Face",
    "NoSuchTime",
    "UnknownZone",
    "announcement",
    "browser_zone",
    "canonical",
    "day",
    "faces",
    "instant",
    "long_form",
    "next_instant",
    "now",
    "own_time",
    "relative",
    "short_day",
    "span",
    "unbroken",
    "until",
    "wall_clock",
    "zone_choices",
    "zone_data_problems",
    "zone_label",
    "zone_places",
    "zone_words",
]
