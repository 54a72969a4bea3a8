"""The parsers that need a process of their own, which answers each file with one line of JSON.

khal switches the icalendar library of its whole process to pytz; node-ical is JavaScript.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

from tests.foreign.reading import ELSEWHERE, Parser, Reading

HERE = Path(__file__).parent


@contextmanager
def khal() -> Iterator[Parser]:
    with _answering(sys.executable, "-P", str(HERE / "khal_reader.py")) as read:
        yield read


@contextmanager
def node_ical() -> Iterator[Parser]:
    """In the Node that Playwright brings along."""
    node, _ = compute_driver_executable()
    with _answering(node, str(HERE / "node_ical_reader.mjs")) as read:
        yield read


@contextmanager
def _answering(*command: str) -> Iterator[Parser]:
    """A parser that writes a file's text to the command, as JSON, and reads what it made of it."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TZ": ELSEWHERE},
        encoding="utf-8",
        bufsize=1,
    ) as process:

        def read(octets: bytes) -> list[Reading]:
            process.stdin.write(json.dumps(octets.decode()) + "\n")
            answer = json.loads(process.stdout.readline())
            return [Reading.from_json(found) for found in answer]

        yield read
