"""The benches' own relay, which is a process of its own, spoken to as a client would."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

SINK = Path(__file__).resolve().parent / "bench" / "sink.py"
YES, GO_AHEAD = b"250 2.0.0 OK\r\n", b"354 go ahead\r\n"
ENVELOPE = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
MESSAGE = b"Subject: one\r\n\r\n..stuffed\r\n. \r\nlast\r\n"


class Process:
    """The sink and what it says over its pipes."""

    def __init__(self) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen([sys.executable, str(SINK)], text=True, **pipes)
        self.port: int = self._line()["port"]

    def tell(self, **order: Any) -> dict[str, Any]:
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._line()

    def client(self) -> socket.socket:
        """Connected and greeted."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        assert heard(client, b"\r\n").startswith(b"220 ")
        return client

    def stop(self) -> int:
        self.process.stdin.close()
        code = self.process.wait(10)
        self.process.stdout.close()
        return code

    def _line(self) -> dict[str, Any]:
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def sink() -> Iterator[Process]:
    sink = Process()
    yield sink
    assert sink.stop() == 0


def heard(client: socket.socket, end: bytes) -> bytes:
    """All that it says up to this end."""
    found = b""
    while not found.endswith(end):
        octets = client.recv(4096)
        assert octets
        found += octets
    return found


def said(client: socket.socket, octets: bytes, end: bytes = YES) -> bytes:
    client.sendall(octets)
    return heard(client, end)


def test_it_offers_pipelining_and_eight_bits(sink: Process) -> None:
    with sink.client() as client:
        lines = said(client, b"EHLO us.example\r\n", b"250 8BITMIME\r\n").split(b"\r\n")
    assert b"250-PIPELINING" in lines


def test_a_group_of_commands_behind_a_body_is_answered_in_one_go(sink: Process) -> None:
    with sink.client() as client:
        assert said(client, ENVELOPE, GO_AHEAD) == YES + YES + GO_AHEAD
        both = said(client, MESSAGE + b".\r\n" + ENVELOPE, GO_AHEAD)
        assert both == YES + YES + YES + GO_AHEAD
        assert said(client, MESSAGE + b".\r\n") == YES
    assert sink.tell()["messages"] == 2
    assert sink.tell()["octets"] == 2 * len(MESSAGE)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_end_of_a_message_is_found_however_it_is_cut(
    sink: Process, size: int, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    sink.tell(answer_after=0, keep=str(kept))
    with sink.client() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        said(client, ENVELOPE, GO_AHEAD)
        whole = MESSAGE + b".\r\nNOOP\r\n"
        for begin in range(0, len(whole), size):
            client.sendall(whole[begin : begin + size])
        assert heard(client, YES + YES) == YES + YES
    assert sink.tell()["messages"] == 1
    assert kept.read_bytes() == b"%d\n%s" % (len(MESSAGE), MESSAGE)


def test_an_empty_message_is_one(sink: Process) -> None:
    with sink.client() as client:
        said(client, ENVELOPE, GO_AHEAD)
        assert said(client, b".\r\n") == YES
    assert sink.tell()["messages"] == 1


def test_whoever_says_quit_is_let_go(sink: Process) -> None:
    with sink.client() as client:
        said(client, b"QUIT\r\n", b"bye\r\n")
        assert client.recv(100) == b""


def test_a_relay_far_away_answers_each_group_late_and_all_connections_at_once(
    sink: Process,
) -> None:
    clients = [sink.client() for _ in range(20)]
    sink.tell(answer_after=0.1)
    begin = monotonic()
    for client in clients:
        client.sendall(ENVELOPE)
    for client in clients:
        heard(client, GO_AHEAD)
        client.close()
    assert 0.1 <= monotonic() - begin < 0.1 * len(clients)
    assert sink.tell()["connections"] == 20


def test_a_slow_relay_takes_its_time_for_each_command(sink: Process) -> None:
    sink.tell(answer_after=0.1, is_serial=True)
    with sink.client() as client:
        begin = monotonic()
        said(client, ENVELOPE, GO_AHEAD)
    assert monotonic() - begin >= 0.3


def test_it_writes_down_when_each_recipient_had_mail(sink: Process, tmp_path: Path) -> None:
    log = tmp_path / "log"
    sink.tell(answer_after=0, log=str(log))
    begin = monotonic()
    with sink.client() as client:
        said(client, ENVELOPE, GO_AHEAD)
        said(client, MESSAGE + b".\r\n")
    sink.tell()
    at, who = log.read_text().split()
    assert begin - 0.001 <= float(at) <= monotonic()
    assert who == "b@example.com"
