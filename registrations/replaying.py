"""Evidence of what was erased and refused, to be kept outside the database, and done again.

A backup that is restored brings back whoever was erased since. The evidence is ids and keyed
digests: it names nobody. Erasing itself is `erasing`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from registrations import erasing
from registrations.models import Erasure, Refusal, Registration
from webinars.models import Webinar

AT_ONCE = 2_000


class Unreadable(ValueError):
    """A line is not of our evidence; the text says which."""


def evidence() -> Iterator[str]:
    """A line of JSON for each erasure and each refusal, in the order of time."""
    for erasure in Erasure.objects.order_by("pk").iterator(chunk_size=AT_ONCE):
        yield _line(erased=erasure.uuid.hex, at=erasure.at.isoformat())
    for refusal in Refusal.objects.order_by("pk").iterator(chunk_size=AT_ONCE):
        yield _line(refused=refusal.digest, webinar=refusal.webinar_id, at=refusal.at.isoformat())


def _line(**said: object) -> str:
    return json.dumps(said)


def replay(lines: Iterable[str]) -> Counter[str]:
    """Erase and refuse again what the lines say; how many of each were brought back.

    Each is a transaction of its own: safe to repeat, and to go on with where it was interrupted.
    Raises `Unreadable` at the first line that is none of ours.
    """
    done = Counter(erased=0, refused=0, known=0)
    for number, line in enumerate(lines, 1):
        if line.strip():
            done[_replay(_read(line, number))] += 1
    return done


def _read(line: str, number: int) -> dict[str, Any]:
    try:
        said = json.loads(line)
        said["at"] = datetime.fromisoformat(said["at"])
        if "erased" in said:
            said["erased"] = UUID(said["erased"])
        else:
            said["refused"], said["webinar"] = str(said["refused"]), int(said["webinar"])
    except (ValueError, KeyError, TypeError):
        raise Unreadable(f"line {number} is not evidence of an erasure") from None
    return dict(said)


def _replay(said: dict[str, Any]) -> str:
    """What it was: erased, refused, or known to this database."""
    if "erased" in said:
        return "erased" if _erase(said["erased"], said["at"]) else "known"
    return "refused" if _refuse(said["refused"], said["webinar"], said["at"]) else "known"


def _erase(uuid: UUID, at: datetime) -> bool:
    # Also of somebody who registered after the backup: the row is gone, the evidence stays whole.
    Erasure.objects.bulk_create([Erasure(uuid=uuid, at=at)], ignore_conflicts=True)
    found = Registration.objects.filter(uuid=uuid).first()
    if found is not None:
        erasing.erase(found)
    return found is not None


def _refuse(digest: str, webinar_id: int, at: datetime) -> bool:
    """A webinar made after the backup is gone, and what was refused of it too."""
    webinar = Webinar.objects.filter(pk=webinar_id).first()
    if webinar is None:
        return False
    _refusal, is_new = Refusal.objects.get_or_create(
        webinar=webinar, digest=digest, defaults={"at": at}
    )
    return is_new
