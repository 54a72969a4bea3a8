"""The public pages: what they say in each state, that they can be kept, and what a press does."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

import pytest

from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.registrations.pages import (
    get,
    has_form,
    joining,
    july,
    page,
    private,
    register,
    text,
)
from webinars import scheduling, times
from webinars.models import Resource, Speaker, Webinar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    """Every test begins on March 1, 2027, at noon Pacific."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


# ---- What is coming -----------------------------------------------------------------------------


def test_the_list_shows_what_is_coming_soonest_first_and_what_was_called_off() -> None:
    july(title="The later one", starts_in=timedelta(days=9))
    make_webinar(title="The sooner one", starts_in=timedelta(days=2))
    off = make_webinar(title="The cancelled one", starts_in=timedelta(days=5))
    scheduling.cancel(off, reason="", by=None)
    make_draft(title="The draft")

    shown = text(get("/"))

    assert re.findall(r"The \w+ (?:one|draft)|Cancelled", shown) == [
        "The sooner one",
        "Cancelled",
        "The cancelled one",
        "The later one",
    ]
    assert "July 30 at 4pm PDT / 7pm EDT" in shown


def test_no_clock_time_is_parted_at_the_end_of_a_line() -> None:
    registration = make_registration(webinar=july(), language="es", time_zone="America/Denver")
    moved_to_august(registration.webinar)

    for path in ("/", page(registration.webinar), private(registration), joining(registration)):
        _head, _body, html = get(f"{path}?language=es").content.decode().partition("<body>")
        assert re.search("\\d\N{NO-BREAK SPACE}p\\.\N{NO-BREAK SPACE}m\\.", html)
        in_faces = re.findall(r"<b>.*?</b>", html)  # the style sheet keeps these together
        assert len(re.findall("p\\. m\\.", html)) == len(re.findall("p\\. m\\.", "".join(in_faces)))


def test_a_past_webinar_is_listed_once_it_has_a_recording(clock: Clock) -> None:
    with_recording = make_webinar(title="Recorded", recording_url="https://video.example/1")
    make_webinar(title="Unrecorded")
    clock.move_to(with_recording.ends_at)

    shown = text(get("/"))

    assert "Nothing is planned right now." in shown
    assert "Watch again" in shown
    assert "Recorded" in shown
    assert "Unrecorded" not in shown


def test_the_list_says_which_one_has_begun(clock: Clock) -> None:
    clock.move_to(july().starts_at)

    assert "Now July 30 at 4pm PDT / 7pm EDT" in text(get("/"))


def test_the_list_takes_the_same_queries_for_one_and_for_three(
    django_assert_num_queries: Any,
) -> None:
    for _number in range(3):
        july()
        with django_assert_num_queries(2):
            get("/")


def test_a_reader_who_chose_a_language_keeps_it_from_the_list_to_the_page() -> None:
    webinar = july(language="es")

    assert f'href="{page(webinar)}"' in get("/").content.decode()
    assert f'href="{page(webinar)}?language=en"' in get("/?language=en").content.decode()
    assert f'href="{page(webinar)}"' in get("/?language=es").content.decode()


# ---- A webinar's page ---------------------------------------------------------------------------


def test_the_page_says_what_when_who_and_what_to_read() -> None:
    webinar = july(
        summary="Where the pain may come from.",
        description="<p>For <strong>everybody</strong>.</p>",
    )
    Speaker.objects.create(webinar=webinar, name="Maria Reyes, MD", role="Spine surgeon")
    Resource.objects.create(webinar=webinar, title="What studies show", url="https://a.example/")

    response = get(page(webinar))

    assert f'<h1 lang="en">{webinar.title}</h1>' in response.content.decode()
    assert "<p>For <strong>everybody</strong>.</p>" in response.content.decode()
    assert "Friday, July 30, 2027 4:00 pm Pacific Time (PDT) 7:00 pm Eastern Time (EDT)" in text(
        response
    )
    for words in (
        "Live webinar, online, 1 hour",
        "Where the pain may come from.",
        "MR Maria Reyes, MD Spine surgeon",
        "Read more What studies show",
        "Need help? We are glad to talk to you: 1-800-555-0199",
    ):
        assert words in text(response)


def test_nothing_in_an_organizers_text_runs_or_loads() -> None:
    webinar = july(
        title="<b>Bold</b>",
        description='<p onclick="a()">Text<script>b()</script><img src="https://c.example/"></p>',
    )

    html = get(page(webinar)).content.decode()

    assert "&lt;b&gt;Bold&lt;/b&gt;" in html
    assert "<p>Text</p>" in html
    assert "c.example" not in html
    assert re.findall("<script[^>]*>", html) == [
        '<script type="application/ld+json">',  # data: see test_metadata.py
        '<script src="/static/site/site.js" defer>',
    ]


