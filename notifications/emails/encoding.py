"""Words and octets -> what stands in a header or a body: RFC 2045 6.7 and 6.8, RFC 2047.

No line begins with "." or with "From ", so that nobody on the way has a reason to change one.
"""

from __future__ import annotations

import html
import re
from email import base64mime, quoprimime
from email.header import Header

from webinars import times

# Of 76: what begins with "." or "F" takes two more, and a soft line break may follow.
LONGEST = 73
CRLF = "\r\n"
SOFT_BREAK = b"=\r\n"

# What is written as it stands, on one line: most names.
PLAIN = re.compile(rf"(?!\.|From )[ -<>-~]{{0,{LONGEST - 1}}}[!-<>-~]")
BAD_BEGIN = re.compile(r"^(?:\.|F(?=rom ))", re.MULTILINE)


def quoted(text: str) -> bytes:
    """Plain text in quoted-printable, from the beginning of a line on."""
    if PLAIN.fullmatch(text):
        return text.encode()
    lines = quoprimime.body_encode(text.encode().decode("latin-1"), LONGEST, CRLF)
    return BAD_BEGIN.sub(lambda found: f"={ord(found[0]):02X}", lines).encode()


def quoted_html(text: str) -> bytes:
    """Plain text as `render` writes it in HTML, and that in quoted-printable."""
    if text.isalnum():
        return quoted(text)
    return quoted(html.escape(times.unbroken(text)))


def in_header(text: str) -> bytes:
    """The text as encoded words, whatever stands beside it. One is never empty: then a space."""
    return Header(text or " ", "utf-8", header_name="Subject").encode(linesep=CRLF).encode()


def as_it_is(text: str) -> bytes:
    """For a header. Raises `ValueError`, without the text, for what does not belong there."""
    if not (text.isascii() and text.isprintable()):
        raise ValueError("not fit for a header")
    return text.encode()


def in_base64(octets: bytes) -> bytes:
    """In base64, in lines of 76."""
    return base64mime.body_encode(octets, eol=CRLF).encode()
