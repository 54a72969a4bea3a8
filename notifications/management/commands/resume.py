"""After a restore: say what is held, and let it go out as an operator decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications import restoring, resuming

CHOICES = f"""\
{resuming.ERASE_AGAIN}
  --send-all              Everything goes out that is still useful. When nothing was sent by
                          another copy of this ledger since then; after an upgrade or a move, too.
  --sent-until INSTANT    What was due by then is not sent, for it may have gone out already.
                          After a restore: the last moment at which the lost site was sending,
                          such as 2026-11-22T10:00Z.
On a copy, such as a staging site, choose neither: it stays silent."""


class Command(BaseCommand):
    help = "Say what is held after a restore; or let it go out, all of it or what is newer."

    def add_arguments(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--send-all", action="store_true", help="all that is still useful")
        choice.add_argument(
            "--sent-until",
            type=instant,
            metavar="INSTANT",
            help="not what was due by then (ISO 8601 with an offset, such as 2026-11-22T10:00Z)",
        )

    def handle(
        self, *args: Any, send_all: bool, sent_until: datetime | None, **options: Any
    ) -> None:
        if not restoring.is_held():
            self.stdout.write("Nothing is held.")
        elif send_all or sent_until:
            self.resume(sent_until)
        else:
            self.stdout.write("\n".join([*described(), CHOICES]))

    def resume(self, sent_until: datetime | None) -> None:
        try:
            skipped = resuming.resume(sent_until=sent_until)
        except resuming.Refused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Mail goes out again; messages passed over: {skipped}.")


def instant(text: str) -> datetime:
    """Raises `ValueError` for anything that may be understood in two ways."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no offset")
    return found


def described() -> Iterator[str]:
    held = resuming.held()
    yield restoring.why_held()
    yield f"The ledger was last known to be in its place at {held.in_place_at:%Y-%m-%d %H:%M} UTC."
    since = f", the oldest since {held.oldest_at:%Y-%m-%d %H:%M} UTC" if held.oldest_at else ""
    yield f"Messages due: {held.due}{since}; hand-overs begun before: {held.begun}."
    yield f"Waves due that are not written down yet: {held.waves}."
