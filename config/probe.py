"""Whether a part of the product is alive: `python -m config.probe web`, for health checks.

The other parts leave signs of life in the database: bulk, urgent, tick (beat's), watch.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import psycopg

from config.embedded import ports

FRESH_SECONDS = 120
AGE = "SELECT extract(epoch FROM now() - at) FROM notifications_heartbeat WHERE name = %s"


def main(part: str) -> int:
    """0 when that part is alive, 1 otherwise."""
    alive = site_answers(8000) if part == "web" else was_alive(part)
    return 0 if alive else 1


def site_answers(port: int) -> bool:
    """Whether the site on that port says that it is well, asked under its own name."""
    connection = HTTPConnection(ports.HOST, port, timeout=3)
    name = {"Host": urlsplit(os.environ["SITE_URL"]).netloc}
    try:
        connection.request("GET", "/health/", headers=name)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def was_alive(part: str) -> bool:
    """Whether that part's last sign of life is fresh."""
    try:
        with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=3) as connection:
            row = connection.execute(AGE, [part]).fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] < FRESH_SECONDS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
