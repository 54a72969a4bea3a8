"""The test's side of the mail server: starts it, tells it what to do wrong, reads its book."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.sink import HOST
from tests.sink import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_TO_START = 20


@dataclass(frozen=True, slots=True)
class Copy:
    """One accepted message. `at` is the wall clock in nanoseconds, just before the answer."""

    at: int
    connection: int
    recipient: str
    message_id: str
    sha256: str


@dataclass
class Book:
    """What the server wrote down, in the order in which it happened."""

    copies: list[Copy] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)  # connections that ended without a QUIT
    most_at_once: int = 0  # connections
    begun: int = 0  # MAIL commands

    def of(self) -> dict[str, list[Copy]]:
        """Message-ID -> its copies."""
        found = defaultdict(list)
        for copy in self.copies:
            found[copy.message_id].append(copy)
        return found

    def last_of_connections(self, *, with_goodbyes: bool = False) -> set[Copy]:
        """The only messages whose answer may not have been recorded, if the connection broke."""
        last = {copy.connection: copy for copy in self.copies}
        return {copy for number, copy in last.items() if with_goodbyes or number in self.lost}


class Post:
    """The server's process."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "mails"
        self.file.touch()
        self.port, self.control_port = free_port(), free_port()
        ports = (str(self.port), str(self.control_port))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sink", *ports, str(self.file)], cwd=ROOT
        )
        self.control = self._connected()
        self.answers = self.control.makefile("rb")

    def _connected(self) -> socket.socket:
        for _ in range(SECONDS_TO_START * 20):
            try:
                return socket.create_connection((HOST, self.control_port))
            except ConnectionRefusedError:
                self._pause()
        raise AssertionError("the mail server does not answer")

    def _pause(self) -> None:
        try:
            self.process.wait(0.05)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError("the mail server ended")

    def script(self, **changes: Any) -> int:
        """Replace parts of the script; returns how many messages were accepted so far."""
        self.control.sendall(json.dumps(changes).encode() + b"\n")
        return int(self.answers.readline())

    def count(self) -> int:
        """How many messages were accepted so far."""
        return self.script()

    def book(self) -> Book:
        book, open_now = Book(), 0
        for line in self.file.read_text().splitlines():
            event, at, connection, *more = line.split("\t")
            match event:
                case "mail":
                    book.copies.append(Copy(int(at), int(connection), *more))
                case "open":
                    open_now += 1
                    book.most_at_once = max(book.most_at_once, open_now)
                case "begun":
                    book.begun += 1
                case _:
                    open_now -= 1
                    if event == "lost":
                        book.lost.add(int(connection))
        return book

    def stop(self) -> None:
        self.answers.close()
        self.control.close()
        self.process.kill()
        self.process.wait()
