"""Registrations as staff see them: read only, found by whole names, acted for on a POST."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import Delivery
from registrations import signup
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.organizer import queries_of, text
from webinars import scheduling
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

LIST = "/admin/registrations/registration/"
CORRECT = "correct-address"
ACTS = [CORRECT, "cancel", "remove"]


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
    assert found(admin_client, "b\0o") == ["bo@example.com"]  # no text of PostgreSQL has a NUL
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


# ---- Giving up a place for somebody ----


@pytest.mark.parametrize(
    ("act", "is_removal", "sentence", "logged"),
    [
        ("cancel", False, "They get an email that says “as you asked”", "by staff, on request."),
        ("remove", True, "the organizer cancelled their place", "Removed by staff."),
    ],
)
def test_staff_give_a_place_up_on_a_post_only_and_the_email_says_who_wanted_it(
    admin_client: Client, webinar: Webinar, act: str, is_removal: bool, sentence: str, logged: str
) -> None:
    registration = make_registration(webinar=webinar)
    assert sentence in text(admin_client.get(page(registration, act)))
    assert Registration.objects.get().is_active
    answer = admin_client.post(page(registration, act), follow=True)
    assert "They get an email that says so." in text(answer)
    registration.refresh_from_db()
    assert (registration.is_active, registration.is_removed) == (False, is_removal)
    purposes = Delivery.objects.order_by("pk").values_list("purpose", flat=True)
    assert list(purposes) == ["confirmation", "registration_cancelled"]
    entry = LogEntry.objects.get()
    assert entry.object_repr == f"registration {registration.pk}"
    assert entry.change_message.endswith(logged)


def test_a_place_is_given_up_once(admin_client: Client, webinar: Webinar) -> None:
    registration = make_registration(webinar=webinar)
    signup.cancel(registration)
    answer = admin_client.post(page(registration, "remove"), follow=True)
    assert "It is cancelled already." in text(answer)
    assert not Registration.objects.get().is_removed
    assert LogEntry.objects.count() == 0


def test_an_act_is_offered_only_while_it_can_be_done(
    admin_client: Client, webinar: Webinar, clock: Clock
) -> None:
    def offered(registration: Registration) -> list[str]:
        html = admin_client.get(page(registration)).content.decode()
        return [act for act in ACTS if f'href="{page(registration, act)}"' in html]

    here, gone = make_registration(webinar=webinar), make_registration(webinar=webinar)
    signup.cancel(gone)
    assert offered(here) == ACTS
    assert offered(gone) == []
    clock.move_to(webinar.ends_at + timedelta(minutes=1))
    assert offered(here) == ["cancel", "remove"]


@pytest.mark.parametrize("act", ACTS)
def test_acting_needs_the_permission_to_change_registrations(
    client: Client, django_user_model: type[User], webinar: Webinar, act: str
) -> None:
    registration = make_registration(webinar=webinar)
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_registration"))
    client.force_login(viewer)
    assert client.get(page(registration)).status_code == 200
    answer = client.post(page(registration, act), {"email": "eve@example.com"})
    assert answer.status_code == 403
    kept = Registration.objects.get()
    assert (kept.is_active, kept.email) == (True, registration.email)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_on_nobody_is_not_found(admin_client: Client, act: str) -> None:
    assert admin_client.get(f"{LIST}999/{act}/").status_code == 404


# ---- Correcting an address ----


def test_staff_correct_an_address_and_neither_log_nor_url_names_it(
    admin_client: Client, webinar: Webinar
) -> None:
    registration = make_registration(webinar=webinar, email="ada@exmaple.com")
    assert (
        'value="ada@exmaple.com"' in admin_client.get(page(registration, CORRECT)).content.decode()
    )
    answer = admin_client.post(
        page(registration, CORRECT), {"email": "Ada@example.com"}, follow=True
    )
    assert "Corrected. The new address gets the invite and the private links." in text(answer)
    assert answer.redirect_chain == [(page(registration), 302)]
    assert Registration.objects.get().email == "Ada@example.com"
    purposes = Delivery.objects.order_by("purpose").values_list("purpose", flat=True)
    assert list(purposes) == ["address_changed", "confirmation", "confirmation"]
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message) == (
        f"registration {registration.pk}",
        "Address corrected by staff.",
    )


def test_another_spelling_of_the_same_mailbox_tells_nobody(
    admin_client: Client, webinar: Webinar
) -> None:
    registration = make_registration(webinar=webinar, email="ada@example.com")
    answer = admin_client.post(
        page(registration, CORRECT), {"email": "Ada@Example.com"}, follow=True
    )
    assert "Corrected. It is the same mailbox, so nobody is told." in text(answer)
    assert Registration.objects.get().email == "Ada@Example.com"
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "This field is required."),
        ("ada@", "Write a whole email address, like name@example.com."),
        ("ada1@example.com", "This is the address it has now."),
        (
            f"ada@{'.'.join(['ü' * 44] * 5)}.de",
            "This address is too long.",
        ),
        ("other@example.com", "Somebody of this first name is registered with this address."),
    ],
)
def test_an_address_that_cannot_be_taken_is_explained_at_its_field(
    admin_client: Client, webinar: Webinar, email: str, sentence: str
) -> None:
    registration = make_registration(webinar=webinar, email="ada1@example.com")
    make_registration(webinar=webinar, email="other@example.com")
    answer = admin_client.post(page(registration, CORRECT), {"email": email})
    assert answer.context["form"].errors == {"email": [sentence]}
    assert sentence in text(answer)
    registration.refresh_from_db()
    assert registration.email == "ada1@example.com"
    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize("ending", ["given up", "called off", "over"])
def test_an_address_to_which_nothing_goes_any_more_is_not_corrected(
    admin_client: Client, webinar: Webinar, clock: Clock, ending: str
) -> None:
    registration = make_registration(webinar=webinar, email="ada@exmaple.com")
    if ending == "given up":
        signup.cancel(registration)
    elif ending == "called off":
        scheduling.cancel(webinar, reason="", by=None)
    else:
        clock.move_to(webinar.ends_at + timedelta(minutes=1))
    answer = admin_client.post(page(registration, CORRECT), {"email": "ada@example.com"})
    assert answer.context["form"].errors == {
        "email": ["Their place or the webinar is cancelled, or it is over."]
    }
    assert Registration.objects.get().email == "ada@exmaple.com"
