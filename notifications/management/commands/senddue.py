"""One sweep without Celery: plan, expand, send. For cron, for tests, for a quiet start."""

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notifications import outbox, sweeping


class Command(BaseCommand):
    help = "Send whatever is due now, once, without Celery."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=600, help="stop after so long")

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        sweeping.tick()
        count = outbox.drain(until=monotonic() + seconds)
        self.stdout.write(f"{count} deliveries worked on")
