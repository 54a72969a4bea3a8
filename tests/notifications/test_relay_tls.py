"""TLS and passwords on the way to the relay: with whom we speak, and what is said in the clear."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from time import monotonic
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from notifications import outbox, sweeping
from notifications.models import Delivery
from notifications.transport import SMTP_BACKEND, Parcel, Verdict
from notifications.transport.backend import BackendRelay
from tests.certificates import DAY, Authority
from tests.clock import Clock
from tests.guarded import Guarded
from tests.makers import make_registration

pytestmark = pytest.mark.django_db

Start = Callable[..., Guarded]

USER, PASSWORD = "us", "open sesame"
PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
YES = "235 2.7.0 welcome"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The authority, which this process trusts as if the operating system did."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    return authority


@pytest.fixture(params=[True, False], ids=["at once", "STARTTLS"])
def at_once(request: pytest.FixtureRequest) -> bool:
    """TLS from the first octet (RFC 8314 3.3), or by STARTTLS (RFC 3207)."""
    is_so: bool = request.param
    return is_so


@pytest.fixture
def relay(settings: Settings) -> Iterator[Start]:
    """Starts relays that the settings then lead to, as `localhost`."""
    started: list[Guarded] = []

    def start(authority: Authority, host: str = "localhost", **fields: object) -> Guarded:
        names = ("is_self_signed", "ends_in")
        shown = {name: fields.pop(name) for name in names if name in fields}
        started.append(Guarded(authority.certificate(host, **shown), **fields))
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", started[-1].port
        settings.EMAIL_USE_SSL = started[-1].at_once
        settings.EMAIL_USE_TLS = not started[-1].at_once
        return started[-1]

    yield start
    for each in started:
        each.close()


def use_password(settings: Settings, password: str = PASSWORD) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, password


def drain() -> str:
    """Send one confirmation; what state it is in then."""
    if not Delivery.objects.exists():
        make_registration()
    sweeping.tick()
    outbox.drain(until=monotonic() + 20)
    return Delivery.objects.get().state


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Their first sentences: the second says what to do."""
    said = [each.getMessage() for each in caplog.records]
    return [each.partition(". ")[0] for each in said if each.startswith("ALARM")]


def refusal(word: str) -> list[str]:
    return [f"ALARM: The mail relay refuses us ({word})"]


def verbs(commands: list[str]) -> list[str]:
    return [command.split()[0].upper() for command in commands]


def test_a_relay_with_a_good_certificate_gets_the_mail_and_none_of_it_in_the_clear(
    relay: Start, trusted: Authority, *, at_once: bool
) -> None:
    there = relay(trusted, at_once=at_once)
    assert drain() == "sent"
    assert verbs(there.clear) == ([] if at_once else ["EHLO", "STARTTLS"])
    assert verbs(there.secret) == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert there.bodies == 1


WRONG = {
    "another name": {"host": "other.example"},
    "self-signed": {"is_self_signed": True},
    "too old": {"ends_in": -DAY},
}


@pytest.mark.parametrize("shown", WRONG.values(), ids=WRONG)
def test_a_relay_with_a_wrong_certificate_gets_no_mail_and_raises_the_alarm(
    relay: Start,
    trusted: Authority,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    shown: dict[str, object],
    *,
    at_once: bool,
) -> None:
    there = relay(trusted, at_once=at_once, auth_reply=YES, **shown)
    use_password(settings)
    assert drain() == "ready"
    assert verbs(there.clear) == ([] if at_once else ["EHLO", "STARTTLS"])
    assert (there.secret, there.bodies) == ([], 0)
    assert alarms(caplog) == refusal("SSLCertVerificationError 1")


def test_a_relay_whose_authority_nobody_trusts_gets_no_mail(
    relay: Start, authority: Authority, caplog: pytest.LogCaptureFixture, *, at_once: bool
) -> None:
    there = relay(authority, at_once=at_once)
    assert drain() == "ready"
    assert (there.secret, there.bodies) == ([], 0)
    assert alarms(caplog) == refusal("SSLCertVerificationError 1")


def test_a_relay_that_hides_starttls_hears_neither_a_password_nor_an_address(
    relay: Start, trusted: Authority, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    there = relay(trusted, offers_tls=False, auth_reply=YES)
    use_password(settings)
    assert drain() == "ready"
    assert verbs(there.clear) == ["EHLO"]
    assert (there.secret, there.bodies) == ([], 0)
    assert alarms(caplog) == refusal("SMTPNotSupportedError")


def test_a_relay_that_cannot_do_tls_for_a_while_is_asked_again(
    relay: Start, trusted: Authority, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    there = relay(trusted, starttls_reply="454 4.7.0 TLS not available")
    assert drain() == "ready"
    assert verbs(there.clear) == ["EHLO", "STARTTLS"]
    assert alarms(caplog) == []
    there.starttls_reply = "220 2.0.0 go on"
    clock.forward(seconds=11)
    assert drain() == "sent"


def test_the_password_is_said_under_tls_only(
    relay: Start, trusted: Authority, settings: Settings, *, at_once: bool
) -> None:
    there = relay(trusted, at_once=at_once, auth_reply=YES)
    use_password(settings)
    assert drain() == "sent"
    assert "AUTH" not in verbs(there.clear)
    assert there.secret[1] == f"AUTH PLAIN {PLAIN}"
    assert verbs(there.secret) == ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]


def test_a_wrong_password_raises_the_alarm_and_keeps_the_mail_until_it_is_corrected(
    relay: Start,
    trusted: Authority,
    settings: Settings,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    *,
    at_once: bool,
) -> None:
    there = relay(trusted, at_once=at_once, auth_reply="535 5.7.8 no")
    use_password(settings, "wrong")
    assert drain() == "ready"
    assert drain() == "ready"
    assert (there.connections, there.bodies) == (1, 0)
    assert alarms(caplog) == refusal("SMTPAuthenticationError 535")
    there.auth_reply = YES
    clock.forward(seconds=11)
    assert drain() == "sent"


def test_a_password_for_a_relay_that_takes_none_raises_the_alarm(
    relay: Start, trusted: Authority, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    there = relay(trusted)
    use_password(settings)
    assert drain() == "ready"
    assert there.bodies == 0
    assert alarms(caplog) == refusal("SMTPNotSupportedError")


# ---- The same by Django's own SMTP backend ------------------------------------------------------


@pytest.mark.parametrize("shown", WRONG.values(), ids=WRONG)
def test_djangos_own_backend_hands_nothing_to_a_relay_with_a_wrong_certificate(
    relay: Start, trusted: Authority, shown: dict[str, object], *, at_once: bool
) -> None:
    there = relay(trusted, at_once=at_once, **shown)
    by_django = BackendRelay(1)
    parcel = Parcel(SimpleNamespace(pk=1), SimpleNamespace())
    by_django.take(parcel)
    assert by_django.at_the_door() == [parcel]
    by_django.hand_over(parcel)
    [(_parcel, answer)] = by_django.wait(20)
    by_django.close()
    assert answer.verdict is Verdict.MISCONFIGURED
    assert (there.secret, there.bodies) == ([], 0)
