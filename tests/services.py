"""Two email services as their published APIs have it, and messages to send through them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from time import monotonic
from types import SimpleNamespace
from typing import Any

from django.conf import settings as product
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from notifications.emails import mime
from notifications.emails.render import Written
from notifications.transport import Answer, Parcel, Verdict
from notifications.transport.backend import BackendRelay
from tests.provider import Answering, Reply, Request
from tests.sink import Mail

INVITE = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
WHEN = datetime(2026, 7, 31, 23, 0, tzinfo=UTC)
numbers = count(1)


@dataclass(frozen=True)
class Letter:
    """As much of an `Email` as a backend's relay asks for."""

    message_id: str = field(default_factory=lambda: f"<{next(numbers)}@webinars.example.org>")
    recipient: str = "ada@example.com"
    invite: mime.Invite | None = None

    def as_django(self) -> EmailMultiAlternatives:
        return mime.message(
            Written("Mañana: Online session", "Hola\n.\nFrom here", "<p>Hola ä</p>"),
            organisation="Patient Webinars",
            sender="webinars@example.org",
            recipient=self.recipient,
            reply_to="team@harbor.example.org",
            message_id=self.message_id,
            date=format_datetime(WHEN),
            invite=self.invite,
        )


INVITING = Letter(invite=mime.Invite("REQUEST", INVITE))


# ---- Amazon SES, API v2, SendEmail --------------------------------------------------------------


def ses(request: Request) -> Reply:
    """Yes to a signed, raw message."""
    signature = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"
    if request.path != "/v2/email/outbound-emails":
        return ses_error(404, "NotFoundException")
    if not request.headers["Authorization"].startswith(signature):
        return ses_error(403, "MissingAuthenticationTokenException")
    if not ses_mail(request).octets:
        return ses_error(400, "BadRequestException")
    return Reply(200, json.dumps({"MessageId": "0100018f-its-own-000000"}).encode())


def ses_error(status: int, word: str, message: str = "no", **headers: str) -> Reply:
    body = json.dumps({"message": message}).encode()
    return Reply(status, body, {"x-amzn-ErrorType": word, **headers})


def ses_mail(request: Request) -> Mail:
    [recipient] = request.json["Destination"]["ToAddresses"]
    return Mail(recipient, base64.b64decode(request.json["Content"]["Raw"]["Data"]))


# ---- Mailgun, API v3 ----------------------------------------------------------------------------


def mailgun(request: Request) -> Reply:
    """Yes to a whole message, or to one in pieces."""
    if request.headers["Authorization"] != f"Basic {base64.b64encode(b'api:a-key').decode()}":
        return Reply(401, b"Forbidden")
    if not request.path.startswith("/v3/webinars.example.org/messages"):
        return mailgun_error(404, "Domain not found: webinars.example.org")
    whole = request.path.endswith(".mime")
    if not {"to", "message" if whole else "text"} <= request.form.keys():
        return mailgun_error(400, "a parameter is missing")
    queued = {"id": "<its-own@webinars.example.org>", "message": "Queued. Thank you."}
    return Reply(200, json.dumps(queued).encode())


def mailgun_error(status: int, message: str = "no", **headers: str) -> Reply:
    return Reply(status, json.dumps({"message": message}).encode(), headers)


def mailgun_mail(request: Request) -> Mail:
    form = request.form
    return Mail(form["to"].octets.decode(), form["message"].octets)


# ---- The settings for each, and how its requests are read --------------------------------------


@dataclass(frozen=True)
class Service:
    """One email service: how it says yes, and how its requests are read."""

    answering: Answering
    use: Callable[[Settings, str], None]
    mail: Callable[[Request], Mail]


def use_mailgun(settings: Settings, url: str) -> None:
    settings.EMAIL_BACKEND = "notifications.transport.mailgun.EmailBackend"
    settings.ANYMAIL = {
        **product.ANYMAIL,
        "MAILGUN_API_KEY": "a-key",
        "MAILGUN_SENDER_DOMAIN": "webinars.example.org",
        "MAILGUN_API_URL": f"{url}/v3",
    }


def use_ses(settings: Settings, url: str) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
    access = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "AKIDEXAMPLE"}
    access |= {"aws_secret_access_key": "a-secret"}
    ses = product.ANYMAIL["AMAZON_SES_CLIENT_PARAMS"]
    settings.ANYMAIL = {**product.ANYMAIL, "AMAZON_SES_CLIENT_PARAMS": {**ses, **access}}


MAILGUN = Service(mailgun, use_mailgun, mailgun_mail)
SES = Service(ses, use_ses, ses_mail)

# ---- What a test does with them ---------------------------------------------------------------


def parcel(letter: Any = None) -> Parcel:
    return Parcel(SimpleNamespace(pk=1), letter or Letter())


def hand_over(relay: BackendRelay, letter: Any = None) -> Parcel:
    taken = parcel(letter)
    relay.take(taken)
    assert relay.at_the_door() == [taken]
    relay.hand_over(taken)
    return taken


def send(letter: Any = None) -> Answer:
    """What one message is answered."""
    relay = BackendRelay(1)
    taken = hand_over(relay, letter)
    [(of, answer)] = relay.wait(30)
    relay.close()
    assert of is taken
    return answer


def working(limit: int) -> BackendRelay:
    """A relay whose service has answered."""
    relay = BackendRelay(limit)
    hand_over(relay)
    assert [answer.verdict for _parcel, answer in relay.wait(20)] == [Verdict.ACCEPTED]
    return relay


def everything(relay: BackendRelay, number: int) -> list[tuple[Parcel, Answer]]:
    answered: list[tuple[Parcel, Answer]] = []
    until = monotonic() + 20
    while len(answered) < number and monotonic() < until:
        answered += relay.wait(1)
    return answered
