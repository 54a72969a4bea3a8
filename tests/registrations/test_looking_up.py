"""One person is found by their address, however little PostgreSQL knows of a webinar yet."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import QuerySet

from registrations.models import Registration
from tests.makers import make_registration, make_webinar
from webinars.models import Webinar

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_webinar() -> Webinar:
    """One that has come since the statistics were made; and a planner that takes any index."""
    webinar = make_webinar()
    for _ in range(30):
        make_registration(webinar=webinar)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registrations_registration")
        cursor.execute("SET LOCAL enable_seqscan = off")
    return make_webinar()


def plan(rows: QuerySet[Registration]) -> str:
    return str(rows.explain())


def test_a_person_is_never_looked_for_among_all_of_the_webinar(new_webinar: Webinar) -> None:
    person = {"webinar": new_webinar, "address": "ada@example.com"}
    for more in ({}, {"name_key": "ada"}, {"name_key": "ada", "carer_of": None}):
        found = plan(Registration.objects.filter(**person, **more))
        assert "registration_address" in found or "one_registration_per_person" in found
        assert "registration_changed" not in found


def test_who_changed_since_is_read_from_the_index_of_changes(new_webinar: Webinar) -> None:
    since = new_webinar.changed_at
    changed = Registration.objects.filter(webinar=new_webinar, changed_at__gt=since)
    assert "registration_changed" in plan(changed)
