"""Series in the admin: made, given to a webinar, taken away."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.clock import Clock
from tests.makers import make_draft, make_webinar
from tests.organizer import ADD, JANUARY, page, queries_of, rule_rows, text, typed
from webinars.models import Series, Webinar

pytestmark = pytest.mark.django_db

LIST = "/admin/webinars/series/"


@pytest.fixture(autouse=True)
def in_january(clock: Clock) -> None:
    clock.move_to(JANUARY)


def test_a_series_is_made_and_says_where_its_feed_is(admin_client: Client) -> None:
    admin_client.post(f"{LIST}add/", {"title": "Meet the team", "language": "en"})

    series = Series.objects.get()
    assert f"Meet the team English http://testserver/feed/series/{series.code}.ics" in text(
        admin_client.get(LIST)
    )


def test_a_webinar_is_put_into_a_series(admin_client: Client) -> None:
    series = Series.objects.create(title="Meet the team")

    admin_client.post(ADD, typed(series=str(series.pk)))

    assert Webinar.objects.get().series == series


def test_a_published_webinar_can_change_its_series_and_feeds_hear_of_it(
    admin_client: Client, clock: Clock
) -> None:
    webinar, series = make_webinar(), Series.objects.create(title="Meet the team")
    clock.forward(minutes=1)

    answer = admin_client.post(page(webinar), published(webinar, series=str(series.pk)))

    before = webinar.changed_at
    webinar.refresh_from_db()
    assert answer.status_code == 302
    assert webinar.series == series
    assert webinar.changed_at > before


def published(webinar: Webinar, **fields: object) -> dict[str, object]:
    """The form of a published webinar has no schedule."""
    return {**typed(title=webinar.title, **rule_rows(webinar)), **fields}


def test_deleting_a_series_leaves_its_webinars(admin_client: Client) -> None:
    series = Series.objects.create(title="Meet the team")
    webinar = make_draft(series=series)

    admin_client.post(f"{LIST}{series.pk}/delete/", {"post": "yes"})

    webinar.refresh_from_db()
    assert webinar.series is None


def test_the_list_asks_no_more_for_three_rows_than_for_one(admin_client: Client) -> None:
    Series.objects.create(title="One")
    with_one = queries_of(admin_client, LIST)
    Series.objects.create(title="Two")
    Series.objects.create(title="Three")

    assert queries_of(admin_client, LIST) == with_one
