"""Words and an invite -> headers, MIME tree and octets; the same for the same input. No words here.

Everything is ASCII on the wire (quoted-printable, base64), so no relay re-encodes what was hashed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.errors import MessageError
from email.generator import BytesGenerator
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.utils import formataddr
from io import BytesIO
from typing import Literal, cast

from django.core.mail import EmailMultiAlternatives
from django.utils.encoding import punycode

from notifications.emails.render import Written, one_line

UTF8 = Charset("utf-8")
UTF8.body_encoding = QP

Method = Literal["REQUEST", "CANCEL"]

# What nearly every address is, and what is written on the wire as it stands.
USUAL_MAILBOX = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*"
)


@dataclass(frozen=True, slots=True)
class Invite:
    """A calendar object and its METHOD, which the MIME part must name too (RFC 6047 2.4)."""

    method: Method
    octets: bytes


def message(
    written: Written,
    *,
    organisation: str,
    sender: str,
    recipient: str,
    reply_to: str,
    message_id: str,
    date: str,
    invite: Invite | None,
    stop_url: str = "",
) -> EmailMultiAlternatives:
    """The message for a Django email backend, to exactly one recipient.

    `stop_url`: what one click in a mail program stops (RFC 8058).

    An invite is the last alternative, for the mail programs that show a card, and the same
    octets once more as a file, for those that do not.
    """
    built = EmailMultiAlternatives(
        subject=written.subject,
        body=written.text,
        from_email=formataddr((one_line(organisation), sender)),
        to=[recipient],
        reply_to=[reply_to],
        headers={
            "Message-ID": message_id,
            "Date": date,
            # Holiday answers stay away (RFC 3834 5; the second for Exchange); bounces do not.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
            **(one_click(stop_url) if stop_url else {}),
        },
    )
    built.encoding = UTF8
    built.attach_alternative(written.html, "text/html")
    if invite:
        # Django adds the charset; named here, it would stand there twice.
        built.attach_alternative(invite.octets.decode(), f"text/calendar; method={invite.method}")
        built.attach("invite.ics", invite.octets, 'application/ics; name="invite.ics"')
    return built


def one_click(stop_url: str) -> dict[str, str]:
    """RFC 8058 3.1. The relay's DKIM signature must cover both."""
    return {
        "List-Unsubscribe": f"<{stop_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def tree(message: EmailMultiAlternatives, seed: str) -> Message:
    """The message's parts as they go over the wire; its boundaries follow from the seed.

    "=_" stands in no quoted-printable or base64 body (RFC 2045 6.7), so no boundary is in one.
    """
    root = message.message()
    # Django folds without the name in mind, which can leave the first line empty.
    root.replace_header("Subject", subject_header(str(message.subject)))
    for number, part in enumerate(root.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{seed}_{number}")
        elif part.get_content_type() == "text/calendar":
            _in_base64(part)
    return root


def subject_header(subject: str) -> Header:
    """The subject, encoded where it must be (RFC 2047), and folded behind its name."""
    return Header(subject, header_name="Subject")


def octets(tree: Message) -> bytes:
    """The whole message with CRLF line ends."""
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False).flatten(tree, linesep="\r\n")
    return written.getvalue()


def mailbox(email: str) -> str:
    """The address as the wire wants it: the domain in IDNA.

    Raises `ValueError`, without the address, for whatever is not exactly one of ASCII before the @.
    """
    if USUAL_MAILBOX.fullmatch(email):
        return email
    try:
        address = Address(addr_spec=email)
        return Address(username=address.username, domain=punycode(address.domain)).addr_spec
    except (ValueError, IndexError, MessageError):
        raise ValueError("not exactly one address") from None


def _in_base64(part: Message) -> None:
    """As its file is, so that both are written once: see `letter`."""
    # Quoted-printable took its line ends for those of a text.
    octets = cast("bytes", part.get_payload(decode=True)).replace(b"\n", b"\r\n")
    del part["Content-Transfer-Encoding"]
    part.set_payload(octets)
    encode_base64(part)
