"""Registrations as staff see them: read only, found by whole names, cancelled on a POST."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import Delivery
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.organizer import queries_of, text
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

LIST = "/admin/registrations/registration/"


@pytest.fixture
def webinar(clock: Clock) -> Webinar:
    """National, and registered for in January, 10:05 in Los Angeles."""
    clock.move_to(datetime(2026, 1, 10, 18, 5, tzinfo=UTC))
    return make_webinar(
        local_date=date(2026, 7, 31), local_time=time(16), time_zone="America/Los_Angeles"
    )


def page(registration: Registration, name: str = "change") -> str:
    return f"{LIST}{registration.pk}/{name}/"


def test_the_list_says_zones_in_words_and_instants_in_the_webinars_zone(
    admin_client: Client, webinar: Webinar
) -> None:
    make_registration(webinar=webinar, email="Ada@example.com", time_zone="Pacific/Honolulu")
    said = text(admin_client.get(LIST))
    assert (
        f"Ada Ada@example.com {webinar.title} Registered Hawaii Time: Honolulu "
        "January 10 at 10:05am PST -"
    ) in said


def test_the_list_asks_no_more_for_three_rows_than_for_one(
    admin_client: Client, webinar: Webinar
) -> None:
    make_registration(webinar=webinar)
    with_one = queries_of(admin_client, LIST)
    make_registration(webinar=webinar)
    make_registration(webinar=make_webinar())
    assert queries_of(admin_client, LIST) == with_one
    assert with_one <= 12


def test_the_list_counts_nothing(admin_client: Client, webinar: Webinar) -> None:
    make_registration(webinar=webinar)
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(LIST)
    assert not any("COUNT(" in query["sql"] for query in captured)


def found(client: Client, who: str) -> list[str]:
    answer = client.post(f"{LIST}find/", {"who": who}, follow=True)
    assert who not in answer.redirect_chain[-1][0]
    if "id__in" not in answer.redirect_chain[-1][0]:
        assert "Nobody has this as their whole email address or name." in text(answer)
        return []
    return [registration.email for registration in answer.context["cl"].result_list]


def test_people_are_found_by_their_whole_address_or_name_and_no_url_names_them(
    admin_client: Client, webinar: Webinar
) -> None:
    make_registration(webinar=webinar, email="Ada@example.com", last_name="Miller")
    make_registration(webinar=webinar, email="bo@example.com", first_name="Bo")
    assert found(admin_client, "ADA@Example.COM") == ["Ada@example.com"]
    assert found(admin_client, "bo") == ["bo@example.com"]
    assert found(admin_client, " miller ") == ["Ada@example.com"]
    assert found(admin_client, "Mill") == []
    assert found(admin_client, "example.com") == []


def test_finding_is_for_those_who_may_see_people(
    client: Client, django_user_model: type[User], webinar: Webinar
) -> None:
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_webinar"))
    client.force_login(clerk)
    assert client.post(f"{LIST}find/", {"who": "ada"}).status_code == 403


def test_the_list_is_filtered_by_webinar_and_state(admin_client: Client, webinar: Webinar) -> None:
    ours = make_registration(webinar=webinar)
    make_registration()
    for query, wanted in (
        (f"webinar__id__exact={webinar.pk}", [ours]),
        (f"webinar__id__exact={webinar.pk}&state__exact=cancelled", []),
    ):
        rows = admin_client.get(f"{LIST}?{query}").context["cl"].result_list
        assert list(rows) == wanted


def test_a_persons_page_shows_what_they_heard_and_changes_nothing(
    admin_client: Client, webinar: Webinar
) -> None:
    registration = make_registration(webinar=webinar)
    Delivery.objects.update(
        state=Delivery.State.SENT,
        settled_at=datetime(2026, 1, 10, 18, 6, tzinfo=UTC),
        outcome="250 2.0.0 OK",
    )
    said = text(admin_client.get(page(registration)))
    due, sent = "January 10 at 10:05am PST", "January 10 at 10:06am PST"
    assert f"Confirmation Sent {due} {sent} 250 2.0.0 OK" in said
    assert "July 31 at 4pm PDT / 7pm EDT" in said
    assert admin_client.post(page(registration), {"first_name": "Eve"}).status_code == 403
    assert admin_client.post(page(registration, "delete"), {"post": "yes"}).status_code == 403
    assert admin_client.get(f"{LIST}add/").status_code == 403


def test_staff_cancel_for_somebody_on_a_post_only(admin_client: Client, webinar: Webinar) -> None:
    registration = make_registration(webinar=webinar)
    answer = admin_client.get(page(registration, "cancel"))
    assert "They get an email that says so, and it leaves their calendar." in text(answer)
    assert Registration.objects.get().is_active
    admin_client.post(page(registration, "cancel"))
    assert not Registration.objects.get().is_active
    purposes = Delivery.objects.order_by("pk").values_list("purpose", flat=True)
    assert list(purposes) == ["confirmation", "registration_cancelled"]
    assert LogEntry.objects.get().object_repr == f"registration {registration.pk}"


def test_cancelling_is_offered_for_active_registrations_only(
    admin_client: Client, webinar: Webinar
) -> None:
    registration = make_registration(webinar=webinar)
    link = f'href="{page(registration, "cancel")}"'
    assert link in admin_client.get(page(registration)).content.decode()
    admin_client.post(page(registration, "cancel"))
    assert link not in admin_client.get(page(registration)).content.decode()


def test_cancelling_needs_the_permission_to_change_registrations(
    client: Client, django_user_model: type[User], webinar: Webinar
) -> None:
    registration = make_registration(webinar=webinar)
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_registration"))
    client.force_login(viewer)
    assert client.get(page(registration)).status_code == 200
    assert client.post(page(registration, "cancel")).status_code == 403
    assert Registration.objects.get().is_active