def test_zones_on_different_dates_each_stand_under_their_own() -> None:
    webinar = july(display_zones=["America/Los_Angeles", "Asia/Tokyo"])

    assert (
        "Friday, July 30, 2027 4:00 pm Pacific Time (PDT) "
        "Saturday, July 31, 2027 8:00 am Japan Time (JST)"
    ) in text(get(page(webinar)))


def test_the_zone_is_chosen_beforehand_in_words() -> None:
    html = get(page(july(display_zones=["US/Mountain"]))).content.decode()

    assert html.count(" selected>") == 1
    assert '<option value="America/Denver" selected>Mountain Time: Denver' in html


def test_the_page_speaks_the_webinars_language_unless_another_is_asked_for() -> None:
    webinar = july(language="es", title="¿Dolor de espalda?")

    own, asked = get(page(webinar)), get(f"{page(webinar)}?language=en")

    assert '<html lang="es">' in own.content.decode()
    assert "Viernes, 30 de julio de 2027" in text(own)
    assert '<a href="?language=en" lang="en" hreflang="en">English</a>' in own.content.decode()
    assert '<html lang="en">' in asked.content.decode()
    assert "Friday, July 30, 2027" in text(asked)
    assert '<h1 lang="es">¿Dolor de espalda?</h1>' in asked.content.decode()


def test_a_draft_and_a_wrong_code_are_not_found_and_say_so_calmly() -> None:
    wrong = ["/w/nothing0/", "/w/%00/", "/w/%00/calendar.ics", "/feed/series/%00.ics"]
    wrong += ["/announce/webinar/%00.txt", "/announce/series/%00/", "/w/%C3%B1/picture.png"]
    responses = [get(page(make_draft())), *map(get, wrong)]

    assert {response.status_code for response in responses} == {404}
    assert all("We cannot find this page" in text(response) for response in responses)


def moved_to_august(webinar: Webinar) -> Webinar:
    return scheduling.reschedule(
        webinar,
        date=date(2027, 8, 6),
        time=time(17),
        time_zone="America/Los_Angeles",
        reason="",
        by=None,
    )


def test_a_moved_webinar_says_what_it_was(clock: Clock) -> None:
    webinar = july()
    clock.forward(days=1)
    moved_to_august(webinar)

    shown = text(get(page(webinar)))

    assert "The time has changed It was July 30 at 4pm PDT / 7pm EDT." in shown
    assert "Friday, August 6, 2027 5:00 pm Pacific Time (PDT)" in shown


def test_a_moved_webinar_that_is_called_off_or_over_sends_nobody_to_a_new_time(
    clock: Clock,
) -> None:
    over, off = (moved_to_august(july()) for _each in range(2))
    scheduling.cancel(off, reason="", by=None)
    assert "Please use the new time below." in text(get(page(over)))
    assert "new time" not in text(get(page(off)))

    clock.move_to(over.ends_at)

    assert "new time" not in text(get(page(over)))


def test_a_cancelled_webinar_says_so_and_takes_nobody() -> None:
    webinar = scheduling.cancel(july(), reason="", by=None)

    for response in (get(page(webinar)), register(webinar)):
        assert "This webinar is cancelled It will not take place." in text(response)
        assert not has_form(response)
    assert not Registration.objects.exists()


def test_when_sign_up_has_closed_the_page_says_so_and_whom_to_call(clock: Clock) -> None:
    webinar = july(registration_closes=timedelta(hours=2))
    clock.move_to(webinar.registration_closes_at)

    for response in (get(page(webinar)), register(webinar)):
        assert "Sign-up has closed" in text(response)
        assert "1-800-555-0199" in text(response)
        assert not has_form(response)
    assert not Registration.objects.exists()


def test_after_the_end_there_is_the_recording_or_a_word_that_there_is_none(
    clock: Clock,
) -> None:
    webinar = july()
    clock.move_to(webinar.ends_at)

    assert "This webinar is over There is no recording here yet." in text(get(page(webinar)))

    Webinar.objects.update(recording_url="https://video.example/1")

    assert 'href="https://video.example/1"' in get(page(webinar)).content.decode()


def test_somebody_who_comes_late_can_still_sign_up(clock: Clock) -> None:
    webinar = july()
    clock.move_to(webinar.starts_at + timedelta(minutes=5))

    response = get(page(webinar))

    assert "It has begun You can still come in." in text(response)
    assert has_form(response)
    assert "Check your email" in text(register(webinar))
