"""What an organizer fills in: a webinar, a new time for it, other words for it, a reason to cancel.

A form checks and explains; what then happens is done by `scheduling`.
"""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from webinars import scheduling, times
from webinars.inputs import (
    LANGUAGE,
    ClockField,
    RichTextWidget,
    SpanField,
    ZoneField,
    ZonesField,
)
from webinars.models import Webinar
from webinars.openings import OpeningForm


class ScheduleForm(forms.Form):
    """A wall clock, its zone and a length. `instant` is when it is, once the form is clean."""

    local_date = forms.DateField(
        label="Date",
        widget=forms.DateInput({"type": "date", "class": " ".join(INPUT_CLASSES)}, "%Y-%m-%d"),
    )
    local_time = ClockField(label="Start time", help_text="On the clocks of the zone below.")
    time_zone = ZoneField(label="Time zone")
    duration = SpanField(label="Length", units=("minutes", "hours"))

    wall_clock = ("local_date", "local_time", "time_zone")
    instant: datetime | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        wall_clock = [cleaned.get(name) for name in self.wall_clock]
        if all(value is not None for value in wall_clock):
            self._find_instant(*wall_clock)
        return cleaned

    def _find_instant(self, *wall_clock: Any) -> None:
        try:
            self.instant = times.instant(*wall_clock)
        except times.NoSuchTime as refusal:
            field = "local_date" if refusal.kind == "range" else "local_time"
            self.add_error(field, refusal.sentence(LANGUAGE))
        except times.UnknownZone as refusal:
            self.add_error("time_zone", refusal.sentence(LANGUAGE))


class WebinarForm(ScheduleForm, OpeningForm, forms.ModelForm):  # type: ignore[type-arg]
    """A webinar. Of a published one the schedule is not among the fields."""

    display_zones = ZonesField(
        label="Announced in", help_text="The announcement names these zones, in this order."
    )

    class Meta:
        model = Webinar
        fields = (
            "title", "calendar_title", "announced_as", "summary", "description", "is_sensitive",
            "language", "series",
            "local_date", "local_time", "time_zone", "duration", "display_zones",
            "join_url", "dial_in", "recording_url",
            "organizer_name", "organizer_email", "help_line",
            "capacity", "registration_opens_date", "registration_opens_time",
            "registration_closes", "registration_closes_date", "registration_closes_time",
        )  # fmt: skip
        labels = {"dial_in": "Dial-in", "recording_url": "Recording"}
        help_texts = {
            "capacity": "How many may come. Empty: as many as like. When it is full, people go on "
            "a waiting list; whoever waits longest gets a place that becomes free.",
            "recording_url": "Its address, when there is one: the page then leads to it.",
        }
        widgets = {"description": RichTextWidget}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_opening(cleaned)
        if self.instance.published_at:
            self._keep_what_publishing_required(cleaned)
        return cleaned

    def _check_opening(self, cleaned: dict[str, Any]) -> None:
        """By the time that is typed here, or that a published one has."""
        known = self.instance
        starts_at = known.starts_at if known.published_at else self.instant
        duration = cleaned.get("duration") or known.duration
        if starts_at:
            zone = cleaned.get("time_zone") or known.time_zone
            self.check_opening(zone, starts_at, duration)

    def clean_is_sensitive(self) -> bool:
        wanted = bool(self.cleaned_data["is_sensitive"])
        if self.instance.published_at and self.instance.is_sensitive and not wanted:
            raise forms.ValidationError(
                "People registered on the promise of neutral emails: it stays on once published."
            )
        return wanted

    def _keep_what_publishing_required(self, cleaned: dict[str, Any]) -> None:
        for name, what_to_do in scheduling.obstacles(_edited(self.instance, **cleaned)).items():
            if name in self.fields and name not in self.errors:
                self.add_error(name, what_to_do)
            elif name == "calendar_title":
                self.add_error("title", what_to_do)


def _edited(webinar: Webinar, **values: Any) -> Webinar:
    edited = copy(webinar)
    for name, value in values.items():
        setattr(edited, name, value)
    edited.set_sign_up_hours()
    return edited


def _not_neutral(webinar: Webinar, *, calendar_title: str) -> str:
    """The refusal of words that name the topic of a sensitive webinar; empty for others."""
    found = scheduling.obstacles(_edited(webinar, calendar_title=calendar_title))
    return found.get("calendar_title", "")


