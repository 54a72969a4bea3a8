"""An HTTP server on the loopback that plays an email service: it answers as a test says."""

from __future__ import annotations

import email
import email.policy
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Field:
    """One of a multipart form."""

    headers: EmailMessage
    octets: bytes


@dataclass(frozen=True)
class Request:
    """What one POST said."""

    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, Field]:
        """The fields of a multipart form, by name (RFC 7578)."""
        boundary = str(self.headers.get_param("boundary")).encode()
        found = {}
        for part in self.body.split(b"--" + boundary)[1:-1]:
            head, _blank, octets = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            headers = email.message_from_bytes(head, policy=email.policy.HTTP)
            name = str(headers.get_param("name", header="Content-Disposition"))
            found[name] = Field(headers, octets.removesuffix(b"\r\n"))
        return found


@dataclass(frozen=True)
class Reply:
    """Status 0 hangs up without a word."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[Request], Reply]


class Provider:
    """`requests` is what was heard, `connections` how many there were."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.requests: list[Request] = []
        self.connections = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept

    def __init__(self, *arguments: Any, provider: Provider) -> None:
        self.provider = provider
        super().__init__(*arguments)

    def setup(self) -> None:
        super().setup()
        self.provider.connections += 1

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        request = Request(self.path, self.headers, self.rfile.read(length))
        self.provider.requests.append(request)
        reply = self.provider.answering(request)
        if not reply.status:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *arguments: Any) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, *arguments: Any) -> None:
        """A client that went away is what some tests are about."""


@contextmanager
def answering(how: Answering, context: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """A provider on a free port; over TLS where a context is given."""
    provider = Provider(how)
    server = Server(("127.0.0.1", 0), partial(Handler, provider=provider))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    provider.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
