"""How the public pages are found: sitemap, robots.txt, and the pictures of shared links.

Each is the same for everybody and sets no cookie. Nothing private is named in any of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import get_script_prefix, reverse
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import conditional_page, require_safe

from registrations import links
from registrations.views.answers import kept, public_page, speak
from registrations.views.metadata import home_picture, webinar_picture
from webinars import picture
from webinars.models import Webinar

NAMESPACES = {
    "xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xmlns:xhtml": "http://www.w3.org/1999/xhtml",
}
MOST = 50_000 // len(settings.LANGUAGES) - 1  # webinars: a file may name 50,000 addresses
PRIVATE = ("r/", "j/", "u/", "e/", "admin/")
PICTURE_KEPT_FOR = timedelta(days=1)  # its address changes with what it shows


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its address in each language, the one for other readers, and its last change."""

    addresses: dict[str, str]
    default: str
    changed_at: datetime | None = None


@require_safe
@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """The list of webinars and each published one to come, in every language (sitemaps.org).

    Not by Django's sitemaps: a language is no part of our paths, and for a thousand webinars they
    take a second. Without Last-Modified: what is over leaves it, and nothing has changed.
    """
    webinars = Webinar.objects.published().upcoming().only("code", "language", "changed_at")
    pages = [_home(), *map(_webinar, webinars[:MOST])]
    response = HttpResponse(_urlset(pages), content_type="application/xml")
    response.headers["X-Robots-Tag"] = "noindex"
    return kept(response)


def _home() -> Page:
    addresses = {code: links.site_url("home", code) for code, _name in settings.LANGUAGES}
    return Page(addresses, addresses[settings.LANGUAGE_CODE])


def _webinar(webinar: Webinar) -> Page:
    addresses = {code: links.page_url(webinar, code) for code, _name in settings.LANGUAGES}
    return Page(addresses, links.page_url(webinar), webinar.changed_at)


def _urlset(pages: Iterable[Page]) -> str:
    """The file. Every language of a page names them all, itself too, as Google asks."""
    written = StringIO()
    xml = SimplerXMLGenerator(written, "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement("urlset", AttributesImpl(NAMESPACES))
    for page in pages:
        for address in page.addresses.values():
            _write_url(xml, address, page)
    xml.endElement("urlset")
    return written.getvalue()


def _write_url(xml: SimplerXMLGenerator, address: str, page: Page) -> None:
    xml.startElement("url", AttributesImpl({}))
    xml.addQuickElement("loc", address)
    if page.changed_at:
        xml.addQuickElement("lastmod", page.changed_at.isoformat(timespec="seconds"))
    for language, twin in {**page.addresses, "x-default": page.default}.items():
        alternate = {"rel": "alternate", "hreflang": language, "href": twin}
        xml.addQuickElement("xhtml:link", None, alternate)
    xml.endElement("url")


@require_safe
@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """Where crawlers have nothing to look for. What keeps private pages private is their token."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {get_script_prefix()}{path}" for path in PRIVATE),
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return kept(HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8"))


@require_safe
@conditional_page
def site_picture(request: HttpRequest) -> HttpResponse:
    return _picture(home_picture())


@require_safe
@conditional_page
def picture_of_webinar(request: HttpRequest, code: str) -> HttpResponse:
    webinar = get_object_or_404(Webinar.objects.public(), code=code)
    speak(request, webinar.language)
    return _picture(webinar_picture(webinar))


def _picture(words: picture.Words) -> HttpResponse:
    seconds = PICTURE_KEPT_FOR // timedelta(seconds=1)
    headers = {"Content-Type": "image/png", "Cache-Control": f"public, max-age={seconds}"}
    return HttpResponse(picture.draw(words), headers=headers)
