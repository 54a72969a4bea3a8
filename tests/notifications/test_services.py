"""Email services at the HTTP edge: what they are asked, and what their answers mean."""

from __future__ import annotations

import socket
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from notifications.transport import Answer, Verdict
from tests import provider
from tests.certificates import Authority
from tests.provider import Provider, Reply, Request
from tests.services import (
    INVITE,
    INVITING,
    MAILGUN,
    SES,
    Letter,
    Service,
    mailgun_error,
    send,
    ses_error,
)
from tests.sink import free_port

Playing = Callable[..., Provider]

both = pytest.mark.parametrize("service", [MAILGUN, SES], ids=["mailgun", "ses"])


# ---- What a service answers ---------------------------------------------------------------------


@both
def test_a_message_that_a_service_takes_is_accepted(playing: Playing, service: Service) -> None:
    there = playing(service)
    assert send() == Answer(Verdict.ACCEPTED)
    [request] = there.requests
    assert service.mail(request).recipient == "ada@example.com"


MAILGUN_ANSWERS = {
    "wrong key": (Reply(401, b"Forbidden"), Verdict.MISCONFIGURED),
    "not paid": (mailgun_error(402), Verdict.MISCONFIGURED),
    "not allowed": (mailgun_error(403, "Domain is not allowed to send"), Verdict.MISCONFIGURED),
    "unknown domain": (mailgun_error(404, "Domain not found: x"), Verdict.MISCONFIGURED),
    "refused": (mailgun_error(400, "to parameter is not a valid address"), Verdict.REFUSED),
    "too large": (Reply(413), Verdict.REFUSED),
    "too fast": (mailgun_error(429), Verdict.RELAY_DOWN),
    "in trouble": (Reply(500), Verdict.UNKNOWN),
    "gateway's trouble": (Reply(502), Verdict.UNKNOWN),
    "gateway's patience": (Reply(504), Verdict.UNKNOWN),
    "away": (Reply(503), Verdict.UNKNOWN),
    "away until": (Reply(503, headers={"Retry-After": "30"}), Verdict.RELAY_DOWN),
    "yes in words": (Reply(200, b"<p>fine</p>"), Verdict.UNKNOWN),
}


@pytest.mark.parametrize(("reply", "verdict"), MAILGUN_ANSWERS.values(), ids=MAILGUN_ANSWERS)
def test_each_answer_of_mailgun_has_its_meaning_and_is_asked_for_once(
    playing: Playing, reply: Reply, verdict: Verdict
) -> None:
    there = playing(MAILGUN, lambda _request: reply)
    assert send() == Answer(verdict, reply.status, str(reply.status))
    assert len(there.requests) == 1


SES_ANSWERS = {
    "rate": (ses_error(429, "TooManyRequestsException"), Verdict.RELAY_DOWN),
    "throttled": (ses_error(400, "ThrottlingException"), Verdict.RELAY_DOWN),
    "quota": (ses_error(400, "LimitExceededException"), Verdict.RELAY_DOWN),
    "not allowed": (ses_error(403, "AccessDeniedException"), Verdict.MISCONFIGURED),
    "wrong key": (ses_error(403, "SignatureDoesNotMatch"), Verdict.MISCONFIGURED),
    "paused": (ses_error(400, "SendingPausedException"), Verdict.MISCONFIGURED),
    "suspended": (ses_error(400, "AccountSuspendedException"), Verdict.MISCONFIGURED),
    "sender": (ses_error(400, "MailFromDomainNotVerifiedException"), Verdict.MISCONFIGURED),
    "configuration set": (ses_error(404, "NotFoundException"), Verdict.MISCONFIGURED),
    "refused": (ses_error(400, "MessageRejected", "Invalid content"), Verdict.REFUSED),
    "not verified": (
        ses_error(400, "MessageRejected", "Email address is not verified. The following: a@b"),
        Verdict.MISCONFIGURED,
    ),
    "bad request": (ses_error(400, "BadRequestException"), Verdict.REFUSED),
    "too large": (ses_error(413, "RequestEntityTooLarge"), Verdict.REFUSED),
    "in trouble": (ses_error(500, "InternalFailure"), Verdict.UNKNOWN),
    "away": (ses_error(503, "ServiceUnavailable"), Verdict.UNKNOWN),
    "away until": (
        ses_error(503, "ServiceUnavailable", **{"Retry-After": "30"}),
        Verdict.RELAY_DOWN,
    ),
}


