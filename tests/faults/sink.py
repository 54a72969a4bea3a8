"""An SMTP server as a process of its own, quick and ill-behaved to order.

It writes every message that it accepts to a file before it says so. What it does wrong comes
over a control port, one JSON object a line: see `Script`. It knows nothing of the product.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

HOST = "127.0.0.1"
END = b"\r\n.\r\n"
A_LITTLE = 1e-5  # seconds

# What to do wrong with one message or one connection: `at` which command, and then what to `say`
# (a reply's text, or "garbage", "overlong") or `do` ("drop", "wait", "drip"; for `seconds`).
Fault = dict[str, Any]


@dataclass
class Script:
    """What a test asked for.

    `recipients`: faults for each, one after the other, used up as they strike; `domains`: for every
    message to it; `connections`: used up by new connections; `everywhere`: for all messages.
    `latency`: seconds before each reply leaves. `hang_up_after`: 421 to the
    message after so many on one connection. `limit`: so many messages are begun, and the next one
    waits until it is raised.
    """

    pipelining: bool = True
    latency: float = 0
    hang_up_after: int = 0
    limit: int | None = None
    recipients: dict[str, list[Fault]] = field(default_factory=dict)
    domains: dict[str, Fault] = field(default_factory=dict)
    connections: list[Fault] = field(default_factory=list)
    everywhere: Fault = field(default_factory=dict)

    def fault_for(self, recipient: str) -> Fault:
        faults = self.recipients.get(recipient)
        if faults:
            return faults[0]
        return self.domains.get(recipient.rpartition("@")[2], self.everywhere)

    def spend(self, recipient: str, fault: Fault) -> None:
        """It has struck; the recipient's next one is in turn."""
        faults = self.recipients.get(recipient)
        if faults and faults[0] is fault:
            faults.pop(0)


