"""Reads calendar files with khal, in a process of its own: a line of JSON in, a line out."""

import json
import re
import sys

import pytz
from khal.icalendar import split_ics
from khal.khalendar.event import Event

LOCAL = pytz.timezone("Pacific/Chatham")
LOCALE = {"default_timezone": LOCAL, "local_timezone": LOCAL}


def read(part: str) -> dict[str, object]:
    """What khal would show and keep. It keeps no METHOD, and shows people in its own way."""
    event = Event.fromString(part, calendar="here", locale=LOCALE)
    return {
        "start": event.start_local.isoformat(),
        "end": event.end_local.isoformat(),
        "summary": str(event.summary),
        "description": str(event.description),
        "uid": str(event.uid),
        "sequence": int(re.search(r"^SEQUENCE:(\d+)", event.raw, re.MULTILINE)[1]),
        "status": str(event.status),
    }


for line in sys.stdin:
    parts = split_ics(json.loads(line))  # as `khal import` does first
    sys.stdout.write(json.dumps([read(part) for part in parts]) + "\n")
    sys.stdout.flush()
