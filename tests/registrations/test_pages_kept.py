"""Public pages can be kept by anybody, set no cookie, load nothing from others, and are small."""

from __future__ import annotations

import gzip
import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.clock import Clock
from tests.makers import make_registration
from tests.registrations.pages import (
    every_row,
    get,
    joining,
    july,
    page,
    private,
    register,
)
from webinars import times
from webinars.models import Webinar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spring(clock: Clock) -> None:
    """Every test begins on March 1, 2027, at noon Pacific."""
    clock.move_to(times.instant(date(2027, 3, 1), time(12), "America/Los_Angeles"))


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

    with django_assert_num_queries(5):  # webinar, questions, seats, speakers, resources
        get(page(webinar))
