"""A wrong deployment is refused at start. The zone data's check is tested with retiming."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from config import checks


@pytest.mark.parametrize(
    ("host", "user", "security", "is_refused"),
    [
        ("relay.example.org", "us", "", True),
        ("192.0.2.7", "us", "", True),
        ("relay.example.org", "us", "EMAIL_USE_TLS", False),
        ("relay.example.org", "us", "EMAIL_USE_SSL", False),
        ("relay.example.org", "", "", False),
        ("localhost", "us", "", False),
        ("127.0.0.1", "us", "", False),
        ("::1", "us", "", False),
    ],
)
def test_a_password_goes_to_another_host_only_encrypted(
    settings: Settings, host: str, user: str, security: str, is_refused: bool
) -> None:
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER = host, user
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    if security:
        setattr(settings, security, True)
    found = checks.no_password_in_clear_text(None)
    assert [message.id for message in found] == ["webinars.E004"] * is_refused


@pytest.mark.parametrize(
    ("keys", "is_refused"), [([], True), (["x" * 31], True), (["x" * 32], False)]
)
def test_short_link_keys_are_refused(settings: Settings, keys: list[str], is_refused: bool) -> None:
    settings.LINK_KEYS = keys
    assert bool(checks.link_keys_are_strong(None)) is is_refused


@pytest.mark.parametrize(
    ("url", "host", "is_refused"),
    [
        ("https://webinars.example.org", "webinars.example.org", False),
        ("webinars.example.org", "", True),
        ("ftp://webinars.example.org", "webinars.example.org", True),
    ],
)
def test_a_site_url_that_is_not_whole_is_refused(
    settings: Settings, url: str, host: str, is_refused: bool
) -> None:
    settings.SITE_URL, settings.SITE_HOST = url, host
    assert bool(checks.site_url_is_whole(None)) is is_refused
