"""The public pages: what they say in each state, that they can be kept, and what a press does."""

from __future__ import annotations

import gzip
import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from notifications.models import Delivery
from registrations import signup
from registrations.models import Consent, Registration
from tests.clock import Clock
from tests.makers import make_draft, make_registration, make_webinar
from tests.registrations.pages import (
    TYPED,
    every_row,
    get,
    joining,
    page,
    private,
    register,
    text,
)
from webinars import scheduling, times
from webinars.models import Resource, Speaker, Webinar

pytestmark = pytest.mark.django_db

JULY = {"local_date": date(2027, 7, 30), "local_time": time(16)}


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    """Every test begins on March 1, 2027, at noon Pacific."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


def july(**fields: Any) -> Webinar:
    return make_webinar(**{**JULY, **fields})


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
    responses = [get(page(make_draft())), get("/w/nothing0/")]

    assert [response.status_code for response in responses] == [404, 404]
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


def has_form(response: Any) -> bool:
    return b'name="first_name"' in response.content


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


# ---- Kept by anybody, kept on nobody ------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/privacy/", "page", "page/time/?zone=US/Central"])
def test_public_pages_can_be_kept_for_a_minute_and_set_no_cookie(path: str) -> None:
    response = get(path.replace("page/", page(july())).replace("page", page(july())))

    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in response.get("Vary", "")
    assert response["ETag"]
    assert not response.cookies


def test_a_page_is_kept_no_longer_than_what_it_says_is_true(clock: Clock) -> None:
    webinar = july(registration_closes=timedelta(hours=2))

    for change in (webinar.registration_closes_at, webinar.starts_at, webinar.ends_at):
        clock.move_to(change - timedelta(seconds=20))
        seconds = int(get(page(webinar))["Cache-Control"].removeprefix("public, max-age="))
        assert 18 <= seconds <= 20


def test_who_has_the_page_already_is_told_that_it_is_the_same(clock: Clock) -> None:
    webinar = july()
    tag = get(page(webinar))["ETag"]
    clock.forward(minutes=5)

    same = get(page(webinar), **{"If-None-Match": tag})
    Webinar.objects.update(summary="Another one.")
    changed = get(page(webinar), **{"If-None-Match": tag})

    assert (same.status_code, changed.status_code) == (304, 200)


def test_an_answer_to_a_form_is_kept_by_nobody_and_sets_no_cookie() -> None:
    webinar = july()

    for response in (register(webinar), register(webinar, email="")):
        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store"
        assert not response.cookies


def test_no_get_or_head_changes_anything_however_often() -> None:
    registration = make_registration(webinar=july())
    webinar = registration.webinar
    paths = [
        "/",
        "/privacy/",
        page(webinar),
        f"{page(webinar)}time/?zone=US/Central",
        f"{page(webinar)}calendar.ics",
        *(private(registration, rest) for rest in ("", "zone/", "cancel/", "calendar.ics")),
        *(joining(registration, rest) for rest in ("", "go/", "calendar.ics")),
    ]
    before = every_row()

    for path in paths * 3:
        answers = [Client().get(path), Client().head(path)]
        assert [answer.status_code for answer in answers] in ([200, 200], [303, 303]), path
        assert not any(answer.cookies for answer in answers)

    assert every_row() == before


def test_a_page_loads_nothing_from_others_and_runs_nothing_inline() -> None:
    registration = make_registration(webinar=july())
    paths = ["/", page(registration.webinar), private(registration), joining(registration)]

    for path in paths:
        response = get(path)
        html = response.content.decode()
        named = r'<link rel="(?:canonical|alternate)"[^>]*>|<script type="application/ld\+json">'
        html = re.sub(named, "", html)  # addresses that nobody loads, data that nobody runs
        loaded = re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]*)"', html)
        assert loaded
        assert all(address.startswith("/static/site/") for address in loaded)
        assert not re.search(r"<script(?! src=)|<style| style=| on[a-z]+=", html)
        assert "default-src 'none'; script-src 'self';" in response["Content-Security-Policy"]


def test_the_page_weighs_less_than_60_kb_with_all_that_it_loads() -> None:
    webinar = july(description="<p>" + "Ten words that stand for what an organizer writes. " * 60)
    response = get(page(webinar), **{"Accept-Encoding": "gzip"})
    site = settings.BASE_DIR / "config" / "static" / "site"

    loaded = [gzip.compress((site / name).read_bytes()) for name in ("site.css", "site.js")]
    font = (site / "hyperlegible.woff2").read_bytes()

    assert response["Content-Encoding"] == "gzip"
    assert sum(map(len, [response.content, *loaded, font])) < 60_000


def test_a_page_takes_few_queries(django_assert_num_queries: Any) -> None:
    webinar = july(capacity=10)

    with django_assert_num_queries(4):  # webinar, seats, speakers, resources
        get(page(webinar))


# ---- Registering --------------------------------------------------------------------------------


def test_registering_keeps_what_was_typed_and_writes_one_mail_down() -> None:
    webinar = july()

    response = register(webinar, last_name=" Lovelace ", email="Ada@Example.com")

    kept = Registration.objects.get()
    assert response.status_code == 200
    assert (kept.first_name, kept.last_name, kept.email) == ("Ada", "Lovelace", "Ada@Example.com")
    assert (kept.time_zone, kept.language, kept.source) == ("America/Chicago", "en", "")
    assert Consent.objects.get().registration == kept
    assert Delivery.objects.get().registration == kept


def test_the_language_of_the_page_is_the_language_of_the_mails() -> None:
    spanish, english = july(language="es"), july()

    register(spanish)
    Client().post(f"{page(english)}?language=es", {**TYPED, "rendered": _stamp(english)})

    assert set(Registration.objects.values_list("language", flat=True)) == {"es"}


def _stamp(webinar: Webinar) -> str:
    """As a browser finds it in the page."""
    html = get(page(webinar)).content.decode()
    return re.findall(r'name="rendered" value="([^"]+)"', html)[0]


def test_where_somebody_came_from_travels_through_the_form() -> None:
    webinar = july()
    html = get(f"{page(webinar)}?utm_source=harbor<b>-clinic").content.decode()
    assert '<input type="hidden" name="utm_source" value="harborb-clinic"' in html

    register(webinar, utm_source="harborb-clinic")

    assert Registration.objects.get().source == "harborb-clinic"


def test_the_answer_shows_the_address_large_the_times_and_what_will_come() -> None:
    response = register(july())

    shown = text(response)
    assert '<p class="big">ada@example.com</p>' in response.content.decode()
    assert (
        "Friday, July 30, 2027 6:00 pm Central Time (CDT) your time "
        "4:00 pm Pacific Time (PDT) 7:00 pm Eastern Time (EDT)"
    ) in shown
    assert (
        "What you will hear from us Now An email with your private link. "
        "Your calendar invite is in the email. "
        "7 days before A reminder on Friday, July 23, 2027 "
        "1 day before A reminder on Thursday, July 29, 2027 "
        "1 hour before A reminder with your link to join "
        "10 minutes before A reminder with your link to join"
    ) in shown


def test_the_answer_holds_no_link_of_the_registration() -> None:
    html = register(july()).content.decode()

    registration = Registration.objects.get()
    assert private(registration) not in html
    assert joining(registration) not in html
    assert "calendar.ics" not in html


def test_the_answer_promises_no_reminder_that_is_past_or_turned_off(clock: Clock) -> None:
    webinar = july()
    webinar.reminder_rules.filter(before=timedelta(hours=1)).update(is_enabled=False)
    clock.move_to(webinar.starts_at - timedelta(hours=20))

    shown = text(register(webinar))

    assert re.findall(r"\d+ \w+ before", shown) == ["10 minutes before"]


def test_the_answer_is_the_same_for_new_for_known_and_for_somebody_who_had_cancelled() -> None:
    webinar = july()

    new = register(webinar).content
    known = register(webinar).content
    signup.cancel(Registration.objects.get())
    returned = register(webinar).content

    assert new == known == returned
    assert Registration.objects.get().is_active


def test_when_every_place_is_taken_known_and_new_read_the_same() -> None:
    webinar = july(capacity=1)
    taken = register(webinar)
    before = Registration.objects.count()

    known = register(webinar)
    new = register(webinar, email="eve@example.com")

    assert "Check your email" in text(taken)
    assert "All places are taken" in text(new)
    assert "1-800-555-0199" in text(new)
    assert not has_form(new)
    assert known.content == new.content
    assert Registration.objects.count() == before
    assert "All places are taken" in text(get(page(webinar)))


def test_problems_come_first_in_the_page_and_lead_to_their_fields() -> None:
    response = register(july(), first_name="Call 555", email="ada@", last_name="Lovelace")

    html = response.content.decode()
    assert html.index('role="alert" tabindex="-1" autofocus') < html.index("<h1")
    assert (
        "Please look at this again "
        "In your first name, use only letters, spaces, and the signs - and ’. "
        "Write your whole email address, like name@example.com."
    ) in text(response)
    for field in ("first_name", "email"):
        assert f'<a href="#id_{field}">' in html
        assert f'<p class="why" id="id_{field}_error">' in html
    assert 'value="Lovelace"' in html
    assert "<title>Please look again:" in html
    assert not Registration.objects.exists()


# ---- The time where the reader is, and the calendar file ----------------------------------------


def test_a_browsers_zone_gets_the_time_there_in_words() -> None:
    response = get(f"{page(july())}time/?zone=US/Central")

    assert response.json() == {
        "zone": "America/Chicago",
        "label": "Central Time: Chicago, Dallas, Houston",
        "words": "6:00\N{NO-BREAK SPACE}pm Central Time (CDT)",
        "iso": "2027-07-30T18:00:00-05:00",
    }


def test_where_it_is_another_day_there_the_day_is_said() -> None:
    response = get(f"{page(july())}time/?zone=Asia/Tokyo")

    assert response.json()["words"] == (
        "Saturday, July 31, 2027, 8:00\N{NO-BREAK SPACE}am Japan Time (JST)"
    )


def test_where_the_page_names_two_days_the_day_is_said_whichever_it_is() -> None:
    webinar = july(display_zones=["America/Los_Angeles", "Asia/Tokyo"])

    response = get(f"{page(webinar)}time/?zone=US/Central")

    assert response.json()["words"] == (
        "Friday, July 30, 2027, 6:00\N{NO-BREAK SPACE}pm Central Time (CDT)"
    )


@pytest.mark.parametrize("zone", ["UTC", "undefined", "", "CET", "x" * 1000, "<script>"])
def test_a_browser_that_hides_its_zone_gets_no_guess(zone: str) -> None:
    response = Client().get(f"{page(july())}time/", {"zone": zone})

    assert response.status_code == 204
    assert response.content == b""


def test_the_public_calendar_file_leads_to_the_page_and_is_kept_by_nobody() -> None:
    webinar = july()

    response = get(f"{page(webinar)}calendar.ics")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="session.ics"'
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert b"DTSTART:20270730T230000Z" in response.content
    assert f"http://testserver{page(webinar)}".encode() in response.content


def test_the_public_calendar_file_of_a_spanish_webinar_is_spanish_with_the_default_title() -> None:
    response = get(f"{page(july(language='es'))}calendar.ics")

    assert "SUMMARY:Sesión en línea\r\n" in response.content.decode()
