"""Fixtures that more than one test file needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

import tests.examples  # noqa: F401 - no deadline for any test
from notifications import outbox, sweeping
from notifications.transport import SMTP_BACKEND
from registrations.views import keeping
from tests.clock import Clock, movable
from tests.rig import Rig, rigged
from tests.sink import Sink, listening


@pytest.fixture(autouse=True)
def pages_made_anew(settings: Settings) -> None:
    """A test that changes a webinar looks at the page right away."""
    settings.PAGES_KEPT_SECONDS = 0
    keeping.forget()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """No commit waits for the disk: the tests' database need not outlive a power cut."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        connection.close()  # the next has it


@pytest.fixture
def clock(db: None) -> Iterator[Clock]:
    """The time of all processes, to be moved."""
    with movable() as clock:
        yield clock


@pytest.fixture(scope="session")
def _sink() -> Iterator[tuple[Sink, int]]:
    with listening() as (sink, port):
        yield sink, port


@pytest.fixture
def sent(_sink: tuple[Sink, int], settings: Settings) -> Sink:
    """What a real SMTP server has accepted since the test began."""
    sink, port = _sink
    sink.mails.clear()
    sink.replies.clear()
    sink.data_replies.clear()
    settings.EMAIL_BACKEND = SMTP_BACKEND  # Django's test runner puts an in-memory one there
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    return sink


@pytest.fixture
def deliver_everything_due(sent: Sink) -> Callable[[], int]:
    """One sweep, as `manage.py senddue` does it; returns the deliveries worked on."""

    def deliver() -> int:
        sweeping.tick()
        return outbox.drain(until=monotonic() + 60)

    return deliver


@pytest.fixture
def rig(transactional_db: None, clock: Clock, sent: Sink, settings: Settings) -> Iterator[Rig]:
    """The product's processes, to be started and killed; one site with the test's own."""
    settings.SITE_HOST = "127.0.0.1"
    with rigged(settings.EMAIL_PORT) as rig:
        yield rig
