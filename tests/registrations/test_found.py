"""Sitemap, robots.txt, the Atom feeds and the pictures: what stands in them, how they are kept."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date, time, timedelta
from typing import Any

import pytest

from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.registrations.pages import get, joining, page, private
from webinars import scheduling, times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
SITEMAP, ATOM = "/sitemap.xml", "/feed/en.atom"
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
    "a": "http://www.w3.org/2005/Atom",
}
JULY = {"local_date": date(2027, 7, 30), "local_time": time(16)}
MOVED = {"date": date(2027, 8, 6), "time": time(17), "time_zone": "America/Los_Angeles"}
TOPIC = ("surgery", "pain", "joint")


@pytest.fixture(autouse=True)
def _spring(clock: Clock, settings: Any) -> None:
    settings.ORGANISATION_NAME = "Lakeside Health"
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def parsed(path: str) -> ET.Element:
    return ET.fromstring(get(path).content)


def addresses() -> list[str]:
    return [each.text or "" for each in parsed(SITEMAP).iterfind("s:url/s:loc", NAMES)]


def entries(path: str = ATOM) -> list[ET.Element]:
    return parsed(path).findall("a:entry", NAMES)


def said(node: ET.Element, name: str) -> str:
    return node.findtext(f"a:{name}", "", NAMES)


def make_thousand() -> None:
    first = make_webinar(starts_in=timedelta(days=1))
    fields = {
        field.name: getattr(first, field.name)
        for field in Webinar._meta.fields
        if field.name not in {"id", "code", "uid"}
    }
    made = Webinar.objects.bulk_create(Webinar(**fields) for _number in range(999))
    for webinar in made[:200]:
        webinar.revisions.record(webinar, reason="", by=None)


# ---- Sitemap and robots.txt ---------------------------------------------------------------------


def test_the_sitemap_has_the_list_and_what_is_coming_in_each_language() -> None:
    webinar = make_webinar(language="es")

    assert addresses() == [
        f"{SITE}/",
        f"{SITE}/?language=es",
        f"{SITE}{page(webinar)}?language=en",
        f"{SITE}{page(webinar)}",
    ]


def test_each_address_in_it_names_its_twin_and_its_last_change() -> None:
    webinar = make_webinar()

    last = parsed(SITEMAP).findall("s:url", NAMES)[-1]

    changed_at = webinar.changed_at.isoformat(timespec="seconds")
    assert last.findtext("s:lastmod", "", NAMES) == changed_at
    twins = last.iterfind("x:link", NAMES)
    assert [(each.get("hreflang"), each.get("href")) for each in twins] == [
        ("en", f"{SITE}{page(webinar)}"),
        ("es", f"{SITE}{page(webinar)}?language=es"),
        ("x-default", f"{SITE}{page(webinar)}"),
    ]


def test_no_draft_nothing_cancelled_nothing_over_and_nothing_private_is_in_it(clock: Clock) -> None:
    over = make_webinar(starts_in=timedelta(days=1))
    coming = make_webinar()
    registration = make_registration(webinar=coming)
    make_draft()
    scheduling.cancel(make_webinar(), reason="", by=None)
    clock.move_to(over.ends_at)

    assert addresses()[2:] == [f"{SITE}{page(coming)}", f"{SITE}{page(coming)}?language=es"]
    for path in (private(registration), joining(registration)):
        assert path not in get(SITEMAP).content.decode()


def test_robots_are_kept_out_of_private_places_and_shown_the_sitemap() -> None:
    response = get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /r/",
        "Disallow: /j/",
        "Disallow: /u/",
        "Disallow: /e/",
        "Disallow: /admin/",
        f"Sitemap: {SITE}/sitemap.xml",
    ]


# ---- Atom ---------------------------------------------------------------------------------------


def test_the_feed_says_whose_it_is_and_where_its_page_is() -> None:
    feed = parsed("/feed/es.atom")

    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "es"
    assert said(feed, "title") == "Lakeside Health: sesiones en línea"
    assert said(feed, "id") == f"{SITE}/feed/es.atom"
    assert feed.findtext("a:author/a:name", "", NAMES) == "Lakeside Health"
    assert [(each.get("rel"), each.get("href")) for each in feed.iterfind("a:link", NAMES)] == [
        ("alternate", f"{SITE}/?language=es"),
        ("self", f"{SITE}/feed/es.atom"),
    ]


def test_an_entry_says_when_and_leads_to_the_page() -> None:
    webinar = make_webinar(**JULY, is_sensitive=False, title="How our clinic works")

    [entry] = entries()

    assert said(entry, "title") == "July 30 at 4pm PDT / 7pm EDT: How our clinic works"
    assert said(entry, "id") == f"urn:uuid:{webinar.uid}"
    assert said(entry, "published") == "2027-03-01T20:00:00+00:00"
    assert said(entry, "summary") == (
        "<p>Friday, July 30, 2027, 4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)</p>"
        f"<p>{webinar.summary}</p>"
    )
    link = entry.find("a:link", NAMES)
    assert link is not None
    assert link.get("href") == f"{SITE}{page(webinar)}"


def test_the_topic_of_a_sensitive_webinar_does_not_stand_in_the_feed() -> None:
    make_webinar(**JULY)
    scheduling.cancel(make_webinar(), reason="", by=None)

    octets = get(ATOM).content.decode().lower()

    assert "july 30 at 4pm pdt / 7pm edt: online session" in octets
    assert [word for word in TOPIC if word in octets] == []


def test_each_language_has_its_own_sessions_soonest_first_and_no_draft(clock: Clock) -> None:
    over = make_webinar(starts_in=timedelta(days=1))
    later = make_webinar(starts_in=timedelta(days=9))
    sooner = make_webinar(starts_in=timedelta(days=2))
    spanish = make_webinar(**JULY, language="es")
    make_draft(starts_in=timedelta(days=3))
    clock.move_to(over.ends_at)

    assert [said(each, "id") for each in entries()] == [sooner.uid.urn, later.uid.urn]
    assert [said(each, "id") for each in entries("/feed/es.atom")] == [spanish.uid.urn]
    assert said(entries("/feed/es.atom")[0], "title") == (
        "30 de julio a las 4 p. m. PDT / 7 p. m. EDT: Sesión en línea"
    )


def test_a_move_updates_the_entry_and_a_new_host_address_does_not(clock: Clock) -> None:
    webinar = make_webinar(**JULY)
    first = entries()[0]
    clock.forward(hours=1)
    Webinar.objects.update(join_url="https://meet.example.com/other", changed_at=times.now())
    assert said(entries()[0], "updated") == said(first, "updated")

    scheduling.reschedule(webinar, **MOVED, reason="", by=None)

    [entry] = entries()
    assert said(entry, "id") == said(first, "id")
    assert said(entry, "updated") == "2027-03-01T21:00:00+00:00"
    assert said(entry, "published") == said(first, "published")
    assert said(entry, "title").startswith("August 6 at 5pm PDT / 8pm EDT")


def test_a_cancelled_session_stays_for_thirty_days_and_says_so(clock: Clock) -> None:
    webinar = make_webinar(**JULY)
    clock.forward(hours=1)
    scheduling.cancel(webinar, reason="", by=None)

    [entry] = entries()

    assert said(entry, "title").startswith("Cancelled: July 30 at 4pm PDT / 7pm EDT")
    assert said(entry, "summary").endswith("<p>This session is cancelled.</p>")
    assert said(entry, "updated") == "2027-03-01T21:00:00+00:00"
    clock.forward(days=30)
    assert entries() == []


def test_no_text_can_break_the_feed() -> None:
    title = "<b>One</b> & ]]> \x0b\x1b two"
    make_webinar(**JULY, is_sensitive=False, title=title, summary="<script>\x00</script>"[:8])

    [entry] = entries()

    assert said(entry, "title") == "July 30 at 4pm PDT / 7pm EDT: <b>One</b> & ]]> two"
    assert said(entry, "summary").endswith("<p>&lt;script&gt;</p>")


def test_an_empty_feed_is_the_same_at_each_reading(clock: Clock) -> None:
    first = get(ATOM)
    clock.forward(hours=1)

    assert get(ATOM).content == first.content
    assert said(ET.fromstring(first.content), "updated") == "2000-01-01T00:00:00+00:00"


def test_there_is_no_feed_in_another_language() -> None:
    assert get("/feed/fr.atom").status_code == 404


# ---- Pictures -----------------------------------------------------------------------------------


def test_the_picture_is_a_png_of_a_few_kilobytes() -> None:
    for path in ("/picture.png", f"{page(make_webinar())}picture.png"):
        response = get(path)
        assert response["Content-Type"] == "image/png"
        assert response.content.startswith(b"\x89PNG\r\n\x1a\n")
        assert len(response.content) < 40_000


def test_the_picture_changes_with_what_it_shows_and_with_the_language() -> None:
    webinar = make_webinar(**JULY)
    path = f"{page(webinar)}picture.png"
    first = get(path).content

    assert get(f"{path}?language=en&v=1").content == first
    assert get(f"{path}?language=es").content != first
    scheduling.cancel(webinar, reason="", by=None)
    assert get(path).content != first


# ---- Kept by anybody ----------------------------------------------------------------------------

KEPT = {
    SITEMAP: "public, max-age=60",
    "/robots.txt": "public, max-age=60",
    ATOM: "public, max-age=60",
    "/picture.png": "public, max-age=86400",
    "picture": "public, max-age=86400",
}


@pytest.mark.parametrize("path", KEPT)
def test_each_can_be_kept_by_anybody_and_sets_no_cookie(path: str, clock: Clock) -> None:
    age = KEPT[path]
    webinar = make_webinar(**JULY)
    if path == "picture":
        path = f"{page(webinar)}picture.png"

    response = get(path)
    clock.forward(hours=1)
    again = get(path, **{"If-None-Match": response["ETag"]})

    assert response["Cache-Control"] == age
    assert "Last-Modified" not in response
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_over_leaves_although_nothing_changed(clock: Clock) -> None:
    webinar = make_webinar(starts_in=timedelta(days=1))
    since = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    tags = {path: get(path)["ETag"] for path in (SITEMAP, ATOM)}
    clock.move_to(webinar.ends_at)

    for path, tag in tags.items():
        assert get(path, **{"If-None-Match": tag}).status_code == 200
        assert get(path, **since).status_code == 200


def test_a_thousand_webinars_take_as_many_queries_as_one(django_assert_num_queries: Any) -> None:
    make_thousand()

    for path, queries in {SITEMAP: 1, ATOM: 1, "/robots.txt": 0, "/picture.png": 0}.items():
        with django_assert_num_queries(queries):
            get(path)
    assert len(addresses()) == 2002
    assert len(entries()) == 100
