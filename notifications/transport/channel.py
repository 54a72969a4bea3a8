"""One kept SMTP connection: what is said on it, and what its replies mean for the parcels on it.

It never waits: `smtp` calls it when its socket can be read or written. The commands of a message
go out together where the relay allows it (PIPELINING, RFC 2920), and the next message's envelope
goes right behind a body, so that a message costs one round trip.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum, auto
from selectors import EVENT_READ
from time import monotonic

from notifications.transport.answers import Answer, RelayDown, Verdict, brief, line, verdict
from notifications.transport.relay import Parcel

# RFC 5321 4.5.3.2: a short timeout after the final dot manufactures duplicates.
ENVELOPE_SECONDS = 60
DATA_SECONDS = 120
FINAL_DOT_SECONDS = 600

CLOSING = 421
READ = 65_536
LEADING_DOT = re.compile(rb"\n\.")
LONGEST_LINE = 8192
MOST_LINES = 100
WOULD_WAIT = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Step(IntEnum):  # what is looked up by an `Enum` is hashed in Python
    """What a reply is expected to."""

    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    BODY = auto()
    NOTHING = auto()  # a lone dot: no recipient was accepted, and DATA was (RFC 2920 3.1)
    RSET = auto()
    QUIT = auto()


SECONDS = {
    Step.MAIL: ENVELOPE_SECONDS,
    Step.RCPT: ENVELOPE_SECONDS,
    Step.DATA: DATA_SECONDS,
    Step.BODY: FINAL_DOT_SECONDS,
    Step.NOTHING: FINAL_DOT_SECONDS,
    Step.RSET: ENVELOPE_SECONDS,
    Step.QUIT: ENVELOPE_SECONDS,
}


@dataclass(slots=True)
class Report:
    """What happened on a connection: for the relay to collect."""

    door: dict[Parcel, Channel] = field(default_factory=dict)
    answered: list[tuple[Parcel, Answer]] = field(default_factory=list)
    homeless: list[Parcel] = field(default_factory=list)  # lost before anything was stamped
    turned_away: list[Parcel] = field(default_factory=list)  # the connection had carried enough


class Channel:
    """Carries one body at a time, and the envelope of the message after it."""

    def __init__(self, sock: socket.socket, report: Report, *, is_pipelining: bool) -> None:
        sock.setblocking(False)
        self.sock, self.report, self.is_pipelining = sock, report, is_pipelining
        self.is_tls = isinstance(sock, ssl.SSLSocket)
        self.script: deque[tuple[Step, bytes]] = deque()  # still to be said
        self.expected: deque[Step] = deque()  # said, and not answered
        self.unsent = memoryview(b"")
        self.behind_dot = 0  # octets that were said after the last final dot
        self.heard = b""
        self.reply: list[bytes] = []  # the lines of one that goes on
        self.body: Parcel | None = None  # handed over, its answer is to come
        self.next: Parcel | None = None  # its envelope is on its way, or it is at the door
        self.refusal: Answer | None = None  # of the next one's envelope
        self.is_last = False  # after this body's answer nothing more is said here
        self.has_carried = False  # something that was accepted
        self.handed_over_at = 0.0
        self.is_open = True
        self.wish = EVENT_READ
        self.deadline = float("inf")

    @property
    def is_idle(self) -> bool:
        """Whether a message taken now would be the only one."""
        return self.is_open and self.body is None and self.next is None

    def take(self, parcel: Parcel) -> None:
        """The envelope goes out now, or right behind the body that goes out next."""
        self.next, self.refusal = parcel, None
        email = parcel.email
        self.script.append((Step.MAIL, f"MAIL FROM:<{email.sender}>\r\n".encode("ascii")))
        self.script.append((Step.RCPT, f"RCPT TO:<{email.recipient}>\r\n".encode("ascii")))
        self.script.append((Step.DATA, b"DATA\r\n"))

    def hand_over(self, following: Parcel | None) -> None:
        """The body of the one at the door goes out, and the next envelope behind it."""
        assert self.next is not None  # noqa: S101 - the relay hands over what is at the door
        self.body, self.next = self.next, None
        self.handed_over_at = monotonic()
        self.script.append((Step.BODY, stuffed(self.body.email.content) + b".\r\n"))
        if following is not None:
            self.take(following)
        self.speak()

    def takes_longer_than(self, seconds: float) -> bool:
        """Whether a body has waited so long for its answer, and another message behind it."""
        is_behind = self.body is not None and self.next is not None
        return is_behind and monotonic() - self.handed_over_at > seconds

    def let_next_go(self) -> Parcel | None:
        """It need not wait. Where its envelope has been said already, this connection is lost once
        the body is answered.
        """
        following, self.next = self.next, None
        self.is_last = self.is_pipelining
        self.script.clear()
        return following

    def say_goodbye(self) -> None:
        self.script.append((Step.QUIT, b"QUIT\r\n"))
        self.speak()

    def speak(self) -> None:
        """Say what may be said now, as far as the socket takes it."""
        if self.script and (self.is_pipelining or not self.expected):
            words = [bytes(self.unsent)]
            while self.script:
                step, command = self.script.popleft()
                self.expected.append(step)
                words.append(command)
                self.behind_dot = 0 if step is Step.BODY else self.behind_dot + len(command)
                if not self.is_pipelining:
                    break
            self.unsent = memoryview(b"".join(words))
            self._set_deadline()
        if self.unsent:
            self.write()

    def write(self) -> None:
        """Give the socket what it takes."""
        try:
            while self.unsent:
                self.unsent = self.unsent[self.sock.send(self.unsent) :]
                self._set_deadline()
        except WOULD_WAIT:
            pass
        except OSError as error:
            self.lost(error)

    def listen(self) -> None:
        """Read what there is and act on every whole reply."""
        try:
            while self.is_open:
                octets = self.sock.recv(READ)
                if not octets:
                    raise RelayDown("connection closed")
                self._hear(octets)
                if len(octets) < READ and not self.is_tls:
                    break
        except WOULD_WAIT:
            pass
        except (OSError, RelayDown) as error:
            self.lost(error)
        if self.is_open:
            self.speak()

    def _hear(self, octets: bytes) -> None:
        *lines, self.heard = (self.heard + octets).split(b"\n")
        awaited = len(self.expected)
        for each in lines:
            self.reply.append(each.rstrip(b"\r"))
            if each[3:4] != b"-":
                first, self.reply = self.reply[0], []
                self._act(_code(each), first[4:])
                if not self.is_open:
                    return
        if len(self.expected) < awaited:
            self._set_deadline()
        if len(self.heard) > LONGEST_LINE or len(self.reply) > MOST_LINES:
            raise RelayDown("over-long reply")

    def _act(self, code: int, text: bytes) -> None:
        if not self.expected:
            raise RelayDown("a reply to nothing")
        step = self.expected.popleft()
        if code == CLOSING:
            self._closed(step, line(code, text))
        elif (300 <= code < 400) is not (step is Step.DATA and code == 354):
            raise RelayDown("malformed reply")
        else:
            ACTS[step](self, code, text)

    # ---- What each reply means ----------------------------------------------------------------

    def _mail(self, code: int, text: bytes) -> None:
        if code >= 500:
            self._answer_next(Answer(Verdict.MISCONFIGURED, code, line(code, text)))
        if not _is_yes(code):
            raise RelayDown(line(code, text))

    def _rcpt(self, code: int, text: bytes) -> None:
        if not _is_yes(code):
            self.refusal = Answer(verdict(code, text), code, line(code, text))
            if not self.is_pipelining:
                self.script.clear()  # DATA would be for nobody
                self._refused()

    def _data(self, code: int, text: bytes) -> None:
        if code == 354 and self.refusal is None:
            if self.next is not None:
                self.report.door[self.next] = self
            return
        if code == 354:
            self.script.append((Step.NOTHING, b".\r\n"))
        elif code < 300:
            raise RelayDown("malformed reply")
        elif self.refusal is None:
            self.refusal = Answer(verdict(code, text), code, line(code, text))
        self._refused()

    def _refused(self) -> None:
        """The envelope's answer is known; the connection is made ready for the next one."""
        if self.refusal is not None:
            self._answer_next(self.refusal)
        self.script.append((Step.RSET, b"RSET\r\n"))

    def _body(self, code: int, text: bytes) -> None:
        found = Verdict.ACCEPTED if _is_yes(code) else verdict(code, text)
        self._answer_body(Answer(found, code, line(code, text)))
        self.has_carried |= found is Verdict.ACCEPTED
        if self.is_last:
            self.close()

    def _nothing(self, code: int, text: bytes) -> None:
        """Whatever it says: nobody was named."""

    def _rset(self, code: int, text: bytes) -> None:
        if not _is_yes(code):
            raise RelayDown(line(code, text))

    def _quit(self, code: int, text: bytes) -> None:
        self.close()

    def _closed(self, step: Step, text: str) -> None:
        """421: the relay hangs up. At RCPT or after the body it may be because of this message;
        at MAIL it is not, and relays that take so many on a connection say it there.
        """
        if step is Step.MAIL and self.has_carried and self.next is not None:
            self.report.turned_away.append(self.next)
            self.next = None
        elif step is Step.RCPT:
            self._answer_next(Answer(Verdict.DEFERRED, CLOSING, text))
        elif step is Step.BODY:
            self._answer_body(Answer(Verdict.DEFERRED, CLOSING, text))
        self.lost(RelayDown(text))

    # ---- The end of it ------------------------------------------------------------------------

    def lost(self, error: Exception) -> None:
        """Close, and say what it means for whatever was on its way."""
        # Without its final dot a message was surely not accepted.
        has_dot_left = len(self.unsent) <= self.behind_dot
        self.close()
        if self.body is not None:
            found = Verdict.UNKNOWN if has_dot_left else Verdict.RELAY_DOWN
            self._answer_body(Answer(found, text=brief(error)))
        if self.refusal is not None:
            self._answer_next(self.refusal)
        if self.next is not None:
            self.report.homeless.append(self.next)
            self.next = None

    def close(self) -> None:
        self.is_open = False
        self.sock.close()

    def _answer_next(self, answer: Answer) -> None:
        if self.next is not None:
            self.report.answered.append((self.next, answer))
            self.next = None

    def _answer_body(self, answer: Answer) -> None:
        if self.body is not None:
            self.report.answered.append((self.body, answer))
            self.body = None

    def _set_deadline(self) -> None:
        """The time for the first reply that is expected, or for the relay to take octets."""
        if self.unsent:
            self.deadline = monotonic() + DATA_SECONDS
        elif self.expected:
            self.deadline = monotonic() + SECONDS[self.expected[0]]
        else:
            self.deadline = float("inf")


ACTS = {
    Step.MAIL: Channel._mail,
    Step.RCPT: Channel._rcpt,
    Step.DATA: Channel._data,
    Step.BODY: Channel._body,
    Step.NOTHING: Channel._nothing,
    Step.RSET: Channel._rset,
    Step.QUIT: Channel._quit,
}


def stuffed(content: bytes) -> bytes:
    """The content with its leading dots doubled (RFC 5321 4.5.2), ending in CRLF."""
    if content.startswith(b"."):
        content = b"." + content
    if LEADING_DOT.search(content):  # half the time of "in", where every line ends like that
        content = LEADING_DOT.sub(b"\n..", content)
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def _code(reply: bytes) -> int:
    """The code of a reply's line. Raises `RelayDown` for garbage."""
    if not (reply[:3].isdigit() and len(reply) < LONGEST_LINE and 200 <= int(reply[:3]) <= 599):
        raise RelayDown("malformed reply")
    return int(reply[:3])


def _is_yes(code: int) -> bool:
    return 200 <= code < 300
