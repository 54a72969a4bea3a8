"""The public feeds that calendars subscribe to: all webinars, one language, one series.

And how a page offers them.

Whatever stands in one is public. Most requests ask for news and there are none: answered by 304.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from registrations import links
from webinars import feeds
from webinars.models import Series, Webinar

ONLY_IN = {
    "en": gettext_lazy("Only the sessions in English"),
    "es": gettext_lazy("Only the sessions in Spanish"),
}
KEPT_FOR = timedelta(minutes=5)
FILE_HEADERS = {
    "Content-Type": "text/calendar; charset=utf-8",
    "Content-Disposition": 'inline; filename="sessions.ics"',
}
HEADERS = {
    "Cache-Control": f"public, max-age={KEPT_FOR // timedelta(seconds=1)}",
    "X-Robots-Tag": "noindex",
}


@require_safe
@gzip_page
def feed_of_all(request: HttpRequest) -> HttpResponse:
    return _answer(request, feeds.everything())


@require_safe
@gzip_page
def feed_in_language(request: HttpRequest, language: str) -> HttpResponse:
    if language not in dict(settings.LANGUAGES):
        raise Http404
    return _answer(request, feeds.in_language(language))


@require_safe
@gzip_page
def feed_of_series(request: HttpRequest, code: str) -> HttpResponse:
    return _answer(request, feeds.of_series(get_object_or_404(Series, code=code)))


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed to subscribe to. `language` is that of its name, where it is the organizer's words."""

    name: str
    address: str
    language: str = ""

    @property
    def webcal(self) -> str:
        """The address under which phones and computers subscribe instead of showing a file."""
        return f"webcal://{self.address.partition('://')[2]}"


def offered(coming: Iterable[Webinar]) -> list[Offer]:
    """All, each language where there are several, and each series of what is coming."""
    languages = sorted({webinar.language for webinar in coming})
    series = {webinar.series for webinar in coming if webinar.series}
    return [
        Offer(gettext("All sessions"), links.feed_url("feed_of_all")),
        *(
            Offer(str(ONLY_IN[code]), links.feed_url("feed_in_language", code))
            for code in (languages if len(languages) > 1 else [])
        ),
        *(
            Offer(each.title, links.feed_url("feed_of_series", each.code), each.language)
            for each in sorted(series, key=attrgetter("title", "pk"))
        ),
    ]


def _answer(request: HttpRequest, feed: feeds.Feed) -> HttpResponse:
    """The file, or 304 before anything is composed.

    There is no Last-Modified: a webinar that is over leaves the feed without having changed.
    """
    etag = quote_etag(feed.fingerprint())
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(feed.octets(links.page_url), headers=FILE_HEADERS)
    for name, value in {"ETag": etag, **HEADERS}.items():
        response[name] = value
    return response
