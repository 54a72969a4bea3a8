"""Series: a name for webinars that belong together, their feed and their announcement."""

from __future__ import annotations

from functools import partial

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from registrations import embedding, links
from webinars.admin import announce
from webinars.models import Series


@admin.register(Series)
class SeriesAdmin(ModelAdmin):
    """Deleting one deletes no webinar; whoever subscribed to its feed gets nothing more."""

    fields = ("title", "language", "feed")
    readonly_fields = ("feed",)
    list_display = ("title", "language", "feed")
    list_fullwidth = True
    search_fields = ("title",)
    actions_detail = ("announce",)

    @action(
        description="Announce",
        url_path="announce",
        icon="campaign",
        permissions=["view"],
    )
    def announce(self, request: HttpRequest, object_id: str) -> HttpResponse:
        series: Series | None = self.get_object(request, object_id)
        if series is None:
            raise Http404
        return announce.page(request, self, partial(embedding.of_series, series), series)

    @display(description="Feed, for calendars to subscribe to")
    def feed(self, series: Series) -> str:
        return links.feed_url("feed_of_series", series.code) if series.pk else "Once it is saved."
