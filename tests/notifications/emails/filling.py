"""What the tests of letters share: hard names, the direct build, readers of what came out."""

from __future__ import annotations

import email
import email.policy
import secrets
from html.parser import HTMLParser
from typing import Any

from hypothesis import strategies as st

from notifications import emails
from notifications.emails import mime
from notifications.models import Delivery
from registrations.models import Registration
from tests.makers import make_registration
from tests.notifications.emails.reading import fresh
from webinars import times
from webinars.models import Webinar

# Language, zone, whether the webinar is sensitive, and whether they help somebody.
READERS = [
    ("en", "America/New_York", True, False),
    ("es", "Europe/Madrid", False, False),
    ("es", "Asia/Kolkata", True, True),
]


MARK = "Zababababababababababababababababfirst_nameZ"


HARD = [
    *("", "Maria", "María José", "O'Brien", 'Ann "Annie"', "<script>alert(1)</script>"),
    *("&amp; & &#39;", "=3D=", "50 %", "%(text/plain first_name)b %s %%", "{{ first_name }}"),
    *("{% now %}", "\\", "\N{NO-BREAK SPACE}", ".", "..", ".hidden", "From ", "From here"),
    *("4 pm", "4 p. m.", "-place-", "--=_", "\r\n.\r\n", "\x00", "\u2028", "\ufeff", "\ufffe"),
    *("דנה", "\u202eevil\u202c", "Zoe\u0308", "\u0308", "👩🏽‍⚕️"),
    *("x" * 300, "é" * 300, ".é" * 200, "a " * 200, MARK),
]


NAMES = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=120),
    st.lists(st.sampled_from(HARD), min_size=2, max_size=4).map("".join),
)


def built(filled: emails.Email) -> bytes:
    """The same email, composed for this person from the beginning."""
    return mime.octets(mime.tree(filled.as_django(), filled.seed))


def reading(octets: bytes) -> list[Any]:
    """Headers, structure and content of every part, as a mail program understands them."""
    message = email.message_from_bytes(octets, policy=email.policy.default)
    return [
        (
            [(name, str(value)) for name, value in part.items()],
            part.defects,
            (part.preamble, part.epilogue),
            content(part),
        )
        for part in message.walk()
    ]


def content(part: Any) -> Any:
    if part.is_multipart():
        return len(part.get_payload())
    if part.get_content_type() == "text/plain":
        return part.get_content()
    if part.get_content_type() == "text/html":
        return Events(part.get_content()).found
    return part.get_payload(decode=True)


class Events(HTMLParser):
    """What a document says, however its characters are written."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, Any]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}", None))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "data":
            data = self.found.pop()[1] + data
        self.found.append(("data", data))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))


def check_the_wire(octets: bytes) -> None:
    """ASCII, CRLF, short lines, and nothing that a relay would have to change."""
    lines = octets.split(b"\r\n")
    assert octets.isascii()
    assert lines[-1] == b""
    assert [line for line in lines if b"\r" in line or b"\n" in line] == []
    assert [line for line in lines if line.startswith((b".", b"From "))] == []
    assert max(len(line) for line in lines) <= 998
    assert max(len(line) for line in lines[lines.index(b"") :]) <= 76


def people(webinar: Webinar, count: int) -> list[Registration]:
    return [
        fresh(make_registration(webinar=webinar, first_name=secrets.token_hex(8), last_name="Doe"))
        for _number in range(count)
    ]


def sharing(deliveries: list[Delivery]) -> list[Delivery]:
    """As a batch is loaded: one webinar and one wave for all."""
    first = deliveries[0]
    for each in deliveries:
        each.wave, each.registration.webinar = first.wave, first.registration.webinar
    return deliveries


def composed(deliveries: list[Delivery]) -> list[emails.Email]:
    composer = emails.Composer(times.now())
    return [composer.compose(each) for each in deliveries]
