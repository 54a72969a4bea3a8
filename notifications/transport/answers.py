"""What a relay's answers mean, whichever way it was asked. No connection and no database here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

# RFC 3463 3.2, RFC 7505: what says that the mailbox is not there.
BAD_MAILBOX = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
BAD_SENDER = {"5.1.7", "5.1.8"}

ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})\b")


class Verdict(Enum):
    """What became of one hand-over."""

    ACCEPTED = auto()
    BAD_ADDRESS = auto()  # refused for good, and the address is why
    REFUSED = auto()  # refused for good: policy, size, content
    DEFERRED = auto()  # this recipient, later
    RELAY_DOWN = auto()  # the relay's own trouble; nothing was handed over
    MISCONFIGURED = auto()  # no message will pass until somebody changes a setting
    UNKNOWN = auto()  # lost after the final dot: it may have been accepted


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Verdict
    code: int | None = None
    text: str = ""


class RelayDown(Exception):
    """No connection could be made, or it broke before anything was handed over."""


class Misconfigured(Exception):
    """The relay refuses us, not a message: credentials, sender address, TLS."""


def verdict(code: int, text: bytes) -> Verdict:
    """What a refusal of RCPT, DATA or the final dot means (RFC 5321 4.2, RFC 3463).

    Only a clear word about the mailbox blames the address: 5.1.7 and 5.1.8 are about the sender,
    5.7.x about policy, whatever the code before them.
    """
    found = ENHANCED.match(text)
    enhanced = found.group(1).decode() if found else ""
    if code < 500:
        return Verdict.DEFERRED
    if code in (530, 535) or enhanced in BAD_SENDER:
        return Verdict.MISCONFIGURED
    if enhanced in BAD_MAILBOX or (code == 553 and not enhanced):
        return Verdict.BAD_ADDRESS
    return Verdict.REFUSED


def line(code: int, text: bytes) -> str:
    """A reply for the ledger: its code and enhanced code, never its words (they name people)."""
    found = ENHANCED.match(text)
    return f"{code} {found.group(1).decode()}" if found else str(code)


def brief(error: BaseException) -> str:
    """The kind of an error and its number; its text may hold an address."""
    if isinstance(error, RelayDown):
        return str(error)  # our own words
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None) or ""
    return f"{type(error).__name__} {code}".strip()
