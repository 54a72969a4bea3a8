"""After an update of the zone data: derive the starts of webinars to come again, at once."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications import planning, retiming
from webinars import scheduling, times
from webinars.models import ZONE_RELEASE, Webinar
from webinars.scheduling import Retiming


class Command(BaseCommand):
    help = (
        "Derive every start to come again from its wall clock, by the zone rules installed here, "
        "and list what moves. Everybody registered is told. The sweep does the same each minute."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="list it, change nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        if scheduling.is_outdated():
            raise CommandError(
                f"Webinars were timed by newer zone rules than those of {ZONE_RELEASE}, which are "
                "installed here. Install newer ones."
            )
        older = scheduling.timed_by_older_rules()
        reminders = {webinar.pk: len(list(planning.displaced(webinar))) for webinar in older}
        found = [scheduling.retiming(each) for each in older] if dry_run else retiming.retime()
        for line in lines(found, reminders):
            self.stdout.write(line)
        moving = sum(each.moves for each in found)
        kept = sum(bool(each.problem) for each in found)
        self.stdout.write(
            f"By the rules of {ZONE_RELEASE}, of {len(found)} webinars to come {moving} move and "
            f"{kept} have no valid time." + " Nothing was changed." * dry_run
        )


def lines(found: Iterable[Retiming], reminders: dict[int, int]) -> Iterator[str]:
    """One for each webinar that differs: of its start, or of its reminders only."""
    for each in found:
        number = reminders.get(each.webinar.pk, 0)
        if each.problem:
            yield f"{_name(each.webinar)} keeps {each.was.isoformat()}: {each.problem}"
        elif each.moves:
            yield f"{_name(each.webinar)} moves: {_move(each)}"
        elif number:
            yield f"{_name(each.webinar)} stays; reminders due at another instant: {number}"


def _name(webinar: Webinar) -> str:
    return f"webinar {webinar.pk} ({webinar.get_state_display().lower()})"


def _move(each: Retiming) -> str:
    first, last = sorted((each.was, each.becomes))
    way = "earlier" if each.becomes < each.was else "later"
    words = times.long_form(each.becomes, [each.webinar.time_zone], "en")
    return (
        f"{each.was.isoformat()} -> {each.becomes.isoformat()}, "
        f"{times.until(last, first, 'en')} {way}; {words}"
    )
