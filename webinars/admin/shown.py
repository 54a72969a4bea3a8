"""How the admin says instants and spans, and admins that only show. The words are `times`' own."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.admin import ShowFacets
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from webinars import times
from webinars.inputs import LANGUAGE
from webinars.models import Webinar

NOTHING = "-"


def moment(at: datetime | None, webinar: Webinar) -> str:
    """ "July 31 at 3:50pm PDT": in the webinar's own zone, whatever the server's."""
    if at is None:
        return NOTHING
    return times.announcement(at, [webinar.time_zone], LANGUAGE)


def ago(at: datetime | None) -> str:
    """ "3 hours ago", for what belongs to no webinar and so to no zone."""
    return NOTHING if at is None else times.relative(at, times.now(), LANGUAGE)


def length(span: timedelta) -> str:
    """ "1 hour and 30 minutes"."""
    now = times.now()
    return times.until(now + span, now, LANGUAGE)


def clocks(at: datetime, zones: list[str]) -> str:
    """ "4:00 pm PDT = 7:00 pm EDT = 1:00 pm HST"; a zone on another date says its date."""
    faces = times.faces(at, zones, LANGUAGE)
    said = []
    for face in faces:
        has_letters = face.abbreviation.isalpha()
        words = f"{face.time} {face.abbreviation}" if has_letters else face.words
        said.append(words if face.day == faces[0].day else f"{words} on {face.day}")
    return " = ".join(said)


class ReadOnlyAdmin(ModelAdmin):
    """Shows what the system wrote down; nobody edits it by hand."""

    list_fullwidth = True
    list_per_page = 50
    show_facets = ShowFacets.NEVER  # they would count whole tables
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
