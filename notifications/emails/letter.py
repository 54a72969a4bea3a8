"""One email for everybody who reads the same words: composed once, then filled for each person.

Composing is `Wording.message`, the only way in which an email is written. Here it is given marks
for whatever is personal; where they come out, the octets of a person are put in. No queries.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from email.message import Message
from functools import lru_cache
from itertools import zip_longest
from typing import Any, cast

from django.core.mail import EmailMultiAlternatives

from notifications.emails import mime
from notifications.emails.encoding import (
    SOFT_BREAK,
    as_it_is,
    in_base64,
    in_header,
    quoted,
    quoted_html,
)
from notifications.emails.occasion import Occasion
from notifications.emails.wording import Personal, Wording
from notifications.models import Purpose

Encode = Callable[[Any], bytes]
# Words and the name of what stands behind them, again and again; behind the last ones nothing.
Pieces = list[tuple[str, str]]

TEXT, HTML = "text/plain", "text/html"
WORDS: dict[str, Encode] = {TEXT: quoted, HTML: quoted_html}
# 43 letters and digits: the same in every encoding.
TOKENS = {"join_token", "manage_token", "stop_token", "proof_token"}
IN_HEADERS = {"recipient", "message_id", "date", "seed"}
IN_HEADERS_OF_REMINDERS = {*IN_HEADERS, "stop_token"}


class MarkLost(Exception):
    """Where something personal belongs is not known: nobody may be sent such a letter."""


class Letter:
    """An occasion's email, ready to be filled. Raises `MarkLost` where it would come out wrong."""

    def __init__(self, occasion: Occasion) -> None:
        self.wording = Wording(occasion)
        draft = Draft()
        self._form = draft.form(self.wording)
        self._places = [(place, *found) for place, found in draft.places.items()]

    def fill(self, personal: Personal) -> bytes:
        """The whole message (RFC 5322): CRLF, ASCII only, and nothing in it to be dot-stuffed."""
        return self._form % {
            place: encode(personal[index]) for place, index, encode in self._places
        }

    def as_django(self, personal: Personal) -> EmailMultiAlternatives:
        """The same words and the same invite for a Django email backend."""
        return self.wording.message(personal)


# By the occasion's value, so that no letter is ever out of date. One takes some 20 kB.
letter = lru_cache(maxsize=256)(Letter)


class Draft:
    """A letter in the making. `places` says which field of `Personal` goes where, and how.

    A mark is a word that nobody can have typed: it is new each time. It is of letters and digits
    and ends with a letter, so that templates, HTML and headers leave it alone.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_hex(16)
        self._marks = re.compile(f"Z{self._secret}([a-z0-9_]+)Z")
        self._said: dict[str, set[str]] = {}  # what is personal in the text, and in the HTML
        self.places: dict[bytes, tuple[int, Encode]] = {}

    def form(self, wording: Wording) -> bytes:
        """The wording's message as a format of octets. Raises `MarkLost`."""
        marks = Personal._make(self._mark(name) for name in Personal._fields)
        message = wording.message(marks._replace(invite=self._mark("invite").encode()))
        tree = mime.tree(message, marks.seed)
        parts = self._subject(tree, str(message.subject)) | self._bodies(tree)
        head = self._pieces(mime.octets(tree).decode())
        is_reminder = wording.purpose == Purpose.REMINDER
        expected = IN_HEADERS_OF_REMINDERS if is_reminder else IN_HEADERS
        if {name for _words, name in head if name} != expected | {*parts}:
            raise MarkLost("in a header")
        names = {"first_name", "patient_name"} if wording.is_carer else {"first_name"}
        if self._said[TEXT] != self._said[HTML] or not names <= self._said[TEXT]:
            raise MarkLost("in the text or in the HTML")
        form = b""
        for words, name in head:
            form += _literal(words.encode())
            if name:
                form += parts.get(name) or self._place("header", name, as_it_is)
        return form

    def _mark(self, name: str) -> str:
        return f"Z{self._secret}{name}Z"

    def _pieces(self, text: str) -> Pieces:
        """The text taken apart at its marks. Raises `MarkLost` where one was changed or cut."""
        found = self._marks.split(text)
        words, names = found[::2], found[1::2]
        if any(self._secret[:8] in each.lower() for each in words):
            raise MarkLost("changed")
        return [*zip_longest(words, names, fillvalue="")]

    def _place(self, where: str, name: str, encode: Encode) -> bytes:
        place = f"{where} {name}".encode()
        self.places[place] = Personal._fields.index(name), encode
        return b"%%(%b)b" % place

    def _subject(self, tree: Message, subject: str) -> dict[str, bytes]:
        """Where it holds something personal, each piece of it is encoded on a line of its own."""
        pieces = self._pieces(subject)
        if len(pieces) == 1:
            return {}
        tree.replace_header("Subject", self._mark("subject"))
        lines = []
        for words, name in pieces:
            lines += [_literal(in_header(words))] if words else []
            lines += [self._place("subject", name, in_header)] if name else []
        return {"subject": b"\r\n ".join(lines)}

    def _bodies(self, tree: Message) -> dict[str, bytes]:
        """Each part's body as a format, by the name of the mark that is left in its place."""
        leaves = [part for part in tree.walk() if not part.is_multipart()]
        bodies = {f"part{number}": self._body(part) for number, part in enumerate(leaves)}
        for name, part in zip(bodies, leaves, strict=True):
            part.set_payload(self._mark(name))
        return bodies

    def _body(self, part: Message) -> bytes:
        kind, octets = part.get_content_type(), cast("bytes", part.get_payload(decode=True))
        if kind in WORDS:
            return self._words(kind, octets.decode())
        if octets != self._mark("invite").encode():
            raise MarkLost("in the invite")
        return self._place("part", "invite", in_base64)

    def _words(self, kind: str, text: str) -> bytes:
        """Whatever is personal has lines of its own: how the others fold depends on nobody."""
        pieces, form = self._pieces(text), b""
        self._said[kind] = {name for _words, name in pieces if name}
        for words, name in pieces:
            lines = _literal(quoted(words))
            form += lines
            if name:
                is_amid_a_line = lines and not lines.endswith(b"\n")
                form += SOFT_BREAK if is_amid_a_line else b""
                form += self._word(kind, name) + SOFT_BREAK
        return form

    def _word(self, kind: str, name: str) -> bytes:
        if name in TOKENS:
            return self._place("link", name, str.encode)
        return self._place(kind, name, WORDS[kind])


def _literal(octets: bytes) -> bytes:
    return octets.replace(b"%", b"%%")
