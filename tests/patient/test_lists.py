"""The two lists leave nothing out: a new page or email fails here until it stands in them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from notifications.models import Purpose
from registrations.urls import urlpatterns
from tests.clock import Clock
from tests.patient.every import every_state
from tests.patient.letters import deliveries, reminders
from tests.patient.pages import answer

pytestmark = pytest.mark.django_db

# What is no page: files, feeds, pictures, words for scripts, and a press that leads elsewhere.
NO_PAGES = {
    *("sitemap", "robots", "home_picture", "webinar_picture", "announcement", "webinar_time"),
    *("webinar_calendar", "manage_calendar", "join_calendar", "manage_data"),
    *("news", "feed_of_all", "feed_of_series", "feed_in_language"),
}


def test_every_page_of_ours_is_in_the_list_and_every_state_has_a_name_of_its_own(
    clock: Clock,
) -> None:
    names, seen_names = [], set()
    for seen in every_state("en"):
        assert answer(seen, "en").status_code in {200, 403, 404}, seen
        names.append(seen.name)
        for path in (seen.path, seen.sent_to or "/"):
            seen_names.add(resolve(urlsplit(path).path).url_name)

    assert len(names) == len(set(names))
    assert {pattern.name for pattern in urlpatterns} - seen_names == NO_PAGES


def test_every_purpose_is_in_the_list(clock: Clock) -> None:
    written = [delivery.purpose for _name, delivery in deliveries("en")]
    reminding = [delivery.purpose for _name, delivery, _left in reminders("en")]

    assert {*written, *reminding} == set(Purpose)
