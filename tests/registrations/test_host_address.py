"""The host's address is in nothing that anybody can read: only the press leads there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import get, joining, page, press, private, register
from webinars import scheduling

pytestmark = pytest.mark.django_db

HOST = "https://meet.example.com/host-room?pwd=kept-from-all"
SECRETS = (b"meet.example.com", b"host-room", b"kept-from-all")


def registered() -> Registration:
    return make_registration(webinar=make_webinar(join_url=HOST))


def sources(registration: Registration) -> Iterator[tuple[str, bytes]]:
    """Everything that a reader can load, by its address or what was pressed."""
    webinar = registration.webinar
    code = webinar.code
    for path in (
        *("/", "/sitemap.xml", "/robots.txt", "/feed/en.atom", "/feed/all.ics", "/feed/en.ics"),
        *(page(webinar), f"/w/{code}/time/?zone=Asia/Tokyo", f"/w/{code}/calendar.ics"),
        *(f"/announce/webinar/{code}.{form}" for form in ("txt", "html", "json", "js")),
        *(f"/announce/webinar/{code}/", joining(registration), joining(registration, "go/")),
        *(joining(registration, "calendar.ics"), joining(registration, "recording/")),
        *(private(registration), private(registration, "calendar.ics")),
        *(private(registration, "data.json"), private(registration, "not-me/")),
    ):
        response = get(path)
        yield path, response.content + str(response.headers).encode()
    yield "a press too old", press(joining(registration, "go/"), rendered="x").content
    yield "signed up", register(webinar, email="bea@example.com").content
    yield "wrong", register(webinar, email="").content


def leaks(registration: Registration) -> list[str]:
    return [name for name, source in sources(registration) if any(s in source for s in SECRETS)]


STAGES = {
    "weeks before": lambda registration: None,
    "called off": lambda registration: scheduling.cancel(registration.webinar, reason="", by=None),
    "given up": signup.cancel,
}


@pytest.mark.parametrize("stage", STAGES)
def test_it_is_in_no_source(stage: str) -> None:
    registration = registered()
    STAGES[stage](registration)
    registration = Registration.objects.select_related("webinar").get(pk=registration.pk)

    assert leaks(registration) == []


@pytest.mark.parametrize("minutes", [-60, -16])
def test_before_the_opening_not_even_the_press_leads_there(clock: Clock, minutes: int) -> None:
    registration = registered()
    clock.move_to(registration.webinar.starts_at + timedelta(minutes=minutes))

    assert leaks(registration) == []
    assert press(joining(registration, "go/"))["Location"] == joining(registration)


@pytest.mark.parametrize("minutes", [-10, 5])
def test_once_it_is_open_the_page_names_the_origin_in_its_policy_alone(
    clock: Clock, minutes: int
) -> None:
    registration = registered()
    clock.move_to(registration.webinar.starts_at + timedelta(minutes=minutes))

    assert leaks(registration) == [joining(registration)]
    opened = get(joining(registration))
    assert not any(secret in opened.content for secret in SECRETS)
    assert (
        "form-action 'self' https://meet.example.com https:;" in opened["Content-Security-Policy"]
    )
    assert press(joining(registration, "go/"))["Location"] == HOST


def test_after_the_end_nothing_leads_there(clock: Clock) -> None:
    registration = registered()
    clock.move_to(registration.webinar.ends_at)

    assert leaks(registration) == []
    assert press(joining(registration, "go/"))["Location"] == joining(registration)
