"""What belongs to a webinar and is edited or shown on its page: speakers, reading, history."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import StackedInline, TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from webinars import times
from webinars.admin import shown
from webinars.inputs import LANGUAGE
from webinars.models import Resource, Revision, Speaker


class SpeakerInline(StackedInline):
    model = Speaker
    extra = 0
    ordering_field = "position"
    hide_ordering_field = True
    fields = (("name", "role"), "about", "position")
    formfield_overrides = {models.TextField: {"widget": UnfoldAdminExpandableTextareaWidget}}


class ResourceInline(TabularInline):
    model = Resource
    verbose_name = "link"
    verbose_name_plural = "further reading"
    extra = 0
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    fields = ("title", "url", "position")


class RevisionInline(TabularInline):
    """What people were told, oldest first; nobody edits it."""

    model = Revision
    verbose_name_plural = "what people were told"
    extra = 0
    can_delete = False
    hide_title = True
    fields = readonly_fields = ("when", "told", "reason", "who")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        revisions: QuerySet[Revision] = super().get_queryset(request)
        return revisions.select_related("webinar", "by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="When")
    def when(self, revision: Revision) -> str:
        return shown.moment(revision.at, revision.webinar)

    @display(description="What")
    def told(self, revision: Revision) -> str:
        start = times.announcement(revision.starts_at, [revision.time_zone], LANGUAGE)
        return f"{start}, {shown.length(revision.duration)}. {revision.calendar_title}"

    @display(description="By")
    def who(self, revision: Revision) -> str:
        return str(revision.by or shown.NOTHING)
