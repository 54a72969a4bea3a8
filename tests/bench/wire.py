"""A sender that knows nothing: one prebuilt message again and again, no database, no promise.

What it reaches over so many connections is all that the relay, the wire and these cores give.
Started by its path: `wire.py PORT CONNECTIONS MESSAGES OCTETS`.
"""

from __future__ import annotations

import selectors
import socket
import sys

ENVELOPE = b"MAIL FROM:<webinars@example.org>\r\nRCPT TO:<ana@example.com>\r\nDATA\r\n"
LINE = b"x" * 76 + b"\r\n"
ACCEPTED = b"250 2.0.0 OK\r\n" * 3  # the message, and MAIL and RCPT of the one behind it
READ = 65_536


def main(port: int, connections: int, messages: int, octets: int) -> None:
    """Until so many were accepted; an envelope goes out behind each body, as ours do."""
    body = LINE * (octets // len(LINE)) + b".\r\n"
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.recv(READ)
        link.sendall(ENVELOPE)
        selector.register(link, selectors.EVENT_READ, link)
    while messages > 0:
        for key, _events in selector.select():
            messages -= key.data.recv(READ).startswith(ACCEPTED)
            key.data.sendall(body + ENVELOPE)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
