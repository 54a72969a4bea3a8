"""An SMTP server that speaks TLS and asks for a password, or pretends to."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from threading import Thread


@dataclass
class Guarded:
    """A relay that speaks TLS, at once or when asked, and wants a password where it has one.

    `clear` and `secret` are the commands that it heard without and with TLS, and `bodies` how many
    messages it was given.
    """

    context: ssl.SSLContext
    at_once: bool = False
    offers_tls: bool = True
    starttls_reply: str = "220 2.0.0 go on"
    auth_reply: str = ""  # none: no password is asked for
    clear: list[str] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)
    bodies: int = 0
    connections: int = 0

    def __post_init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self.server.accept()
            except OSError:
                return
            self.connections += 1
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self._secured(connection) if self.at_once else connection as begun:
                begun.sendall(b"220 here\r\n")
                self._talk(begun)
        except OSError:
            return  # the client hung up, over the certificate for instance

    def _secured(self, connection: socket.socket) -> ssl.SSLSocket:
        return self.context.wrap_socket(connection, server_side=True)

    def _talk(self, connection: socket.socket) -> None:
        is_secret = isinstance(connection, ssl.SSLSocket)
        while command := self._line(connection):
            (self.secret if is_secret else self.clear).append(command)
            verb = command.split()[0].upper()
            reply = self._reply(verb, is_secret)
            connection.sendall(f"{reply}\r\n".encode())
            if verb == "STARTTLS" and reply.startswith("220"):
                with self._secured(connection) as secured:
                    self._talk(secured)
                return
            if verb == "QUIT":
                return
            if verb == "DATA":
                while self._line(connection) != ".":
                    pass
                self.bodies += 1
                connection.sendall(b"250 2.0.0 OK\r\n")

    def _reply(self, verb: str, is_secret: bool) -> str:
        if verb == "EHLO":
            offers = ["here"]
            offers += ["STARTTLS"] if self.offers_tls and not is_secret else []
            offers += ["AUTH PLAIN LOGIN"] if self.auth_reply else []
            return "\r\n".join([*(f"250-{each}" for each in offers), "250 8BITMIME"])
        special = {"STARTTLS": self.starttls_reply, "AUTH": self.auth_reply, "DATA": "354 go on"}
        return special.get(verb, "250 2.0.0 OK")

    def _line(self, connection: socket.socket) -> str:
        """Octet by octet: nothing that follows is read ahead of the handshake."""
        line = b""
        while not line.endswith(b"\r\n"):
            octet = connection.recv(1)
            if not octet:
                return ""
            line += octet
        return line.decode().removesuffix("\r\n")
