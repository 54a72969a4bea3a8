"""A mail relay that accepts everything, as cheaply as Python can: it shares the cores with us.

Started by its path, so that it imports nothing of ours. It is told what to do, and says what it
counted, in lines of JSON over its standard input and output; it ends with its input.
"""

from __future__ import annotations

import heapq
import json
import selectors
import socket
import sys
from io import BufferedWriter
from pathlib import Path
from time import monotonic

LARGEST = 64 * 1024  # more would cost a page fault for each read
BACKLOG = 512
END = b"\r\n.\r\n"

GREETING = b"220 sink.example ESMTP\r\n"
EHLO = b"250-sink.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n"
YES = b"250 2.0.0 OK\r\n"
GO_AHEAD = b"354 go ahead\r\n"
BYE = b"221 2.0.0 bye\r\n"
UNKNOWN = b"500 5.5.2 what?\r\n"
REPLIES = {
    b"MAIL": YES,
    b"RCPT": YES,
    b"DATA": GO_AHEAD,
    b"RSET": YES,
    b"NOOP": YES,
    b"EHLO": EHLO,
    b"HELO": YES,
    b"QUIT": BYE,
}


class Connection:
    """One client. Whatever of its commands has come in is answered in one go (RFC 2920)."""

    __slots__ = ("busy_until", "heard", "is_body", "recipient", "searched", "sink", "socket")

    def __init__(self, sink: Sink, link: socket.socket) -> None:
        self.sink, self.socket = sink, link
        self.heard = b""
        self.searched = 0  # octets of a body in which its end is not
        self.is_body = False
        self.recipient = b""
        self.busy_until = 0.0

    def read(self) -> None:
        try:
            chunk = self.socket.recv(LARGEST)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self.sink.forget(self)
            return
        self.heard = self.heard + chunk if self.heard else chunk
        if replies := self._replies():
            self.sink.answer(self, replies)

    def _replies(self) -> list[bytes]:
        replies: list[bytes] = []
        while self.heard and (self._body(replies) if self.is_body else self._commands(replies)):
            pass
        return replies

    def _body(self, replies: list[bytes]) -> bool:
        """Whether the end of the message has come."""
        heard = self.heard
        end = -2 if heard.startswith(b".\r\n") else heard.find(END, self.searched)
        if end == -1:
            self.searched = max(0, len(heard) - len(END) + 1)
            return False
        self.sink.accept(self, heard, end + 2)
        self.heard = heard[end + len(END) :]
        self.is_body, self.searched = False, 0
        replies.append(YES)
        return True

    def _commands(self, replies: list[bytes]) -> bool:
        """Up to DATA, or as many as are whole. Whether there is more to read."""
        heard, begin = self.heard, 0
        while (end := heard.find(b"\r\n", begin)) != -1:
            verb = heard[begin : begin + 4].upper()
            replies.append(REPLIES.get(verb, UNKNOWN))
            if verb == b"RCPT":
                self.recipient = heard[begin + 8 : end]
            begin = end + 2
            if verb == b"DATA":
                self.is_body = True
                break
        self.heard = heard[begin:]
        return self.is_body


class Sink:
    """All connections, one thread. `answer_after` seconds pass before each answer.

    `is_serial`: each command takes so long by itself, one after the other, as with a relay that
    is slow; else each group of commands does, as with one that is far away.
    """

    def __init__(self) -> None:
        self.selector: selectors.BaseSelector = selectors.DefaultSelector()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.server.setblocking(False)
        self.connections: set[Connection] = set()
        self.late: list[tuple[float, int, Connection, bytes]] = []
        self.order = 0
        self.most_connections = 0
        self.log: BufferedWriter | None = None
        self.kept: BufferedWriter | None = None
        self.is_on = True
        self._begin(answer_after=0.0)

    # ---- Mail --------------------------------------------------------------------------------

    def admit(self) -> None:
        link, _address = self.server.accept()
        link.setblocking(False)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(self, link)
        self.selector.register(link, selectors.EVENT_READ, connection.read)
        self.connections.add(connection)
        self.most_connections = max(self.most_connections, len(self.connections))
        self.answer(connection, [GREETING])

    def forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.discard(connection)
            self.selector.unregister(connection.socket)
            connection.socket.close()

    def accept(self, connection: Connection, heard: bytes, size: int) -> None:
        """The message is the first `size` octets; they are copied only where they are kept."""
        self.messages += 1
        self.octets += size
        self.last = monotonic()
        self.first = self.first or self.last
        if self.log:
            self.log.write(b"%.6f %s\n" % (self.last, connection.recipient.strip(b"<> ")))
        if self.kept:
            self.kept.write(b"%d\n%s" % (size, heard[:size]))

    def answer(self, connection: Connection, replies: list[bytes]) -> None:
        if not self.answer_after:
            self._send(connection, b"".join(replies))
        elif self.is_serial:
            for reply in replies:
                connection.busy_until = max(connection.busy_until, monotonic()) + self.answer_after
                self._later(connection.busy_until, connection, reply)
        else:
            self._later(monotonic() + self.answer_after, connection, b"".join(replies))

    def _later(self, at: float, connection: Connection, answer: bytes) -> None:
        self.order += 1
        heapq.heappush(self.late, (at, self.order, connection, answer))

    def _send(self, connection: Connection, answer: bytes) -> None:
        try:
            connection.socket.sendall(answer)
        except OSError:  # gone, or it does not listen
            self.forget(connection)
            return
        if answer.endswith(BYE):
            self.forget(connection)

    def _answer_late(self) -> None:
        now = monotonic()
        while self.late and self.late[0][0] <= now:
            _at, _order, connection, answer = heapq.heappop(self.late)
            if connection in self.connections:
                self._send(connection, answer)

    # ---- Control -----------------------------------------------------------------------------

    def serve(self) -> None:
        self.selector.register(self.server, selectors.EVENT_READ, self.admit)
        self.selector.register(sys.stdin, selectors.EVENT_READ, self.obey)
        self._say(port=self.server.getsockname()[1])
        while self.is_on:
            patience = max(0.0, self.late[0][0] - monotonic()) if self.late else None
            for key, _events in self.selector.select(patience):
                key.data()
            if self.late:
                self._answer_late()

    def obey(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self.is_on = False
            return
        order = json.loads(line)
        if order:
            self._begin(**order)
        self._flush()
        self._say(
            messages=self.messages,
            octets=self.octets,
            seconds=self.last - self.first,
            connections=self.most_connections,
        )

    def _begin(
        self, *, answer_after: float, is_serial: bool = False, log: str = "", keep: str = ""
    ) -> None:
        """Count from nothing, and behave so."""
        self.messages = self.octets = 0
        self.first = self.last = 0.0
        self.most_connections = len(self.connections)
        self.answer_after, self.is_serial = answer_after, is_serial
        self._flush()
        self.log = Path(log).open("wb") if log else None  # noqa: SIM115 - until the next order
        self.kept = Path(keep).open("wb") if keep else None  # noqa: SIM115
        self._choose_selector()

    def _choose_selector(self) -> None:
        """Epoll rounds 20 ms up to 21: where time is measured, `select` it is."""
        kind = selectors.SelectSelector if self.answer_after else selectors.DefaultSelector
        if not isinstance(self.selector, kind):
            fresh: selectors.BaseSelector = kind()
            for key in list(self.selector.get_map().values()):
                fresh.register(key.fileobj, key.events, key.data)
            self.selector.close()
            self.selector = fresh

    def _flush(self) -> None:
        for file in (self.log, self.kept):
            if file:
                file.flush()

    def _say(self, **found: float) -> None:
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    Sink().serve()
