"""A crowd over HTTP: `python client.py PORT CLIENTS SECONDS FILE`, by its path, so without Django.

The file holds requests, each as JSON (a string of Latin-1); they are said again and again, or, with
`--once`, each once. Every client keeps one connection and waits for each answer. Prints JSON: how
many a second, the 95th percentile in milliseconds, and how often which status came.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
from collections import Counter
from itertools import cycle
from pathlib import Path
from time import perf_counter

LENGTH = b"\r\ncontent-length:"
READ = 1 << 18


class Client:
    """One connection, which has one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.asked_at = 0.0
        self.heard = b""

    def ask(self, request: bytes) -> None:
        self.asked_at = perf_counter()
        self.socket.sendall(request)

    def answer(self) -> int | None:
        """The status, once the whole answer is there."""
        octets = self.socket.recv(READ)
        if not octets:
            raise ConnectionError("the server hung up")
        self.heard = self.heard + octets if self.heard else octets
        head, found, body = self.heard.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        self.heard = b""
        return int(head[9:12])


def _length(head: bytes) -> int:
    _before, found, rest = head.lower().partition(LENGTH)
    if not found:
        raise ValueError("an answer without a length")
    return int(rest.split(b"\r\n", 1)[0])


def crowd(port: int, clients: int, seconds: float, requests: list[bytes], *, once: bool) -> object:
    """All in one thread: the server has the cores."""
    ahead = iter(requests) if once else cycle(requests)
    selector, statuses, took = selectors.DefaultSelector(), Counter[int](), list[float]()
    for client in [Client(port) for _ in range(clients)]:
        selector.register(client.socket, selectors.EVENT_READ, client)
        client.ask(next(ahead))
    begin = perf_counter()
    waiting = clients
    while waiting:
        for key, _events in selector.select():
            client = key.data
            if (status := client.answer()) is None:
                continue
            now = perf_counter()
            statuses[status] += 1
            took.append(now - client.asked_at)
            request = next(ahead, None) if now - begin < seconds else None
            if request is None:
                waiting -= 1
                selector.unregister(client.socket)
                client.socket.close()
            else:
                client.ask(request)
    span = perf_counter() - begin
    p95 = sorted(took)[int(len(took) * 0.95)] * 1000
    return {"rate": len(took) / span, "p95": p95, "statuses": statuses}


if __name__ == "__main__":
    port, clients, seconds, path = sys.argv[1:5]
    requests = [line.encode("latin-1") for line in json.loads(Path(path).read_text())]
    found = crowd(int(port), int(clients), float(seconds), requests, once="--once" in sys.argv)
    sys.stdout.write(json.dumps(found))
