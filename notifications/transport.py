"""SMTP done right: kept connections, a timeout per phase, every outcome classified.

Django's SMTP backend swallows refused recipients and keeps dead connections, so the fast path
speaks SMTP itself. Any other Django email backend (an ESP's API) works through `BackendRelay`.
No retry and no database here: see `outbox`.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from notifications.emails import Email

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

# RFC 5321 4.5.3.2: a short timeout after the final dot manufactures duplicates.
CONNECT_SECONDS = 10
GREETING_SECONDS = 30
ENVELOPE_SECONDS = 60
DATA_SECONDS = 120
FINAL_DOT_SECONDS = 600
GOODBYE_SECONDS = 2

CLOSING = 421
HANG_UPS = 3
# RFC 3463 3.2, RFC 7505: what says that the mailbox is not there.
BAD_MAILBOX = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
BAD_SENDER = {"5.1.7", "5.1.8"}

LINE_END = re.compile(rb"\r\n|\r|\n")
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
    CALLED_OFF = auto()  # the stamp refused: nothing was handed over


@dataclass(frozen=True)
class Answer:
    verdict: Verdict
    code: int | None = None
    text: str = ""


class RelayDown(Exception):
    """No connection could be made, or it broke before anything was handed over."""


class Misconfigured(Exception):
    """The relay refuses us, not a message: credentials, sender address, TLS."""


Stamp = Callable[[], bool]


class Relay(Protocol):
    def offer(self, email: Email, stamp: Stamp) -> Answer: ...

    def close(self) -> None: ...


def open_relay() -> Relay:
    """The relay that the settings name, not yet connected."""
    return SmtpRelay() if settings.EMAIL_BACKEND == SMTP_BACKEND else BackendRelay()


class _Once:
    """A stamp that remembers whether it was called."""

    def __init__(self, stamp: Stamp) -> None:
        self.stamp, self.was_called = stamp, False

    def __call__(self) -> bool:
        self.was_called = True
        return self.stamp()


class SmtpRelay:
    """One kept connection to the relay, one recipient per message."""

    def __init__(self) -> None:
        self.smtp: smtplib.SMTP | None = None
        self.hang_ups = 0  # one after the other

    def offer(self, email: Email, stamp: Stamp) -> Answer:
        """Hand one message over. `stamp` is called right before its body goes out.

        A kept connection that the relay has ended meanwhile (421 after so many messages) is made
        anew once, as long as nothing was stamped.
        """
        was_kept, once = self.smtp is not None, _Once(stamp)
        answer = self._attempt(email, once)
        if answer.verdict is Verdict.RELAY_DOWN and was_kept and not once.was_called:
            answer = self._attempt(email, once)
        return answer

    def close(self) -> None:
        """Say goodbye, if there is still somebody to say it to."""
        if self.smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                _set_timeout(self.smtp, GOODBYE_SECONDS)
                self.smtp.quit()
        self._drop()

    def _drop(self) -> None:
        if self.smtp is not None:
            self.smtp.close()
            self.smtp = None

    def _attempt(self, email: Email, stamp: Stamp) -> Answer:
        try:
            return self._offer(self._connected(), email, stamp)
        except Misconfigured as error:
            self._drop()
            return Answer(Verdict.MISCONFIGURED, text=str(error))
        except (RelayDown, smtplib.SMTPException, OSError) as error:
            self._drop()
            return Answer(Verdict.RELAY_DOWN, text=_brief(error))
        except BaseException:
            self._drop()  # in the middle of a transaction: the next message must not meet it
            raise

    def _offer(self, smtp: smtplib.SMTP, email: Email, stamp: Stamp) -> Answer:
        _set_timeout(smtp, ENVELOPE_SECONDS)
        refused = self._envelope(smtp, email)
        if refused is not None:
            return refused
        if not stamp():
            self._reset(smtp)
            return Answer(Verdict.CALLED_OFF)
        _set_timeout(smtp, DATA_SECONDS)
        code, text = self._say(smtp, "DATA")
        if code != 354:
            return self._refusal(smtp, code, text)
        _socket(smtp).sendall(_stuffed(email.content))
        return self._finish(smtp)

    def _envelope(self, smtp: smtplib.SMTP, email: Email) -> Answer | None:
        code, text = self._say(smtp, f"MAIL FROM:<{email.sender}>")
        if code >= 500:
            raise Misconfigured(_line(code, text))
        if not _is_yes(code):
            raise RelayDown(_line(code, text))
        code, text = self._say(smtp, f"RCPT TO:<{email.recipient}>")
        return None if _is_yes(code) else self._refusal(smtp, code, text)

    def _finish(self, smtp: smtplib.SMTP) -> Answer:
        """From here on a lost connection leaves it unknown whether the relay took the message."""
        _set_timeout(smtp, FINAL_DOT_SECONDS)
        try:
            _socket(smtp).sendall(b".\r\n")
            code, text = self._reply(smtp)
        except (RelayDown, OSError) as error:
            self._drop()
            return Answer(Verdict.UNKNOWN, text=_brief(error))
        if _is_yes(code):
            self.hang_ups = 0
            return Answer(Verdict.ACCEPTED, code, _line(code, text))
        return self._refusal(smtp, code, text)

    def _refusal(self, smtp: smtplib.SMTP, code: int, text: bytes) -> Answer:
        """Classify a refusal after MAIL was accepted; leave the connection ready or closed."""
        if code == CLOSING:
            return self._hung_up(_line(code, text))
        answer = Answer(verdict(code, text), code, _line(code, text))
        self._reset(smtp)
        return answer

    def _hung_up(self, line: str) -> Answer:
        """Once it may be this recipient; again and again it is the relay."""
        self._drop()
        self.hang_ups += 1
        is_relay = self.hang_ups >= HANG_UPS
        return Answer(Verdict.RELAY_DOWN if is_relay else Verdict.DEFERRED, CLOSING, line)

    def _reset(self, smtp: smtplib.SMTP) -> None:
        """Ready for the next message, or closed. What was answered before stays true."""
        try:
            code, _text = self._say(smtp, "RSET")
        except (RelayDown, smtplib.SMTPException, OSError):
            code = 0
        if not _is_yes(code):
            self._drop()

    def _say(self, smtp: smtplib.SMTP, command: str) -> tuple[int, bytes]:
        smtp.putcmd(command)
        return self._reply(smtp)

    def _reply(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
        """A reply, or `RelayDown`: smtplib invents 500 for an over-long line, -1 for garbage."""
        try:
            code, text = smtp.getreply()
        except smtplib.SMTPException as error:
            raise RelayDown(_brief(error)) from None
        if not 200 <= code <= 599:
            raise RelayDown("malformed reply")
        return code, text

    def _connected(self) -> smtplib.SMTP:
        if self.smtp is None:
            self.smtp = _connect()
        return self.smtp


class BackendRelay:
    """Any Django email backend. What it raises leaves the hand-over unknown, mostly."""

    def __init__(self) -> None:
        self.connection = get_connection()

    def offer(self, email: Email, stamp: Stamp) -> Answer:
        if not stamp():
            return Answer(Verdict.CALLED_OFF)
        try:
            sent = self.connection.send_messages([email.message])
        except ImproperlyConfigured as error:
            return Answer(Verdict.MISCONFIGURED, text=_brief(error))
        except (ConnectionRefusedError, socket.gaierror) as error:
            return Answer(Verdict.RELAY_DOWN, text=_brief(error))
        except Exception as error:  # whatever a provider's backend raises
            return Answer(Verdict.UNKNOWN, text=_brief(error))
        return Answer(Verdict.ACCEPTED if sent else Verdict.REFUSED)

    def close(self) -> None:
        self.connection.close()


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


def _is_yes(code: int) -> bool:
    return 200 <= code < 300


def _connect() -> smtplib.SMTP:
    """Connect, secure and log in. Raises `RelayDown` and `Misconfigured`."""
    try:
        return _ready(_greeted())
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
        raise Misconfigured(_brief(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise Misconfigured(_brief(error)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise RelayDown(_brief(error)) from None


def _greeted() -> smtplib.SMTP:
    """A connection whose greeting was heard. smtplib wants the host here: it checks its name."""
    address = (settings.EMAIL_HOST, settings.EMAIL_PORT)
    # A name of our own: smtplib would look one up in the DNS for each connection.
    us, patience = settings.SITE_HOST, CONNECT_SECONDS
    if settings.EMAIL_USE_SSL:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*address, local_hostname=us, timeout=patience, context=context)
    return smtplib.SMTP(*address, local_hostname=us, timeout=patience)


def _ready(smtp: smtplib.SMTP) -> smtplib.SMTP:
    try:
        # The body and its final dot go out apart; without this the dot waits for an ACK.
        _socket(smtp).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _set_timeout(smtp, GREETING_SECONDS)
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _socket(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise RelayDown("connection lost")
    return smtp.sock


def _set_timeout(smtp: smtplib.SMTP, seconds: float) -> None:
    _socket(smtp).settimeout(seconds)


def _stuffed(content: bytes) -> bytes:
    """The body as it goes over the wire, without the final dot (RFC 5321 4.5.2)."""
    lines = LINE_END.sub(b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def _line(code: int, text: bytes) -> str:
    """A reply for the ledger: its code and enhanced code, never its words (they name people)."""
    found = ENHANCED.match(text)
    return f"{code} {found.group(1).decode()}" if found else str(code)


def _brief(error: Exception) -> str:
    """The kind of an error and its number; its text may hold an address."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None) or ""
    return f"{type(error).__name__} {code}".strip()
