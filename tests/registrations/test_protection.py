"""The forms' own protection: other sites are refused, stale pages are shown again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.test import Client
from pytest_django import Settings

from registrations.models import Registration
from registrations.protection import STAMP_LIVES, is_fresh, stamp
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.registrations.pages import TYPED, every_row, page, press, private, register, text

pytestmark = pytest.mark.django_db

OURS = "http://testserver"
THEIRS = "https://evil.example"
BOTH = [
    ({}, True),
    ({"Origin": OURS}, True),
    ({"Origin": OURS, "Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
    ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
    ({"Origin": THEIRS}, False),
    ({"Origin": OURS.replace("http", "https")}, False),
    ({"Origin": f"{OURS}:8080"}, False),
    ({"Origin": f"{OURS}.evil.example"}, False),
    ({"Origin": THEIRS, "Sec-Fetch-Site": "same-origin"}, False),
    ({"Origin": OURS, "Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),
]


@pytest.mark.parametrize(("headers", "is_taken"), [*BOTH, ({"Origin": "null"}, False)])
def test_a_public_form_is_taken_from_our_own_pages_only(
    headers: dict[str, str], is_taken: bool
) -> None:
    webinar = make_webinar()

    response = Client().post(page(webinar), {**TYPED, "rendered": stamp()}, headers=headers)

    assert response.status_code == (200 if is_taken else 403)
    assert Registration.objects.count() == is_taken


@pytest.mark.parametrize(("headers", "is_taken"), [*BOTH, ({"Origin": "null"}, True)])
def test_a_private_form_also_where_an_old_browser_may_not_name_our_page(
    headers: dict[str, str], is_taken: bool
) -> None:
    registration = make_registration(time_zone="America/New_York")

    response = Client().post(
        private(registration, "zone/"),
        {"time_zone": "America/Chicago", "rendered": stamp()},
        headers=headers,
    )

    registration.refresh_from_db()
    assert response.status_code == (303 if is_taken else 403)
    assert registration.time_zone == ("America/Chicago" if is_taken else "America/New_York")


def test_the_sites_own_address_counts_behind_a_proxy_that_hides_it(settings: Settings) -> None:
    settings.SITE_URL = "https://webinars.example.org"
    headers = {"Origin": "https://webinars.example.org"}

    response = Client().post(page(make_webinar()), {**TYPED, "rendered": stamp()}, headers=headers)

    assert response.status_code == 200


def test_a_refused_post_says_so_in_words() -> None:
    response = Client().post(page(make_webinar()), TYPED, headers={"Origin": THEIRS})

    assert response.status_code == 403
    assert "Your browser says that this form came from another site." in text(response)
    assert "Nothing was changed." in text(response)


def test_a_stamp_is_good_for_a_week_and_has_no_least_age(clock: Clock) -> None:
    clock.move_to(datetime(2027, 3, 1, 12, tzinfo=UTC))
    made = stamp()
    assert is_fresh(made)

    clock.move_to(datetime(2027, 3, 1, 12, tzinfo=UTC) + STAMP_LIVES - timedelta(minutes=1))
    assert is_fresh(made)

    clock.forward(minutes=2)
    assert not is_fresh(made)


def test_the_stamp_of_an_hour_is_one_so_that_the_page_stays_the_same(clock: Clock) -> None:
    clock.move_to(datetime(2027, 3, 1, 12, 0, 1, tzinfo=UTC))
    first = stamp()
    clock.forward(minutes=58)
    assert stamp() == first

    clock.forward(minutes=2)
    assert stamp() != first


@pytest.mark.parametrize("value", ["", "x", ":", "500000:forged", "٣:x"])
def test_what_we_did_not_sign_is_not_fresh(value: str) -> None:
    assert not is_fresh(value)


def test_what_we_signed_for_another_use_is_not_fresh() -> None:
    hour = stamp().partition(":")[0]

    assert not is_fresh(signing.Signer(salt="something else").sign(hour))


@pytest.mark.parametrize("rendered", ["", "garbage"])
def test_a_stale_form_comes_back_as_it_was_filled_in_and_works_when_pressed_again(
    rendered: str,
) -> None:
    webinar = make_webinar()
    before = every_row()

    response = register(webinar, last_name="Lovelace", rendered=rendered)

    html = response.content.decode()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert "Please press the button once more." in text(response)
    for value in ("Ada", "Lovelace", "ada@example.com"):
        assert f'value="{value}"' in html
    assert '<option value="America/Chicago" selected>' in html
    assert 'name="consent" required id="id_consent" checked' in html
    assert f'name="rendered" value="{stamp()}"' in html
    assert every_row() == before


def test_a_stale_press_on_the_private_page_changes_nothing() -> None:
    registration = make_registration()
    before = every_row()

    responses = [
        press(private(registration, "zone/"), time_zone="America/Chicago", rendered="x"),
        press(private(registration, "cancel/"), rendered="x"),
    ]

    assert [response.status_code for response in responses] == [200, 200]
    assert all("Please press the button once more." in text(one) for one in responses)
    assert every_row() == before
