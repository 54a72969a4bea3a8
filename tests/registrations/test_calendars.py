"""The ways into a calendar: downloads, the links to web calendars, the feeds that pages offer."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings as site

from registrations import signup
from tests.clock import Clock
from tests.foreign.octets import values
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import get, joining, page, private, register, text
from webinars import scheduling, times
from webinars.models import Series, Webinar

pytestmark = pytest.mark.django_db

JULY = {"local_date": date(2027, 7, 30), "local_time": time(16)}
NOT_SURE = "Not sure yet? Note the date"


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def july(**fields: Any) -> Webinar:
    return make_webinar(**{**JULY, **fields})


def links(path: str) -> dict[str, dict[str, str]]:
    """The links to web calendars on a page: host and path -> query."""
    found = re.findall(r'href="(https://(?:calendar|outlook)\.[^"]+)"', get(path).content.decode())
    parts = [urlsplit(unescape(link)) for link in found]
    assert all(len(link) < 2000 for link in found)
    return {f"{part.netloc}{part.path}": dict(parse_qsl(part.query)) for part in parts}


# ---- Files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["public", "private", "joining"])
def test_every_download_is_a_calendar_file_of_a_neutral_name(kind: str) -> None:
    registration = make_registration(webinar=july())
    paths = {
        "public": f"{page(registration.webinar)}calendar.ics",
        "private": private(registration, "calendar.ics"),
        "joining": joining(registration, "calendar.ics"),
    }

    response = get(paths[kind])

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="session.ics"'
    kept = "public, max-age=60" if kind == "public" else "private, no-store"
    assert response["Cache-Control"] == kept
    assert response["X-Robots-Tag"] == "noindex"
    for name in ("METHOD", "ORGANIZER", "ATTENDEE", "X-WR-CALNAME", "NAME", "REFRESH-INTERVAL"):
        assert values(response.content, name) == []


def test_what_is_called_off_or_over_has_no_download_any_more(clock: Clock) -> None:
    off, over = scheduling.cancel(july(), reason="", by=None), july()
    clock.move_to(over.ends_at)

    for webinar in (off, over):
        response = get(f"{page(webinar)}calendar.ics")
        assert (response.status_code, response["Location"]) == (303, page(webinar))


# ---- Links to web calendars ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["private", "joining"])
def test_personal_links_carry_the_join_link_into_three_web_calendars(kind: str) -> None:
    registration = make_registration(webinar=july(), time_zone="America/Chicago")
    path = {"private": private, "joining": joining}[kind](registration)
    way_in = f"{site.SITE_URL}{joining(registration)}"

    found = links(path)

    google = found.pop("calendar.google.com/calendar/render")
    assert google.pop("details").startswith(f"{way_in}\n\nFriday, July 30, 2027, 6:00 pm Central")
    assert google == {
        "action": "TEMPLATE",
        "text": "Online session",
        "dates": "20270730T230000Z/20270731T000000Z",
        "location": way_in,
        "ctz": "America/Chicago",
    }
    assert list(found) == [
        "outlook.live.com/calendar/0/deeplink/compose",
        "outlook.office.com/calendar/0/deeplink/compose",
    ]
    for outlook in found.values():
        assert outlook.pop("body").startswith(f"{way_in}<br><br>Friday, July 30, 2027, 6:00 pm")
        assert outlook == {
            "path": "/calendar/action/compose",
            "rru": "addevent",
            "startdt": "2027-07-30T23:00:00Z",
            "enddt": "2027-07-31T00:00:00Z",
            "subject": "Online session",
            "location": way_in,
        }


def test_public_links_lead_to_the_page_and_hold_nothing_that_only_the_registered_get() -> None:
    webinar = july(display_zones=["US/Mountain", "America/New_York"])
    address = f"{site.SITE_URL}{page(webinar)}"

    found = links(page(webinar))

    google = found["calendar.google.com/calendar/render"]
    assert (google["location"], google["ctz"]) == (address, "America/Denver")
    assert len(found) == 3
    for query in found.values():
        assert query["location"] == address
        said = query.get("details") or query["body"].replace("<br>", "\n")
        assert said == (
            f"{address}\n\nFriday, July 30, 2027, 5:00 pm Mountain Time (MDT), "
            "7:00 pm Eastern Time (EDT)\n\nHelp: 1-800-555-0199"
        )


def test_public_links_speak_the_pages_language() -> None:
    webinar = july()

    google = links(f"{page(webinar)}?language=es")["calendar.google.com/calendar/render"]

    assert google["text"] == "Sesión en línea"
    assert google["location"] == f"{site.SITE_URL}{page(webinar)}?language=es"
    assert "iernes, 30 de julio de 2027, 4:00 p. m., hora del Pacífico (PDT)" in google["details"]


def test_a_topic_stands_in_no_link_to_a_calendar() -> None:
    registration = make_registration(webinar=july())

    for path in (page(registration.webinar), private(registration), joining(registration)):
        assert len(links(path)) == 3
        assert not re.search(r"(?i)surg|pain|joint", str(links(path)))


def test_every_page_with_calendar_links_says_what_the_calendar_must_show() -> None:
    registration = make_registration(webinar=july(), time_zone="America/Chicago")
    must_show = "Your calendar must then show: Online session: Friday, July 30, 2027,"
    own = f"{must_show} 6:00 pm to 7:00 pm Central Time (CDT)"

    assert own in text(get(private(registration)))
    assert own in text(get(joining(registration)))
    assert (
        f"{must_show} 4:00 pm to 5:00 pm Pacific Time (PDT), 7:00 pm to 8:00 pm Eastern Time (EDT)"
    ) in text(get(page(registration.webinar)))


def test_phones_open_the_links_themselves_and_the_address_is_passed_on_to_nobody() -> None:
    registration = make_registration(webinar=july())

    for path in (page(registration.webinar), private(registration), joining(registration), "/"):
        html = get(path).content.decode()
        assert not re.search(r"<a [^>]*\b(?:download|target)\b", html)
        assert "yahoo" not in html.casefold()
        for link in re.findall(r'<a [^>]*href="https://(?:calendar|outlook)[^>]*>', html):
            assert 'rel="noreferrer"' in link


# ---- Where there are buttons --------------------------------------------------------------------


def test_whoever_is_not_sure_yet_can_note_the_date_and_reads_that_it_saves_no_place() -> None:
    shown = text(get(page(july())))

    assert NOT_SURE in shown
    assert "It does not save your place, and it does not move when the time changes." in shown


def test_there_is_no_public_entry_where_no_place_can_be_had(clock: Clock) -> None:
    full = july(capacity=1)
    make_registration(webinar=full)
    closed = july(registration_closes=timedelta(days=400))
    off = scheduling.cancel(july(), reason="", by=None)

    for webinar in (full, closed, off):
        assert NOT_SURE not in text(get(page(webinar)))
        assert links(page(webinar)) == {}


def test_the_answer_to_the_form_has_no_calendar_buttons() -> None:
    html = register(july()).content.decode()

    assert "Check your email" in html
    assert not re.search(r"calendar\.ics|calendar\.google|outlook\.", html)


def test_whoever_gave_up_the_place_is_offered_no_entry() -> None:
    registration = signup.cancel(make_registration(webinar=july()))

    assert links(private(registration)) == links(joining(registration)) == {}


# ---- Feeds on the list --------------------------------------------------------------------------


def offered(path: str = "/") -> list[tuple[str, str, str]]:
    """Name, webcal address and address to copy of each feed."""
    rows = re.findall(r"<details>(.*?)</details>", get(path).content.decode(), re.DOTALL)
    return [
        (
            re.sub(r"<[^>]+>", "", row.partition("</summary>")[0]).strip(),
            *re.findall(r'href="([^"]+)"', row),
        )
        for row in rows
    ]


def feed(name: str, path: str) -> tuple[str, str, str]:
    return name, f"webcal://testserver/feed/{path}", f"http://testserver/feed/{path}"


def test_the_list_offers_the_feed_in_both_forms_and_says_how_late_its_news_are() -> None:
    july()

    assert offered() == [feed("All sessions", "all.ics")]
    assert "Most calendars look for news only every 12 to 24 hours." in text(get("/"))


def test_an_empty_list_offers_the_feed_too() -> None:
    assert offered() == [feed("All sessions", "all.ics")]


def test_each_language_has_its_feed_where_there_are_several() -> None:
    july(), july(language="es")

    assert offered() == [
        feed("All sessions", "all.ics"),
        feed("Only the sessions in English", "en.ics"),
        feed("Only the sessions in Spanish", "es.ics"),
    ]
    assert [name for name, *_ in offered("/?language=es")] == [
        "Todas las sesiones",
        "Solo las sesiones en inglés",
        "Solo las sesiones en español",
    ]


def test_each_series_of_what_is_coming_has_its_feed() -> None:
    coming = Series.objects.create(title="Vivir con dolor", language="es")
    Series.objects.create(title="Nothing planned")
    july(series=coming), july(series=coming)

    assert offered()[1:] == [feed("Vivir con dolor", f"series/{coming.code}.ics")]
    assert '<span lang="es">Vivir con dolor</span>' in get("/").content.decode()


def test_every_offered_feed_is_there() -> None:
    july(series=Series.objects.create(title="Meet the team")), july(language="es")

    for _name, _webcal, address in offered():
        assert get(address.removeprefix("http://testserver")).status_code == 200
