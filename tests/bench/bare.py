"""The first baseline: a bare smtplib loop, one prebuilt message over one kept connection.

Started by its path: `bare.py PORT TIMES FILE`. Prints the seconds that it took.
"""

from __future__ import annotations

import smtplib
import sys
from pathlib import Path
from time import perf_counter

WARM_UP = 200
SENDER, RECIPIENT = "webinars@example.org", "ana@example.com"


def main(port: int, times: int, message: bytes) -> float:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as smtp:
        for _ in range(WARM_UP):
            smtp.sendmail(SENDER, [RECIPIENT], message)
        begin = perf_counter()
        for _ in range(times):
            smtp.sendmail(SENDER, [RECIPIENT], message)
        return perf_counter() - begin


if __name__ == "__main__":
    port, times, file = sys.argv[1:]
    sys.stdout.write(str(main(int(port), int(times), Path(file).read_bytes())))