@pytest.mark.parametrize(("reply", "verdict"), SES_ANSWERS.values(), ids=SES_ANSWERS)
def test_each_answer_of_amazon_has_its_meaning_and_is_asked_for_once(
    playing: Playing, reply: Reply, verdict: Verdict
) -> None:
    there = playing(SES, lambda _request: reply)
    word = reply.headers["x-amzn-ErrorType"]
    assert send() == Answer(verdict, reply.status, f"{reply.status} {word}")
    assert len(there.requests) == 1


# ---- What happens on the way --------------------------------------------------------------------


@both
def test_a_service_that_nobody_answers_for_got_nothing(
    settings: Settings, service: Service
) -> None:
    service.use(settings, f"http://127.0.0.1:{free_port()}")
    assert send() == Answer(Verdict.RELAY_DOWN, text="ConnectionRefusedError 111")


@both
def test_a_service_whose_name_is_not_found_got_nothing(
    settings: Settings, service: Service
) -> None:
    service.use(settings, "http://nowhere.invalid")
    answer = send()
    assert (answer.verdict, answer.text.split()[0]) == (Verdict.RELAY_DOWN, "gaierror")


@both
def test_a_connection_that_is_lost_after_the_request_leaves_it_unknown_and_is_not_tried_again(
    playing: Playing, service: Service
) -> None:
    there = playing(service, lambda _request: Reply(0))
    assert send().verdict is Verdict.UNKNOWN
    assert len(there.requests) == 1


@both
def test_an_answer_that_does_not_come_leaves_it_unknown_and_is_not_tried_again(
    playing: Playing, settings: Settings, service: Service
) -> None:
    let_go = Event()

    def late(request: Request) -> Reply:
        let_go.wait()
        return Reply(0)

    there = playing(service, late)
    impatient(settings)
    assert send().verdict is Verdict.UNKNOWN
    assert len(there.requests) == 1
    let_go.set()


