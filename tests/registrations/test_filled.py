"""The answer to the form: rendered once for a crowd, and each reads their own words in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from registrations.views import keeping
from registrations.views.filled import filled
from tests.makers import make_webinar
from tests.registrations.pages import TYPED, july, page, press, register, text
from webinars import scheduling
from webinars.models import Webinar

TEMPLATE = '<p title="{{ a }}">Hello, {{ a }} &amp; <b>{{ b }}</b></p>{{ a }}'
HOSTILE = ("<script>", "\"'&<>", r"\g<1>\1", "", "{{ b }}", "a:b;", "\ud7ff\U0001f600", "%s{0}")


@pytest.fixture
def _kept(settings: Settings) -> Iterator[None]:
    settings.PAGES_KEPT_SECONDS = 60
    yield
    keeping.forget()


def rendered(words: Mapping[str, str]) -> str:
    return str(engines["django"].from_string(TEMPLATE).render(dict(words)))


@pytest.mark.parametrize("a", HOSTILE)
@pytest.mark.parametrize("b", HOSTILE)
@pytest.mark.usefixtures("_kept")
def test_it_reads_as_if_it_were_rendered_for_each(a: str, b: str) -> None:
    words = {"a": a, "b": b}
    for _twice in range(2):
        assert filled("page", rendered, words) == rendered(words)


@given(a=st.text(), b=st.text())
def test_whatever_the_words(a: str, b: str) -> None:
    assert filled("any", rendered, {"a": a, "b": b}) == rendered({"a": a, "b": b})


@pytest.mark.usefixtures("_kept")
def test_it_is_rendered_once_and_what_is_kept_names_nobody() -> None:
    asked: list[Mapping[str, str]] = []

    def render(words: Mapping[str, str]) -> str:
        asked.append(words)
        return rendered(words)

    for name in ("Ada", "Bo"):
        assert f"Hello, {name}" in filled("once", render, {"a": name, "b": "x"})
    assert len(asked) == 1
    assert "Ada" not in repr(asked)
    assert "Ada" not in repr(keeping._remembered)


def answer(webinar: Webinar, name: str, **typed: str) -> str:
    typed = {"first_name": name, "email": f"{name.lower()}@example.com", **typed}
    return text(register(webinar, **typed))


@pytest.mark.django_db
@pytest.mark.usefixtures("_kept")
def test_nobody_reads_what_is_somebody_elses() -> None:
    webinar = july(capacity=3)
    ada, bo = answer(webinar, "Ada"), answer(webinar, "Bo")
    assert ada.replace("Ada", "Bo").replace("ada@", "bo@") == bo
    in_time = answer(webinar, "Cy", time_zone="Europe/Madrid")
    assert "Europe" not in bo
    assert in_time.replace("Cy", "Bo").replace("cy@", "bo@") != bo
    assert "You do not have a place yet" in answer(webinar, "Di")
    spanish = press(f"{page(webinar)}?language=es", **{**TYPED, "email": "eva@example.com"})
    assert "Todavía no tiene un lugar" in text(spanish)


@pytest.mark.django_db
@pytest.mark.usefixtures("_kept")
def test_a_webinar_that_moves_is_told_as_it_is_to_the_next_one() -> None:
    webinar = make_webinar(starts_in=timedelta(days=20))
    before = answer(webinar, "Ada")
    moved = scheduling.reschedule(
        webinar,
        date=(webinar.starts_at + timedelta(days=3)).date(),
        time=webinar.local_time,
        time_zone=webinar.time_zone,
        reason="",
        by=None,
    )
    after = answer(moved, "Bo")
    assert before.replace("Ada", "Bo").replace("ada@", "bo@") != after
