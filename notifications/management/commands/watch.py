"""Run beside Celery, independent of it: send what is late, raise the alarm."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connection

from notifications import troubles, watching
from notifications.alarms import alarm

log = logging.getLogger(__name__)

# What is done, and the seconds of rest after each time.
LOOPS: tuple[tuple[Callable[[], object], float], ...] = (
    (watching.look, 10),
    (watching.tick_if_lost, 1),
    (watching.send_if_late, 1),
)
AWAY_SECONDS = 60
FAILED_SECONDS = 5  # of rest after an error of our own


class Command(BaseCommand):
    help = "Watch the pipeline: send what is late by itself, raise an alarm when mail stalls."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and exit")
        parser.add_argument(
            "--check",
            action="store_true",
            help="do nothing but say what is wrong with the delivery, and fail if anything is",
        )

    def handle(self, *args: Any, once: bool, check: bool, **options: Any) -> None:
        if check:
            self.check_delivery()
        elif once:
            watching.watch_once()
        else:
            watch()

    def check_delivery(self) -> None:
        found = troubles.reported()
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            raise CommandError("The delivery is not well.")


def watch() -> None:
    """Until a signal says stop; what is being sent then is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threads = [Thread(target=keep_doing, args=(act, rest, stop)) for act, rest in LOOPS]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def keep_doing(act: Callable[[], object], rest: float, stop: Event) -> None:
    """Nothing that goes wrong ends it."""
    well_at = monotonic()
    while not stop.is_set():
        try:
            act()
            well_at = monotonic()
        except (OperationalError, InterfaceError) as error:
            log.error("the database is away: %s", type(error).__name__)
            connection.close()
            if monotonic() - well_at > AWAY_SECONDS:
                alarm("The database has been away for a minute.")
        except Exception as error:
            alarm(f"Our own code failed in manage.py watch ({type(error).__name__}).")
            stop.wait(FAILED_SECONDS)
        stop.wait(rest)
    connection.close()
