"""Keep evidence of erasures outside the database; after a restore, erase again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registrations import replaying


class Command(BaseCommand):
    help = (
        "Write down who was erased (ids only) in a file that no restore takes back, often: each "
        "hour by cron. After a restore, erase again whom it brought back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group(required=True)
        choice.add_argument("--export", type=Path, metavar="FILE", help="write all of it anew")
        choice.add_argument("--replay", type=Path, metavar="FILE", help="erase again what it says")

    def handle(self, *args: Any, export: Path | None, replay: Path | None, **options: Any) -> None:
        if export:
            self.export(export)
        elif replay:
            self.replay(replay)

    def export(self, file: Path) -> None:
        """The old file stays until the new one is whole, and is never shortened."""
        fresh, number = file.with_name(f"{file.name}.new"), 0
        known = set(file.read_text().splitlines()) if file.exists() else set()
        with fresh.open("w") as written:
            for line in replaying.evidence():
                written.write(f"{line}\n")
                known.discard(line)
                number += 1
            # Not in the database: a restore took them back, and nobody has replayed them yet.
            written.writelines(f"{line}\n" for line in sorted(known))
        fresh.replace(file)
        self.stdout.write(f"Erasures and refusals written: {number + len(known)}.")

    def replay(self, file: Path) -> None:
        try:
            with file.open() as lines:
                done = replaying.replay(lines)
        except (OSError, UnicodeDecodeError, replaying.Unreadable) as error:
            raise CommandError(f"{file}: {error}") from None
        self.stdout.write(
            f"Erased again: {done['erased']}. Refused again: {done['refused']}. "
            f"Known already: {done['known']}."
        )
