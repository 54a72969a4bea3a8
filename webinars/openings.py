"""How an organizer types when sign-up opens and closes: wall clocks of the webinar's own zone.

The row keeps what was typed; the instants are derived from it, as the start is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from unfold.widgets import INPUT_CLASSES

from webinars import scheduling, times
from webinars.inputs import LANGUAGE, ClockField, SpanField

OPENS, CLOSES = "registration_opens", "registration_closes"


def _date_field(label: str, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date", "class": " ".join(INPUT_CLASSES)}, "%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **kwargs)


class OpeningForm(forms.Form):
    """Both are optional. `sign_up_zone` and `sign_up_end` say by which clocks, and until when."""

    registration_opens_date = _date_field(
        "Sign-up opens on", help_text="Leave it empty to open it as soon as this is published."
    )
    registration_opens_time = ClockField(
        label="Opens at", required=False, help_text="On the clocks of the webinar's time zone."
    )
    registration_closes = SpanField(
        label="Sign-up closes",
        required=False,
        help_text="So long before the start, and it moves with the start. Or give a date and time "
        "below. Leave all of it empty to keep it open until the end.",
    )
    registration_closes_date = _date_field(
        "Or closes on", help_text="It stays as it is when the start moves."
    )
    registration_closes_time = ClockField(
        label="Closes at", required=False, help_text="On the clocks of the webinar's time zone."
    )

    def check_opening(self, zone: str, starts_at: datetime, duration: timedelta) -> None:
        """Say at its field what cannot be, for a webinar at this time."""
        ends_at = starts_at + duration
        opens_at, closes_at = self._typed(OPENS, zone), self._typed(CLOSES, zone)
        span = self.cleaned_data.get(CLOSES)
        if span and self._has_any(CLOSES):
            self.add_error(CLOSES, "Choose one: so long before the start, or a date and time.")
        if closes_at and closes_at > ends_at:
            self.add_error(f"{CLOSES}_date", "This is after the end. Choose an earlier time.")
        last_call = closes_at or (starts_at - span if span else ends_at)
        if opens_at and opens_at >= last_call:
            self.add_error(f"{OPENS}_date", scheduling.OPENS_TOO_LATE)

    def _has_any(self, name: str) -> bool:
        return any(self.cleaned_data.get(f"{name}_{part}") is not None for part in ("date", "time"))

    def _typed(self, name: str, zone: str) -> datetime | None:
        """The instant of what was typed; None if it is not there, or not right."""
        day, clock = (self.cleaned_data.get(f"{name}_{part}") for part in ("date", "time"))
        if day is None or clock is None:
            self._ask_for_the_rest(name)
            return None
        try:
            return times.instant(day, clock, zone)
        except times.NoSuchTime as refusal:
            part = "date" if refusal.kind == "range" else "time"
            self.add_error(f"{name}_{part}", refusal.sentence(LANGUAGE))
            return None

    def _ask_for_the_rest(self, name: str) -> None:
        """A date needs its time, and a time its date. What is wrong already says so itself."""
        for part, other in (("date", "time"), ("time", "date")):
            lacks = self.cleaned_data.get(f"{name}_{part}") is None
            is_asked = lacks and self.cleaned_data.get(f"{name}_{other}") is not None
            if is_asked and f"{name}_{part}" not in self.errors:
                self.add_error(f"{name}_{part}", f"Give the {part}, too.")
