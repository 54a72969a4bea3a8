"""The announcement's forms on other people's sites: open, small, kept a minute, escaped."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client

from registrations import announcing
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.announcing import (
    A_WEEK_LATER,
    AUGUST,
    PATHS,
    TITLE,
    form_of,
    of,
)
from tests.registrations.pages import get, july, page, text
from webinars import scheduling, times
from webinars.models import Series, Webinar

pytestmark = pytest.mark.django_db

HOSTILE = "</script><img src=x onerror=\"a('&')\">\u2028'+alert(1)+'"
LIMIT = 10_000  # bytes
every_form = pytest.mark.parametrize("form", list(PATHS))


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def facts_in(script: str) -> dict[str, Any]:
    """What the loader was given to show."""
    found = re.search(r"const SAID = (.*);\n", script)
    assert found
    facts: dict[str, Any] = json.loads(found[1])
    return facts


# ---- Each form ----------------------------------------------------------------------------------


def test_the_snippet_is_one_paragraph_with_one_link() -> None:
    webinar = july()

    assert of(webinar, "html").content.decode() == (
        '<p lang="en">Attend our National Patient Webinar on July 30 at 4pm PDT / 7pm EDT! '
        f'<a href="http://testserver/w/{webinar.code}/?utm_source=embed-html" '
        f'aria-label="More Information: {TITLE}, July 30 at 4pm PDT / 7pm EDT">'
        "More Information</a></p>\n"
    )


def test_the_facts_are_for_programs() -> None:
    webinar = july()

    assert of(webinar, "json").json() == {
        "state": "coming",
        "language": "en",
        "sentence": "Attend our National Patient Webinar on July 30 at 4pm PDT / 7pm EDT!",
        "note": "",
        "your_time": "",
        "link": {
            "text": "More Information",
            "label": f"More Information: {TITLE}, July 30 at 4pm PDT / 7pm EDT",
            "url": f"http://testserver/w/{webinar.code}/?utm_source=embed-json",
        },
        "title": TITLE,
        "starts_at": "2027-07-30T16:00:00-07:00",
        "zones": ["America/Los_Angeles", "America/New_York"],
    }


def test_with_nothing_to_say_the_facts_have_the_same_shape() -> None:
    july_facts, nothing = of(july(), "json").json(), form_of("next/es", "json").json()

    assert nothing.keys() == july_facts.keys()
    assert (nothing["state"], nothing["title"], nothing["starts_at"]) == ("nothing", "", "")


def test_the_frame_says_all_without_javascript_and_leads_out_of_itself() -> None:
    webinar = scheduling.reschedule(july(), **A_WEEK_LATER, reason="", by=None)
    frame = of(webinar, "frame")

    assert text(frame).endswith(
        "Attend our National Patient Webinar on August 6 at 4pm PDT / 7pm EDT! "
        "The time has changed. It was July 30 at 4pm PDT / 7pm EDT. More Information"
    )
    assert f'href="http://testserver/w/{webinar.code}/?utm_source=embed-frame" target="_top"' in (
        frame.content.decode()
    )


def test_the_frames_script_keeps_its_language_and_its_source() -> None:
    webinar = july()
    frame = of(webinar, "frame", "?language=es&utm_source=harbor").content.decode()
    found = re.search(r'src="(.*?)"', frame)
    assert found
    path = found[1].replace("&amp;", "&")

    assert '<html lang="es">' in frame
    assert path == f"/announce/webinar/{webinar.code}.js?language=es&utm_source=harbor"
    facts = facts_in(get(path).content.decode())
    assert facts["language"] == "es"
    assert facts["link"]["url"].endswith("?language=es&utm_source=harbor")


def test_no_clock_time_is_parted_where_lines_break() -> None:
    webinar = july(language="es")
    together = "4\N{NO-BREAK SPACE}p.\N{NO-BREAK SPACE}m."

    assert together in of(webinar, "html").content.decode()
    assert together in of(webinar, "frame").content.decode()
    assert together in facts_in(of(webinar, "js").content.decode())["sentence"]
    assert "4 p. m." in of(webinar, "txt").content.decode()
    assert "4 p. m." in of(webinar, "json").json()["sentence"]


@pytest.mark.parametrize("field", ["title", "announced_as"])
def test_nothing_that_an_organizer_typed_runs(field: str) -> None:
    webinar = july(**{field: HOSTILE})

    for form in ("html", "frame"):
        html = of(webinar, form).content.decode()
        assert "<img" not in html
        assert html.count("</script>") == (form == "frame")
    script = of(webinar, "js").content.decode()
    assert HOSTILE in facts_in(script)["title" if field == "title" else "sentence"]
    assert "\u2028" not in script


# ---- How it is answered -------------------------------------------------------------------------


@every_form
def test_it_is_open_to_every_site_and_knows_nobody(form: str) -> None:
    answer = of(july(), form)

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Cache-Control"] == "public, max-age=60"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("txt", "text/plain; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
        ("json", "application/json"),
        ("js", "text/javascript; charset=utf-8"),
        ("frame", "text/html; charset=utf-8"),
    ],
)
def test_it_says_what_it_is(form: str, content_type: str) -> None:
    assert of(july(), form)["Content-Type"] == content_type


def test_only_the_frame_may_be_framed() -> None:
    webinar = july()
    frame = of(webinar, "frame")

    assert "X-Frame-Options" not in frame
    assert frame["Content-Security-Policy"].endswith("frame-ancestors *")
    for path in ("/", page(webinar), *(PATHS[form] for form in ("txt", "html", "json", "js"))):
        answer = get(path.format(f"webinar/{webinar.code}"))
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_the_frame_may_run_our_script_and_its_one_style_sheet_alone() -> None:
    policy = of(july(), "frame")["Content-Security-Policy"]

    assert policy == (
        f"default-src 'none'; script-src 'self'; style-src 'sha256-{announcing.style_hash()}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors *"
    )


def test_nothing_else_is_open_to_other_sites() -> None:
    webinar = july()

    for path in ("/", page(webinar), f"{page(webinar)}time/", "/feed/all.ics", "/nowhere/"):
        assert "Access-Control-Allow-Origin" not in get(path)


@every_form
def test_whoever_has_it_already_is_told_so_and_other_sites_may_read_that(form: str) -> None:
    webinar = july()
    path = PATHS[form].format(f"webinar/{webinar.code}")
    tag = get(path)["ETag"]

    answer = get(path, **{"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=60"


@every_form
def test_a_move_changes_its_tag_and_the_passing_of_time_does_not(form: str, clock: Clock) -> None:
    webinar = july()
    tag = of(webinar, form)["ETag"]

    clock.forward(hours=5)
    assert of(webinar, form)["ETag"] == tag
    scheduling.reschedule(webinar, **A_WEEK_LATER, reason="", by=None)
    assert of(webinar, form)["ETag"] != tag


@every_form
def test_nobody_keeps_it_past_the_start(form: str, clock: Clock) -> None:
    webinar = july()
    clock.move_to(webinar.starts_at - timedelta(seconds=20))

    assert of(webinar, form)["Cache-Control"] in {"public, max-age=19", "public, max-age=20"}


def test_compressed_it_says_that_it_varies() -> None:
    answer = get(PATHS["js"].format(f"webinar/{july().code}"), **{"Accept-Encoding": "gzip"})

    assert answer["Vary"] == "Accept-Encoding"
    assert b"attachShadow" in gzip.decompress(answer.content)


@every_form
def test_it_is_small_even_at_its_longest(form: str) -> None:
    webinar = july(title="ñ" * 120, announced_as="ñ" * 80, language="es")
    scheduling.reschedule(webinar, **A_WEEK_LATER, reason="", by=None)

    longest = of(webinar, form, f"?utm_source={'a' * 60}&zone=Asia/Kathmandu&language=es")

    assert len(longest.content) < LIMIT


@every_form
def test_it_can_only_be_read(form: str) -> None:
    path = PATHS[form].format(f"webinar/{july().code}")

    assert Client().post(path).status_code == 405
    assert Client().head(path).status_code == 200


def test_each_kind_takes_a_few_queries_whatever_else_there_is(
    django_assert_num_queries: Any,
) -> None:
    series = Series.objects.create(title="Meet the team")
    one = july(series=series)
    counts = {f"webinar/{one.code}": 1, f"series/{series.code}": 3, "next/all": 2}
    for _number in range(3):
        make_webinar(**AUGUST, series=series)
        for subject, queries in counts.items():
            with django_assert_num_queries(queries):
                form_of(subject, "frame")


def test_a_moved_and_limited_one_takes_three_more(django_assert_num_queries: Any) -> None:
    moved = scheduling.reschedule(july(capacity=9), **A_WEEK_LATER, reason="", by=None)
    make_registration(webinar=Webinar.objects.get())

    with django_assert_num_queries(4):
        of(moved)
