"""How fast an instant becomes words, against Babel's `format_datetime` for the same zones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from tests.bench.measure import Measurement, measure
from webinars import times

# Never the same instant twice in a run, so that no remembered answer is measured.
INSTANTS = [datetime(2026, 1, 1, 17, tzinfo=UTC) + timedelta(hours=17 * n) for n in range(500)]
ZONES = ("America/Los_Angeles", "America/New_York")
LOCALES = {"en": "en_US", "es": "es_US"}
SHORT, LONG = "MMMM d 'at' ha z", "EEEE, MMMM d, y, h:mm a zzzz (z)"

Form = Callable[[datetime, str], object]


def measurements() -> Iterator[Measurement]:
    forms: dict[str, tuple[Form, float, str]] = {
        "announcement, two zones": (
            lambda at, code: times.announcement(at, ZONES, code),
            50,
            SHORT,
        ),
        "long form, two zones": (lambda at, code: times.long_form(at, ZONES, code), 100, LONG),
        "span, two zones": (
            lambda at, code: times.span(at, at + timedelta(hours=1), ZONES, code),
            100,
            LONG,
        ),
    }
    for (name, (form, limit, pattern)), code in product(forms.items(), LOCALES):
        yield measure(
            f"{name}, {code}",
            for_all(lambda at, form=form, code=code: form(at, code)),
            limit=limit * 1e-6,
            baseline="Babel, the same zones",
            against=for_all(lambda at, pattern=pattern, code=code: babel(at, pattern, code)),
            times=len(INSTANTS),
        )


def for_all(form: Callable[[datetime], object]) -> Callable[[], object]:
    return lambda: [form(at) for at in INSTANTS]


def babel(at: datetime, pattern: str, code: str) -> str:
    zones = (ZoneInfo(zone) for zone in ZONES)
    return " / ".join(
        format_datetime(at, pattern, tzinfo=zone, locale=LOCALES[code]) for zone in zones
    )
