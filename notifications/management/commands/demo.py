"""Load demo data, once: for `make run`, never for a site that others can reach."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.demo import loading
from registrations.models import Registration
from webinars.models import Webinar


class Command(BaseCommand):
    help = "Load the demo: an organizer (organizer / demo), webinars, registrations. Once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="even where others can reach the site"
        )

    def handle(self, *args: Any, force: bool, verbosity: int, **options: Any) -> None:
        if not (settings.IS_LOCAL or force):
            raise CommandError(
                f"Everybody knows the demo's password, and {settings.SITE_URL} can be reached by "
                "others. If that is what you want, say --force."
            )
        if Webinar.objects.exists():
            if verbosity:
                self.stdout.write("There are webinars already: no demo data loaded.")
            return
        loading.load()
        self.stdout.write(
            f"Demo data loaded: {Webinar.objects.count()} webinars, "
            f"{Registration.objects.count()} registrations."
        )
