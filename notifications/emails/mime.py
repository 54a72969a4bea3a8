"""Words and an invite -> headers, MIME tree and octets; the same for the same input. No words here.

Everything is ASCII on the wire (quoted-printable, base64), so no relay re-encodes what was hashed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.errors import MessageError
from email.generator import BytesGenerator
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime, formataddr
from io import BytesIO
from typing import Literal

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.encoding import punycode

from notifications.emails.render import Written, one_line

UTF8 = Charset("utf-8")
UTF8.body_encoding = QP


@dataclass(frozen=True, slots=True)
class Invite:
    """A calendar object and its METHOD, which the MIME part must name too (RFC 6047 2.4)."""

    method: Literal["REQUEST", "CANCEL"]
    octets: bytes


def message(
    written: Written,
    *,
    sender: str,
    recipient: str,
    reply_to: str,
    message_id: str,
    date: datetime,
    invite: Invite | None,
) -> EmailMultiAlternatives:
    """The message for a Django email backend, to exactly one recipient.

    An invite is the last alternative, for the mail programs that show a card, and the same
    octets once more as a file, for those that do not.
    """
    built = EmailMultiAlternatives(
        subject=written.subject,
        body=written.text,
        from_email=formataddr((one_line(settings.ORGANISATION_NAME), sender)),
        to=[recipient],
        reply_to=[reply_to],
        headers={
            "Message-ID": message_id,
            "Date": format_datetime(date),
            # Holiday answers stay away (RFC 3834 5; the second for Exchange); bounces do not.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
        },
    )
    built.encoding = UTF8
    built.attach_alternative(written.html, "text/html")
    if invite:
        # Django adds the charset; named here, it would stand there twice.
        built.attach_alternative(invite.octets.decode(), f"text/calendar; method={invite.method}")
        built.attach("invite.ics", invite.octets, 'application/ics; name="invite.ics"')
    return built


def octets(message: EmailMultiAlternatives, seed: str) -> bytes:
    """The whole message with CRLF line ends; its boundaries follow from the seed.

    "=_" stands in no quoted-printable or base64 body (RFC 2045 6.7), so no boundary is in one.
    """
    tree = message.message()
    # Django folds without the name in mind, which can leave the first line empty.
    tree.replace_header("Subject", Header(str(message.subject), header_name="Subject"))
    for number, part in enumerate(tree.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{seed}_{number}")
    octets = BytesIO()
    BytesGenerator(octets, mangle_from_=False).flatten(tree, linesep="\r\n")
    return octets.getvalue()


def mailbox(email: str) -> str:
    """The address as the wire wants it: the domain in IDNA.

    Raises `ValueError`, without the address, for whatever is not exactly one.
    """
    try:
        address = Address(addr_spec=email)
        return Address(username=address.username, domain=punycode(address.domain)).addr_spec
    except (ValueError, IndexError, MessageError):
        raise ValueError("not exactly one address") from None
