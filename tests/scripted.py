"""An SMTP server that answers as a test says, command by command."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread

# What to answer to a command ("." is the final dot) on the n-th connection; None hangs up.
Script = Callable[[str, int], str | None]


def politely(command: str, connection: int) -> str | None:
    return "354 go on" if command == "DATA" else "250 2.0.0 OK"


@dataclass
class Scripted:
    """Listens on the loopback at once; `heard` is every command, connection by connection."""

    script: Script = politely
    heard: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def accepted(self) -> int:
        return sum(commands.count(".") for commands in self.heard)

    def close(self) -> None:
        self.server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self.server.accept()
            except OSError:
                return
            self.heard.append([])
            Thread(target=self._serve, args=(connection, len(self.heard)), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        # Whoever hangs up on us has had enough.
        with suppress(ConnectionError), connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 here\r\n")
            is_body = False
            for line in lines:
                if is_body and line != b".\r\n":
                    continue
                command = line.decode("ascii", "replace").strip()
                self.heard[number - 1].append(command)
                reply = self.script(command, number)
                if reply is None:
                    return
                is_body = reply.startswith("354")
                connection.sendall(f"{reply}\r\n".encode())
                if reply.startswith("421"):
                    return
