"""Fixtures for whatever is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from notifications import expansion
from tests.provider import Answering, Provider, answering
from tests.services import Service

Playing = Callable[..., Provider]


@pytest.fixture
def playing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Playing]:
    """Plays an email service, from which on the settings lead there."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # botocore would ask for keys there
    with ExitStack() as playing:

        def play(service: Service, how: Answering | None = None) -> Provider:
            there = playing.enter_context(answering(how or service.answering))
            service.use(settings, there.url)
            return there

        yield play


@pytest.fixture
def mailed(settings: Settings, mailoutbox: list[EmailMessage]) -> Callable[[], list[str]]:
    """The problems that ADMINS were told, one after the other."""
    settings.ADMINS = [("Operators", "operators@example.org")]
    return lambda: [mail.body.partition("\n")[0] for mail in mailoutbox]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows at a time, four at most that wait."""
    monkeypatch.setattr(expansion, "BATCH", 2)
    monkeypatch.setattr(expansion, "ENOUGH", 4)
