"""What load balancers ask."""

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler
from django.test import Client

from config import health

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
