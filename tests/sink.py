"""A real SMTP server that keeps what it accepts and misbehaves as told, per recipient."""

from __future__ import annotations

import email
import email.policy
import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from notifications.models import Delivery


@dataclass(frozen=True)
class Mail:
    """One accepted message."""

    recipient: str
    octets: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.octets, policy=email.policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def calendar(self) -> bytes:
        """The octets of the calendar part; empty when there is none."""
        for part in self.message.walk():
            if part.get_content_type() == "text/calendar":
                payload: bytes = part.get_payload(decode=True)
                return payload
        return b""

    @property
    def delivery(self) -> Delivery:
        return Delivery.objects.get(message_id=self.message["Message-ID"])

    @property
    def purpose(self) -> str:
        return self.delivery.purpose

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return part.get_content() if part else ""


class Sink:
    """Aiosmtpd's handler. `replies[address]` are given one after the other at RCPT."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.replies: dict[str, list[str]] = defaultdict(list)
        self.data_replies: dict[str, list[str]] = defaultdict(list)

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.recipient == address]

    def last(self, address: str) -> Mail:
        """The one that was written down last. Of those that leave together any may come first."""
        return max(self.to(address), key=lambda mail: mail.delivery.pk)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        if self.replies[address]:
            reply = self.replies[address].pop(0)
            if not reply.startswith("2"):
                return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        recipient = envelope.rcpt_tos[0]
        if self.data_replies[recipient]:
            reply = self.data_replies[recipient].pop(0)
            if reply == "drop":
                self.mails.append(Mail(recipient, envelope.content))  # accepted, never answered
                server.transport.close()
                return "250 never heard"
            if not reply.startswith("2"):
                return reply
        self.mails.append(Mail(recipient, envelope.content))
        return "250 2.0.0 OK"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def listening() -> Iterator[tuple[Sink, int]]:
    """A sink on a free port of the loopback."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield sink, controller.port
    finally:
        controller.stop()
