"""Series: a name for webinars that belong together, and the feed that calendars subscribe to."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin
from unfold.decorators import display

from registrations import links
from webinars.models import Series


@admin.register(Series)
class SeriesAdmin(ModelAdmin):
    """Deleting one deletes no webinar; whoever subscribed to its feed gets nothing more."""

    fields = ("title", "language", "feed")
    readonly_fields = ("feed",)
    list_display = ("title", "language", "feed")
    list_fullwidth = True
    search_fields = ("title",)

    @display(description="Feed, for calendars to subscribe to")
    def feed(self, series: Series) -> str:
        return links.feed_url("feed_of_series", series.code) if series.pk else "Once it is saved."
