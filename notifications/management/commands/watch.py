"""Run beside Celery, independent of it: send what is late, raise the alarm."""

import logging
import signal
from datetime import timedelta
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from notifications.watching import watch_once

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=2)


class Command(BaseCommand):
    help = "Watch the pipeline: send what is late by itself, raise an alarm when mail stalls."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and exit")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            self.look()
            if once:
                return
            stop.wait(PAUSE.total_seconds())

    def look(self) -> None:
        try:
            watch_once()
        except DatabaseError as error:
            log.error("the database is away: %s", type(error).__name__)
            connection.close()