class Book:
    """The file: one line for each event, in the file system's hands before anything goes on."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.accepted = self.begun = 0
        self.waiting: list[Callable[[], None]] = []  # for the limit to be raised

    def write(self, event: str, connection: int, *more: str) -> None:
        line = "\t".join([event, str(time.time_ns()), str(connection), *more])
        os.write(self.file, f"{line}\n".encode())

    def wake(self) -> None:
        waiting, self.waiting = self.waiting, []
        for go_on in waiting:
            go_on()

    def accept(self, connection: int, recipient: str, octets: bytes) -> None:
        sha256 = hashlib.sha256(octets).hexdigest()
        self.write("mail", connection, recipient, message_id(octets), sha256)
        self.accepted += 1


def message_id(octets: bytes) -> str:
    head = octets.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"message-id:"):
            return line.partition(b":")[2].strip().decode("ascii", "replace")
    return ""


class Session(asyncio.Protocol):
    """One connection. Commands wait in `buffer` while a fault takes its time."""

    numbers = count(1)

    def __init__(self, script: Script, book: Book) -> None:
        self.script, self.book = script, book
        self.number = next(self.numbers)
        self.buffer = b""
        self.is_body = self.is_busy = self.has_quit = False
        self.recipient, self.fault = "", Fault()
        self.messages = 0
        self.free_at = 0.0  # when the last reply has left

    # ---- The connection ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.book.write("open", self.number)
        self.fault = self.script.connections.pop(0) if self.script.connections else {}
        self.answer_or_misbehave("greeting", "220 sink.example ESMTP")
        self.fault = {}

    def connection_lost(self, error: Exception | None) -> None:
        self.book.write("quit" if self.has_quit else "lost", self.number)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.go_on()

    def go_on(self) -> None:
        while not self.is_busy and not self.transport.is_closing():
            if not (self.take_body() if self.is_body else self.take_line()):
                break

    # ---- What is said to it -----------------------------------------------------------------

    def take_line(self) -> bool:
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            return False
        self.buffer = rest
        verb, _, argument = line.decode("utf-8", "replace").partition(" ")
        getattr(self, f"on_{verb.lower()}", self.on_unknown)(argument)
        return True

    def take_body(self) -> bool:
        if self.strikes("body"):
            self.script.spend(self.recipient, self.fault)
            self.transport.abort()
            return False
        body = b"\r\n" + self.buffer
        found = body.find(END)
        if found < 0:
            return False
        self.buffer = body[found + len(END) :]
        self.is_body = False
        self.on_message(body[: found + 2].replace(b"\r\n..", b"\r\n.")[2:])
        return True

    def on_ehlo(self, argument: str) -> None:
        offers = ["sink.example", "8BITMIME", "ENHANCEDSTATUSCODES"]
        if self.script.pipelining:
            offers.append("PIPELINING")
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        self.answer("\r\n".join(lines))

    def on_helo(self, argument: str) -> None:
        self.answer("250 sink.example")

    def on_mail(self, argument: str) -> None:
        if self.script.limit is not None and self.book.begun >= self.script.limit:
            self.is_busy = True
            self.book.waiting.append(partial(self.on_mail_again, argument))
            return
        self.book.begun += 1
        self.book.write("begun", self.number)
        if self.script.hang_up_after and self.messages >= self.script.hang_up_after:
            self.answer("421 4.7.0 that was enough", hang_up=True)
        else:
            self.answer("250 2.1.0 OK")

    def on_mail_again(self, argument: str) -> None:
        self.is_busy = False
        if not self.transport.is_closing():
            self.on_mail(argument)
            self.go_on()

    def on_rcpt(self, argument: str) -> None:
        self.recipient = argument.partition("<")[2].partition(">")[0]
        self.fault = self.script.fault_for(self.recipient)
        self.answer_or_misbehave("rcpt", "250 2.1.5 OK")

    def on_data(self, argument: str) -> None:
        if not self.recipient:
            self.answer("503 5.5.1 no valid recipient")
        elif self.answer_or_misbehave("data", "354 go on"):
            self.is_body = True

    def on_message(self, octets: bytes) -> None:
        says_no = self.strikes("dot") and self.fault.get("say", "")[:1] in {"4", "5"}
        if not says_no:
            # RFC 5321 4.2.5: accepted, whatever becomes of the answer.
            self.book.accept(self.number, self.recipient, octets)
            self.messages += 1
        self.answer_or_misbehave("dot", "250 2.0.0 OK")
        self.recipient = ""

    def on_rset(self, argument: str) -> None:
        self.recipient = ""
        self.answer("250 2.0.0 OK")

    on_noop = on_rset

    def on_quit(self, argument: str) -> None:
        self.has_quit = True
        self.answer("221 2.0.0 bye", hang_up=True)

    def on_unknown(self, argument: str) -> None:
        self.answer("502 5.5.1 not here")

    # ---- What it says -----------------------------------------------------------------------

    def answer_or_misbehave(self, at: str, reply: str) -> bool:
        """Whether it said what it should, or will."""
        if not self.strikes(at):
            self.answer(reply)
            return True
        self.script.spend(self.recipient, self.fault)
        if self.fault.get("do") in {"wait", "drip"}:
            self.take_time(reply)
        else:
            self.misbehave()
            return False
        return True

    def strikes(self, at: str) -> bool:
        return bool(self.fault.get("at") == at)

    def misbehave(self) -> None:
        if self.strikes("rcpt"):
            self.recipient = ""
        if self.fault.get("do") == "drop":
            self.transport.abort()
            return
        say = self.fault["say"]
        self.answer(NOISE.get(say, say), hang_up=say.startswith("421") or self.strikes("greeting"))

    def take_time(self, reply: str) -> None:
        """The whole reply after so many seconds, or a byte of it after each."""
        self.is_busy = True
        seconds = self.fault["seconds"]
        parts = list(f"{reply}\r\n") if self.fault["do"] == "drip" else [f"{reply}\r\n"]
        for number, part in enumerate(parts, 1):
            self.later(seconds * number, self.write, part.encode(), False)
        self.later(seconds * len(parts), self.be_free)

    def be_free(self) -> None:
        self.is_busy = False
        self.go_on()

    def answer(self, text: str, *, hang_up: bool = False) -> None:
        octets = f"{text}\r\n".encode()
        now = asyncio.get_running_loop().time()
        # In order, also where the latency has just become a shorter one.
        self.free_at = max(now + self.script.latency, self.free_at + A_LITTLE)
        if self.free_at > now + A_LITTLE:
            self.is_busy = self.is_busy or hang_up
            self.later(self.free_at - now, self.write, octets, hang_up)
        else:
            self.write(octets, hang_up)

    def write(self, octets: bytes, hang_up: bool) -> None:
        if not self.transport.is_closing():
            self.transport.write(octets)
            if hang_up:
                self.transport.close()

    def later(self, seconds: float, act: Callable[..., None], *arguments: object) -> None:
        asyncio.get_running_loop().call_later(seconds, act, *arguments)


NOISE = {"garbage": "\x16\x03 what?", "overlong": "250 " + "x" * 10_000}


class Control(asyncio.Protocol):
    """`{"set": {…}}` replaces parts of the script; every line is answered with the count."""

    def __init__(self, script: Script, book: Book) -> None:
        self.script, self.book, self.buffer = script, book, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            for name, value in json.loads(line).items():
                setattr(self.script, name, value)
            self.book.wake()
            self.transport.write(b"%d\n" % self.book.accepted)


async def serve(port: int, control_port: int, path: str) -> None:
    script, book = Script(), Book(path)
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Control(script, book), HOST, control_port)
    server = await loop.create_server(lambda: Session(script, book), HOST, port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
