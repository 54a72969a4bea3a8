"""The addresses that leave the site: whole, in the reader's language, each with its own token."""

import pytest
from django.test import Client
from pytest_django import Settings

from registrations.links import attendee, calendar_url, join_url, manage_url, page_url
from registrations.tokens import Purpose, token
from tests.makers import make_registration, make_webinar

pytestmark = pytest.mark.django_db


def test_links_are_whole_and_begin_with_the_sites_own_address(settings: Settings) -> None:
    settings.SITE_URL = "https://webinars.example.org"
    registration = make_registration()
    manage, join = token(registration, Purpose.MANAGE), token(registration, Purpose.JOIN)

    assert manage_url(registration) == f"https://webinars.example.org/r/{manage}/"
    assert join_url(registration) == f"https://webinars.example.org/j/{join}/"
    assert calendar_url(registration) == f"https://webinars.example.org/j/{join}/calendar.ics"
    assert page_url(registration.webinar) == (
        f"https://webinars.example.org/w/{registration.webinar.code}/"
    )


def test_a_reader_of_spanish_gets_spanish_links() -> None:
    registration = make_registration(language="es")

    assert manage_url(registration).endswith("/?language=es")
    assert join_url(registration).endswith("/?language=es")
    assert calendar_url(registration).endswith("/calendar.ics?language=es")


@pytest.mark.parametrize(("language", "query"), [("", ""), ("es", ""), ("en", "?language=en")])
def test_a_webinars_page_is_asked_for_a_language_only_where_it_is_not_its_own(
    language: str, query: str
) -> None:
    webinar = make_webinar(language="es")

    assert page_url(webinar, language) == f"http://testserver/w/{webinar.code}/{query}"


def test_every_link_leads_somewhere(client: Client) -> None:
    registration = make_registration()
    links = [
        manage_url(registration),
        join_url(registration),
        calendar_url(registration),
        page_url(registration.webinar),
    ]

    assert [client.get(link).status_code for link in links] == [200, 200, 200, 200]


def test_calendars_are_shared_so_the_calendar_entry_never_holds_the_manage_link(
    client: Client,
) -> None:
    registration = make_registration()
    secret = token(registration, Purpose.MANAGE).encode()

    content = client.get(calendar_url(registration)).content.replace(b"\r\n ", b"")

    assert token(registration, Purpose.JOIN).encode() in content
    assert secret not in content


def test_the_calendar_entry_names_the_person_as_registered() -> None:
    registration = make_registration(
        first_name="Ada", last_name="Lovelace", email="ada@example.com", language="es"
    )

    named = attendee(registration)

    assert (named.name, named.email, named.language) == ("Ada Lovelace", "ada@example.com", "es")
    assert named.uid == registration.calendar_uid
    assert named.sequence == registration.sequence
    assert named.time_zone == registration.time_zone
    assert named.join_url == join_url(registration)
