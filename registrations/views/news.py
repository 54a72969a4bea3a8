"""The Atom feeds (RFC 4287): what is coming, in one language, for feed readers and other sites.

As in the calendars' feeds, the topic of a sensitive webinar is not named: the page that an entry
leads to says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from registrations import links
from registrations.views.answers import kept, public_page
from webinars import feeds, ics
from webinars.models import Webinar

MOST = 100  # entries, soonest first
NOTHING_YET = datetime(2000, 1, 1, tzinfo=UTC)


class Atom(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """Of an empty feed too the same at each reading; Django would say now."""
        return max((item["updateddate"] for item in self.items), default=NOTHING_YET)


class News(Feed):  # type: ignore[type-arg]  # generic in the stubs alone
    """The feed of one language. An entry counts as updated when everybody registered was told."""

    feed_type = Atom

    def get_object(self, request: HttpRequest, *args: object, **kwargs: str) -> str:
        return kwargs["language"]

    def title(self, language: str) -> str:
        return feeds.in_language(language).name

    def link(self, language: str) -> str:
        return links.site_url("home", language)

    def feed_url(self, language: str) -> str:
        return links.feed_url("news", language)

    def feed_guid(self, language: str) -> str:
        return links.feed_url("news", language)

    def author_name(self) -> str:
        return str(settings.ORGANISATION_NAME)

    def items(self, language: str) -> list[Webinar]:
        coming = feeds.in_language(language).webinars.annotate(told_at=Max("revisions__at"))
        return list(coming[:MOST])

    def item_title(self, item: Webinar) -> str:
        said = f"{item.announcement()}: {item.discreet_title}"
        return _plain(f"{gettext('Cancelled')}: {said}" if _is_off(item) else said)

    def item_description(self, item: Webinar) -> SafeString:
        lines = [item.long_form()]
        if _is_off(item):
            lines.append(gettext("This session is cancelled."))
        elif not item.is_sensitive:
            lines.append(item.summary)
        return format_html_join("", "<p>{}</p>", ((_plain(line),) for line in lines))

    def item_link(self, item: Webinar) -> str:
        return links.page_url(item)

    def item_guid(self, item: Webinar) -> str:
        return item.uid.urn

    def item_pubdate(self, item: Webinar) -> datetime | None:
        return item.published_at and item.published_at.replace(microsecond=0)

    def item_updateddate(self, item: Webinar) -> datetime:
        told_at: datetime = item.told_at  # type: ignore[attr-defined]
        return told_at.replace(microsecond=0)


_news = News()


@require_safe
@public_page
def news(request: HttpRequest, language: str) -> HttpResponse:
    """Without Last-Modified: a webinar that is over leaves the feed without having changed."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        response = _news(request, language=language)
    del response.headers["Last-Modified"]
    response.headers["X-Robots-Tag"] = "noindex"
    return kept(response)


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed, for a page that names it."""

    language: str
    name: str
    address: str


def offered() -> list[Offer]:
    return [
        Offer(code, feeds.in_language(code).name, links.feed_url("news", code))
        for code, _name in settings.LANGUAGES
    ]


def _is_off(webinar: Webinar) -> bool:
    return webinar.state == Webinar.State.CANCELLED


def _plain(words: str) -> str:
    """On one line, without the signs that XML cannot carry."""
    return ics.UNSAFE.sub(" ", words).strip()
