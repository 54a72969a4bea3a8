"""Compare webinars, registrations, waves and deliveries; print whatever is unexplained."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notifications.auditing import unexplained


class Command(BaseCommand):
    help = "Print whatever is unexplained in the ledger, and fail; nothing when all is well."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(unexplained())
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            raise CommandError(f"{len(found)} things are unexplained.")
