"""Public answers that a process keeps for some seconds: the same bytes, never for longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from registrations.views import keeping
from tests.clock import Clock
from tests.makers import make_webinar
from webinars.models import Webinar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept(settings: Settings) -> None:
    settings.PAGES_KEPT_SECONDS = 5


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed by the keeping's clock; append more."""
    passed = [0.0]
    monkeypatch.setattr(keeping, "monotonic", lambda: sum(passed))
    return passed


def rename(webinar: Webinar, title: str) -> None:
    Webinar.objects.filter(pk=webinar.pk).update(title=title)


def test_the_second_reader_costs_no_query(client: Client) -> None:
    path = f"/w/{make_webinar().code}/"
    first = client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        second = client.get(path)
    assert (second.content, len(queries)) == (first.content, 0)
    assert second["Cache-Control"] == first["Cache-Control"] == "public, max-age=60"
    assert second["Content-Security-Policy"] == first["Content-Security-Policy"]


def test_a_kept_answer_says_how_old_it_is(client: Client, later: list[float]) -> None:
    path = f"/w/{make_webinar().code}/"
    assert "Age" not in client.get(path)
    later.append(3.5)
    assert client.get(path)["Age"] == "3"


def test_a_change_shows_after_the_few_seconds(client: Client, settings: Settings) -> None:
    settings.PAGES_KEPT_SECONDS = 1
    webinar = make_webinar(title="Before")
    path = f"/w/{webinar.code}/"
    assert "Before" in client.get(path).content.decode()
    rename(webinar, "After")
    assert "Before" in client.get(path).content.decode()
    keeping.forget()  # as the second passing does: the cache has its own clock
    assert "After" in client.get(path).content.decode()


def test_nothing_is_kept_past_the_instant_at_which_it_changes(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_for = []
    monkeypatch.setattr(
        type(keeping.caches["pages"]),
        "set",
        lambda self, key, value, seconds: kept_for.append(seconds),
    )
    webinar = make_webinar(starts_in=timedelta(hours=2))
    for before in (timedelta(minutes=5), timedelta(seconds=3.9), timedelta(seconds=0.9)):
        clock.move_to(webinar.starts_at - before)
        client.get(f"/w/{webinar.code}/")
    assert kept_for == [5, 3]


def test_whoever_has_the_page_already_is_told_so(client: Client) -> None:
    path = f"/w/{make_webinar().code}/"
    etag = client.get(path)["ETag"]
    again = client.get(path, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_page_made_anew_with_the_same_words_has_the_same_etag(
    client: Client, encoding: str
) -> None:
    path, headers = f"/w/{make_webinar().code}/", {"accept-encoding": encoding}
    etag = client.get(path, headers=headers)["ETag"]
    keeping.forget()
    assert client.get(path, headers={**headers, "if-none-match": etag}).status_code == 304


def test_compressed_and_plain_are_kept_apart(client: Client) -> None:
    path = f"/w/{make_webinar().code}/"
    found = [client.get(path, headers={"accept-encoding": each}) for each in ("gzip", "", "gzip")]
    assert [each.get("Content-Encoding") for each in found] == ["gzip", None, "gzip"]
    assert found[0].content == found[2].content


def test_languages_and_sources_are_kept_apart_and_what_others_add_is_not(client: Client) -> None:
    path = f"/w/{make_webinar().code}/"
    pages = [
        client.get(path, query).content
        for query in ({}, {"language": "es"}, {"utm_source": "clinic"}, {"fbclid": "x1"})
    ]
    assert len({*pages[:3]}) == 3
    assert pages[3] == pages[0]


def test_a_flood_of_addresses_fills_no_memory(client: Client, settings: Settings) -> None:
    path = f"/w/{make_webinar().code}/"
    client.get(path, {"utm_source": "x" * 5000})
    assert not keeping.caches["pages"]._cache  # type: ignore[attr-defined]
    for number in range(settings.PAGES_KEPT + 50):
        keeping.caches["pages"].set(str(number), b"")
    client.get(path)
    assert len(keeping.caches["pages"]._cache) <= settings.PAGES_KEPT  # type: ignore[attr-defined]
    for number in range(settings.PAGES_KEPT + 50):
        assert keeping.remembered(str(number), lambda: number) == number  # noqa: B023
    assert len(keeping._remembered) <= settings.PAGES_KEPT


def test_what_pages_are_made_of_is_asked_once_in_a_while(later: list[float]) -> None:
    asked = [1, 2]
    for passed, expected in ((0.0, 1), (4.9, 1), (0.2, 2), (4.8, 2)):
        later.append(passed)
        assert keeping.remembered("a", lambda: asked.pop(0)) == expected


def test_posts_and_pages_that_are_not_there_are_never_kept(client: Client) -> None:
    webinar = make_webinar()
    client.post(f"/w/{webinar.code}/", {})
    client.get("/w/aaaaaaaa/")
    assert not keeping.caches["pages"]._cache  # type: ignore[attr-defined]
    assert list(keeping._remembered) == [f"form:{webinar.code}"]  # what a form is read by


def test_the_public_calendar_file_is_kept_too(client: Client) -> None:
    path = f"/w/{make_webinar().code}/calendar.ics"
    first, second = client.get(path), client.get(path)
    assert second.content == first.content
    assert second["Cache-Control"] == "public, max-age=60"
    assert second["Age"] == "0"
