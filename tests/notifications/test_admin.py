"""Waves and deliveries as staff see them: counted, in the webinar's zone, and read only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications import heartbeats
from notifications.models import Delivery, Sender, Suppression, Wave
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_registration, make_webinar
from tests.organizer import queries_of, text
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

DELIVERIES = "/admin/notifications/delivery/"
WAVES = "/admin/notifications/wave/"
SENT_AT = datetime(2026, 1, 10, 18, 6, tzinfo=UTC)


@pytest.fixture
def webinar(clock: Clock) -> Webinar:
    """National, published in January, 10:05 in Los Angeles."""
    clock.move_to(datetime(2026, 1, 10, 18, 5, tzinfo=UTC))
    return make_webinar(
        local_date=date(2026, 7, 31), local_time=time(16), time_zone="America/Los_Angeles"
    )


def reminded(registration: Registration, **fields: Any) -> Delivery:
    """Their one-week reminder, beside the confirmation that registering wrote down."""
    wave = registration.webinar.waves.get(rule__before=timedelta(days=7))
    delivery = Delivery.objects.get(registration=registration, purpose="confirmation")
    delivery.pk, delivery.key = None, f"{registration.pk}:reminder"
    delivery.purpose, delivery.wave, delivery.due_at = "reminder", wave, wave.due_at
    for name, value in fields.items():
        setattr(delivery, name, value)
    delivery.save(force_insert=True)
    return delivery


def test_a_delivery_is_listed_in_the_webinars_zone(admin_client: Client, webinar: Webinar) -> None:
    reminded(make_registration(webinar=webinar, first_name="Bo"))
    Delivery.objects.filter(purpose="confirmation").update(
        state=Delivery.State.SENT, settled_at=SENT_AT, tries=1, outcome="250 2.0.0 OK"
    )
    said = text(admin_client.get(DELIVERIES))
    title = webinar.title
    assert f"Reminder, 7 days before Bo {title} To be sent July 24 at 4pm PDT - 0 -" in said
    due, sent = "January 10 at 10:05am PST", "January 10 at 10:06am PST"
    assert f"Confirmation Bo {title} Sent {due} {sent} 1 250 2.0.0 OK" in said


@pytest.mark.parametrize("address", [DELIVERIES, WAVES])
def test_a_list_asks_no_more_for_three_rows_than_for_one(
    admin_client: Client, webinar: Webinar, address: str
) -> None:
    reminded(make_registration(webinar=webinar))
    with_one = queries_of(admin_client, address)
    for _ in range(2):
        reminded(make_registration(webinar=make_webinar()))
    assert queries_of(admin_client, address) == with_one
    assert with_one <= 12


def test_the_list_of_deliveries_counts_nothing(admin_client: Client, webinar: Webinar) -> None:
    make_registration(webinar=webinar)
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(DELIVERIES)
    assert not any("COUNT(" in query["sql"] for query in captured)


def test_deliveries_are_filtered_by_webinar_purpose_and_state(
    admin_client: Client, webinar: Webinar
) -> None:
    reminder = reminded(make_registration(webinar=webinar), state=Delivery.State.FAILED)
    make_registration()

    def shown(query: str) -> list[Delivery]:
        return list(admin_client.get(f"{DELIVERIES}?{query}").context["cl"].result_list)

    ours = f"registration__webinar__id__exact={webinar.pk}"
    assert len(shown(ours)) == 2
    assert shown(f"{ours}&purpose__exact=reminder") == [reminder]
    assert shown("state__exact=failed") == [reminder]


def test_a_wave_is_counted_by_what_became_of_it(admin_client: Client, webinar: Webinar) -> None:
    states = ["sent", "bounced", "ready", "failed", "skipped", "skipped"]
    for state in states:
        reminded(make_registration(webinar=webinar), state=state)
    wave = Wave.objects.get(rule__before=timedelta(days=7))
    rows = {row.pk: row for row in admin_client.get(WAVES).context["cl"].result_list}
    counts = [
        getattr(rows[wave.pk], f"{name}_count") for name in ("sent", "waiting", "failed", "skipped")
    ]
    assert counts == [2, 1, 1, 2]
    said = text(admin_client.get(f"{WAVES}{wave.pk}/change/"))
    assert "Reminder, 7 days before" in said
    assert "July 24 at 4pm PDT" in said


def test_nothing_the_pipeline_wrote_is_edited_by_hand(
    admin_client: Client, webinar: Webinar
) -> None:
    make_registration(webinar=webinar)
    heartbeats.beat("tick")
    rows = {
        "delivery": Delivery.objects.get(),
        "wave": Wave.objects.first(),
        "suppression": Suppression.objects.create(address="gone@example.com"),
        "sender": Sender.objects.create(host="worker", pid=7),
    }
    for name, row in rows.items():
        assert row is not None
        assert admin_client.get(f"/admin/notifications/{name}/").status_code == 200
        assert admin_client.get(f"/admin/notifications/{name}/{row.pk}/change/").status_code == 200
        assert admin_client.post(f"/admin/notifications/{name}/{row.pk}/change/").status_code == 403
        assert admin_client.post(f"/admin/notifications/{name}/{row.pk}/delete/").status_code == 403
        assert admin_client.get(f"/admin/notifications/{name}/add/").status_code == 403


def test_signs_of_life_are_told_by_their_age(
    admin_client: Client, webinar: Webinar, clock: Clock
) -> None:
    heartbeats.beat("tick")
    Sender.objects.create(host="worker", pid=7)
    clock.forward(hours=3)
    assert "tick 3 hours ago" in text(admin_client.get("/admin/notifications/heartbeat/"))
    assert "worker 7 3 hours ago -" in text(admin_client.get("/admin/notifications/sender/"))