class ReasonForm(forms.Form):
    """Why something changes."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="People read it in the email. Leave it empty to give none.",
    )

    def __init__(self, *args: Any, webinar: Webinar, **kwargs: Any) -> None:
        self.webinar = webinar
        super().__init__(*args, **kwargs)

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"])
        if _not_neutral(self.webinar, calendar_title=reason):
            raise forms.ValidationError("It names the topic. Emails must not: say it neutrally.")
        return reason


class EmbedForm(forms.Form):
    """Which words an announcement has, and the name that registrations from there are kept with."""

    announced_in = forms.ChoiceField(
        label="Language",
        required=False,
        choices=[("", "The webinar's own"), *settings.LANGUAGES],
        widget=UnfoldAdminSelectWidget,
    )
    source = forms.RegexField(
        r"^[A-Za-z0-9._-]*$",
        label="Where it will stand",
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text="A name such as harbor-home, kept with each registration from there. "
        "Letters, digits, dots, hyphens.",
        error_messages={"invalid": "Use letters, digits, dots and hyphens only."},
    )

    def wanted(self) -> dict[str, str]:
        """As `embedding` takes it; nothing of what is not right."""
        typed = self.cleaned_data if self.is_valid() else {}
        return {"language": typed.get("announced_in", ""), "source": typed.get("source", "")}


class RescheduleForm(ScheduleForm, ReasonForm):
    """A new time or length for a published webinar."""

    field_order = ("local_date", "local_time", "time_zone", "duration", "reason")

    def __init__(self, *args: Any, webinar: Webinar, **kwargs: Any) -> None:
        names = (*self.wall_clock, "duration")
        kwargs["initial"] = {name: getattr(webinar, name) for name in names}
        super().__init__(*args, webinar=webinar, **kwargs)

    def wanted(self) -> dict[str, Any]:
        """As `scheduling.reschedule` takes it."""
        date, time, time_zone = (self.cleaned_data[name] for name in self.wall_clock)
        rest = {name: self.cleaned_data[name] for name in ("duration", "reason")}
        return {"date": date, "time": time, "time_zone": time_zone, **rest}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instant is None or self.errors:
            return cleaned
        if self.instant <= times.now():
            self.add_error("local_date", "This time is already past. Choose a later one.")
        if self._is_the_same(cleaned) and self.webinar.clock_state == Webinar.Clock.RIGHT:
            self.add_error(None, "This is the time it has now. Change the date, time or length.")
        return cleaned

    def keeps_the_start(self) -> bool:
        """Whether a lost time is only named by a clock that exists: nobody is told of that."""
        return self.is_bound and self.is_valid() and self._is_the_same(self.cleaned_data)

    def _is_the_same(self, cleaned: dict[str, Any]) -> bool:
        now = (self.webinar.starts_at, self.webinar.duration)
        return (self.instant, cleaned["duration"]) == now


class AmendForm(ReasonForm):
    """Other words for what stands in people's calendars beside the time."""

    calendar_title = forms.CharField(
        max_length=80,
        widget=UnfoldAdminTextInputWidget,
        help_text="Shown in calendars and on lock screens. It must not name the topic.",
    )
    dial_in = forms.CharField(
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Phone number and code.",
    )
    help_line = forms.CharField(
        max_length=200, widget=UnfoldAdminTextInputWidget, help_text="Whom to call for help."
    )

    field_order = ("calendar_title", "dial_in", "help_line", "reason")
    amended = ("calendar_title", "dial_in", "help_line")

    def __init__(self, *args: Any, webinar: Webinar, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(webinar, name) for name in self.amended}
        super().__init__(*args, webinar=webinar, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if refusal := _not_neutral(self.webinar, calendar_title=cleaned["calendar_title"]):
            self.add_error("calendar_title", refusal)
        if not any(field in self.changed_data for field in self.amended):
            self.add_error(None, "Nothing here is different from now.")
        return cleaned

    def changes(self) -> list[tuple[str, str, str]]:
        """What would be different: label, now, then. Nothing until the form is valid."""
        if not (self.is_bound and self.is_valid()):
            return []
        names = [name for name in self.amended if name in self.changed_data]
        return [
            (str(self[name].label), self.initial[name], self.cleaned_data[name]) for name in names
        ]
