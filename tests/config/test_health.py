"""What load balancers and monitoring ask."""

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler
from django.test import Client

from config import health
from notifications import watching
from notifications.alarms import alarm

pytestmark = pytest.mark.django_db


def test_a_process_that_reaches_its_database_is_well(client: Client) -> None:
    response = client.get("/health/")

    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_a_process_without_its_database_is_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": "9", "OPTIONS": {}}
    monkeypatch.setattr(health, "connection", ConnectionHandler({"default": nowhere})["default"])

    response = client.get("/health/")

    assert response.status_code == 503
    assert "no-store" in response["Cache-Control"]


def test_delivery_is_well_while_somebody_watches_and_nothing_is_wrong(client: Client) -> None:
    watching.look()

    response = client.get("/health/delivery/")

    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_delivery_in_trouble_says_what_is_wrong_and_the_site_is_well_all_the_same(
    client: Client,
) -> None:
    alarm("The mail relay refuses us (535 5.7.8). Check EMAIL_URL.")

    response = client.get("/health/delivery/")

    assert response.status_code == 503
    assert response.content.decode().splitlines() == [
        "The mail relay refuses us (535 5.7.8). Check EMAIL_URL.",
        "Nobody watches: manage.py watch has given no sign of life for two minutes.",
    ]
    assert client.get("/health/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_delivery_without_a_database_is_not_well(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "PORT", "9")
        response = client.get("/health/delivery/")
    connection.close()

    assert (response.status_code, response.content) == (503, b"database unavailable")
