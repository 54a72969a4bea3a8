"""Hold all mail, in every process, until `manage.py resume`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notifications import restoring


class Command(BaseCommand):
    help = (
        "Hold all mail until manage.py resume: on a copy of the database, or on a backup that "
        "was restored with the disk, before anything else is started on it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reason", nargs="?", default="An operator held it.", help="a sentence")

    def handle(self, *args: Any, reason: str, **options: Any) -> None:
        restoring.hold(reason)
        self.stdout.write(restoring.why_held())
