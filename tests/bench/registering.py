"""Registers five people a second: `python -m tests.bench.registering WEBINAR SECONDS FILE`.

Each line of the file is an address and when its registration was committed (`time.monotonic()`,
which all processes of a machine share).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TextIO

from django.db import transaction

from registrations import signup
from tests.bench import crowd
from webinars.models import Webinar

EACH = 0.2  # seconds


def main(webinar_id: int, seconds: float, file: TextIO) -> None:
    webinar, begin = Webinar.objects.get(pk=webinar_id), time.monotonic()
    for number in range(round(seconds / EACH)):
        time.sleep(max(0.0, begin + number * EACH - time.monotonic()))
        who = f"new{number}@example.com"
        with transaction.atomic():
            # Before the act's own, so that ringing the bell is part of what is measured.
            transaction.on_commit(lambda who=who: note(file, who))
            signup.register(
                webinar,
                first_name=crowd.NAMES[number % len(crowd.NAMES)],
                email=who,
                time_zone=crowd.ZONES[number % len(crowd.ZONES)],
                language="en",
            )


def note(file: TextIO, who: str) -> None:
    file.write(json.dumps([who, time.monotonic()]) + "\n")


if __name__ == "__main__":
    webinar_id, seconds, path = sys.argv[1:]
    with Path(path).open("w") as file:
        main(int(webinar_id), float(seconds), file)