def test_without_credentials_amazon_is_not_even_asked(
    playing: Playing, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = playing(SES)
    ses = settings.ANYMAIL["AMAZON_SES_CLIENT_PARAMS"]
    for name in ("aws_access_key_id", "aws_secret_access_key"):
        monkeypatch.delenv(name.upper(), raising=False)
        del ses[name]
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    assert send() == Answer(Verdict.MISCONFIGURED, text="NoCredentialsError")
    assert there.requests == []


@pytest.mark.parametrize("missing", ["MAILGUN_API_KEY", "EMAIL_BACKEND"])
def test_a_setting_that_is_missing_stops_the_mail_and_fails_none(
    playing: Playing, settings: Settings, missing: str
) -> None:
    there = playing(MAILGUN)
    settings.ANYMAIL.pop(missing, None)
    if missing == "EMAIL_BACKEND":
        settings.EMAIL_BACKEND = "no.such.Backend"
    assert send().verdict is Verdict.MISCONFIGURED
    assert there.requests == []


def https(provider: Provider) -> str:
    return f"https://localhost:{provider.port}"


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that requests and botocore trust."""
    authority = Authority(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(authority.path))
    return authority


@both
@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        ({"host": "localhost"}, Verdict.ACCEPTED),
        ({"host": "other.example"}, Verdict.MISCONFIGURED),
        ({"host": "localhost", "is_self_signed": True}, Verdict.MISCONFIGURED),
    ],
    ids=["good", "another name", "self-signed"],
)
def test_a_service_with_a_wrong_certificate_hears_nothing(
    settings: Settings,
    trusted: Authority,
    service: Service,
    shown: dict[str, Any],
    verdict: Verdict,
) -> None:
    with provider.answering(service.answering, trusted.certificate(**shown)) as there:
        service.use(settings, https(there))
        assert send().verdict is verdict
    assert len(there.requests) == (verdict is Verdict.ACCEPTED)


@both
def test_a_service_that_hangs_up_in_the_handshake_got_nothing(
    settings: Settings, service: Service
) -> None:
    """Somebody listens, as in front of a service that is down, and TLS does not come about."""
    server = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        connection, _address = server.accept()
        connection.recv(64)
        connection.close()

    thread = Thread(target=hang_up, daemon=True)
    thread.start()
    service.use(settings, f"https://localhost:{server.getsockname()[1]}")
    assert send().verdict is Verdict.RELAY_DOWN
    thread.join()
    server.close()


@both
def test_a_handshake_that_takes_too_long_has_handed_nothing_over(
    settings: Settings, service: Service
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        service.use(settings, f"https://localhost:{silent.getsockname()[1]}")
        impatient(settings)
        assert send().verdict is Verdict.RELAY_DOWN


def impatient(settings: Settings) -> None:
    """Of any service's answer."""
    settings.ANYMAIL["REQUESTS_TIMEOUT"] = (0.3, 0.2)
    ses = settings.ANYMAIL.setdefault("AMAZON_SES_CLIENT_PARAMS", {})
    ses["config"] = {**ses["config"], "connect_timeout": 0.3, "read_timeout": 0.2}


# ---- The message arrives whole ------------------------------------------------------------------


def parts(message: EmailMessage) -> list[tuple[str, str | None, bytes]]:
    """Each leaf's type, METHOD and decoded octets, line ends aside."""
    return [
        (
            part.get_content_type(),
            part.get_param("method"),
            part.get_payload(decode=True).replace(b"\r\n", b"\n"),
        )
        for part in message.walk()
        if not part.is_multipart()
    ]


@both
def test_a_service_gets_the_message_as_it_was_composed(playing: Playing, service: Service) -> None:
    there = playing(service)
    assert send(INVITING) == Answer(Verdict.ACCEPTED)
    octets = service.mail(there.requests[0]).octets
    got = message_from_bytes(octets, policy=policy.default)
    made = message_from_bytes(INVITING.as_django().message().as_bytes(), policy=policy.default)
    assert parts(got) == [
        ("text/plain", None, b"Hola\n.\nFrom here"),
        ("text/html", None, "<p>Hola ä</p>".encode()),
        ("text/calendar", "REQUEST", INVITE.replace(b"\r\n", b"\n")),
        ("application/ics", None, INVITE.replace(b"\r\n", b"\n")),
    ]
    assert dict(got.items()) | {"Content-Type": ""} == dict(made.items()) | {"Content-Type": ""}
    assert got["Message-ID"] == INVITING.message_id
    assert got["Subject"] == "Mañana: Online session"
    assert octets.isascii()


def test_mailgun_is_told_to_count_neither_openings_nor_clicks(playing: Playing) -> None:
    there = playing(MAILGUN)
    send()
    [request] = there.requests
    said = {name: field.octets for name, field in request.form.items()}
    del said["message"]
    assert request.path == "/v3/webinars.example.org/messages.mime"
    assert said == {
        "to": b"ada@example.com",
        "o:tracking-clicks": b"no",
        "o:tracking-opens": b"no",
    }


def test_an_api_that_knows_text_and_html_only_gets_the_invite_attached_with_its_method(
    playing: Playing, settings: Settings
) -> None:
    there = playing(MAILGUN)
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    assert send(INVITING) == Answer(Verdict.ACCEPTED)
    [request] = there.requests
    form = request.form
    assert request.path == "/v3/webinars.example.org/messages"
    assert form["text"].octets == b"Hola\n.\nFrom here"
    assert form["html"].octets == "<p>Hola ä</p>".encode()
    assert form["h:Message-Id"].octets.decode() == INVITING.message_id
    invite = form["attachment"]
    assert invite.headers.get_filename() == "invite.ics"
    assert invite.headers.get_content_type() == "text/calendar"
    assert invite.headers["Content-Type"].params["method"] == "REQUEST"
    assert invite.octets == INVITE


def test_a_part_that_no_api_knows_stops_the_mail_instead_of_failing_it(
    playing: Playing, settings: Settings
) -> None:
    class Odd(Letter):
        def as_django(self) -> EmailMultiAlternatives:
            message = super().as_django()
            message.attach_alternative("odd", "text/odd")
            return message

    there = playing(MAILGUN)
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    assert send(Odd()) == Answer(Verdict.MISCONFIGURED, text="AnymailUnsupportedFeature")
    assert there.requests == []


def test_no_address_gets_into_an_answer_or_a_log_however_much_is_logged(
    playing: Playing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    words = "'ada@example.com' is not a valid address"
    for service, reply in (
        (MAILGUN, mailgun_error(400, words)),
        (SES, ses_error(400, "BadRequestException", words)),
        (SES, ses_error(400, "ada@example.com", words)),
    ):
        playing(service, lambda _request, reply=reply: reply)
        assert "ada" not in send().text
    assert "ada@" not in caplog.text
