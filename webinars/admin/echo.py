"""The words shown back while an organizer types a time, so that no script computes any."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.conf import settings
from django.http import QueryDict

from webinars import times
from webinars.admin import shown
from webinars.forms import ScheduleForm
from webinars.inputs import ZonesField
from webinars.models import Webinar

# The zone of the United States where the hour is least expected.
FARTHEST = "Pacific/Honolulu"


class EchoForm(ScheduleForm):
    """What has been typed so far; a half-typed form is no error."""

    duration = None  # type: ignore[assignment]
    display_zones = ZonesField(required=False)
    announced_in = forms.ChoiceField(choices=settings.LANGUAGES, required=False)


def said(webinar: Webinar) -> dict[str, str]:
    """The announcement in the webinar's language, and the same instant on other clocks."""
    zones = [webinar.time_zone, *webinar.display_zones]
    return _said(webinar.starts_at, zones, webinar.display_zones, webinar.language)


def answer(typed: QueryDict) -> dict[str, str]:
    """What `said` would say of it, or the problem with the time, or nothing yet."""
    form = EchoForm(typed)
    form.is_valid()
    if form.instant:
        zone, announced = form.cleaned_data["time_zone"], form.cleaned_data.get("display_zones")
        language = form.cleaned_data.get("announced_in") or settings.LANGUAGE_CODE
        return _said(form.instant, [zone, *(announced or [])], announced or [zone], language)
    for name in ("local_date", "local_time", "time_zone"):
        if typed.get(name) and form.has_error(name):
            return {"problem": str(form.errors[name][0])}
    return {}


def _said(at: datetime, zones: list[str], announced: list[str], language: str) -> dict[str, str]:
    return {
        "announcement": times.announcement(at, announced, language),
        "clocks": shown.clocks(at, [*zones, FARTHEST]),
    }
