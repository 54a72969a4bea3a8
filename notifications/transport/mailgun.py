"""Mailgun, through its MIME endpoint: the whole message as it was composed.

Anymail's own backend takes it to pieces, and Mailgun has no piece for an invite. Whole, the
invite, its method and our Message-ID arrive as they are.
"""

from __future__ import annotations

from typing import Any

from anymail.backends.mailgun import EmailBackend as InPieces
from anymail.backends.mailgun import MailgunPayload
from django.core.mail import EmailMessage

ABOUT_SENDING = ("o:", "v:")  # Mailgun's options and custom data; the rest stands in the message


class EmailBackend(InPieces):
    """For EMAIL_BACKEND; anymail's MAILGUN_… settings apply."""

    def build_message_payload(self, message: EmailMessage, defaults: dict[str, Any]) -> Whole:
        return Whole(message, defaults, self)


class Whole(MailgunPayload):
    """A request to `/messages.mime`."""

    def get_api_endpoint(self) -> str:
        return f"{super().get_api_endpoint()}.mime"

    def get_request_params(self, api_url: str) -> dict[str, Any]:
        """The envelope's recipient, and the message as one file."""
        request: dict[str, Any] = super().get_request_params(api_url)
        octets = self.message.message().as_bytes(linesep="\r\n")
        request["files"] = {"message": ("message.eml", octets, "message/rfc822")}
        request["data"] = {
            name: value
            for name, value in request["data"].items()
            if name == "to" or name.startswith(ABOUT_SENDING)
        }
        return request

    def add_alternative(self, content: str, mimetype: str) -> None:
        """It goes with the whole."""
