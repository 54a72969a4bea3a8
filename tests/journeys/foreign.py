"""Somebody else's site, on a port of its own: one page, a hostile style sheet, a strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

HOSTILE = """
    * { color: red !important; font: 3px serif !important; text-indent: -99em !important }
    main * { opacity: .9 !important; letter-spacing: 2em !important }
    main > div, main p, main a { display: none !important; position: absolute !important }
    [data-announcement] { all: unset !important; visibility: hidden !important }
"""


class Foreign:
    """Somebody else's site, on a port of its own: one page and a style sheet."""

    def __init__(self, site: str) -> None:
        self.site, self.pasted, self.policy = site, "", ""
        self.address = ""
        self.is_hostile = True

    def allow(self, directive: str) -> None:
        """A policy that forbids all but its own style sheet, and this line."""
        self.policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; {directive}"

    def answer(self, path: str) -> tuple[str, str]:
        if path == "/hostile.css":
            return "text/css", HOSTILE
        page = '<!doctype html><html lang="en"><title>Foreign</title>'
        style = '<link rel="stylesheet" href="/hostile.css">'
        return (
            "text/html",
            f"{page}{style if self.is_hostile else ''}<body><main>{self.pasted}</main>",
        )


class Handler(BaseHTTPRequestHandler):
    def __init__(self, foreign: Foreign, *args: Any) -> None:
        self.foreign = foreign
        super().__init__(*args)

    def do_GET(self) -> None:
        kind, body = self.foreign.answer(self.path)
        self.send_response(200 if self.path in {"/", "/hostile.css"} else 204)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        if self.foreign.policy:
            self.send_header("Content-Security-Policy", self.foreign.policy)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def served(foreign: Foreign) -> Iterator[Foreign]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, foreign))
    foreign.address = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield foreign
    server.shutdown()
    server.server_close()
    thread.join()
