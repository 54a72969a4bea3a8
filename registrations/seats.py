"""The seats of a webinar: the last look of whoever wants one decides.

The webinar's row is held before its seats, as everywhere: see `waiting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

STATE_AND_CAPACITY = "SELECT state, capacity FROM webinars_webinar WHERE id = %s FOR KEY SHARE"
# Once the webinar's row is held its seats are looked at anew. All who stand in line may hold them
# so at once; whoever gives one back waits for these. A refusal that somebody is just writing down
# is seen: the registration before this waited for whoever erased the former one.
LAST_LOOK = """
    WITH webinar AS MATERIALIZED (
        SELECT id, state, schedule_revision, capacity
        FROM webinars_webinar WHERE id = %(webinar)s FOR KEY SHARE
    ), seat AS (
        UPDATE registrations_seats SET taken = taken + 1 FROM webinar
        WHERE %(wants_seat)s AND webinar_id = webinar.id AND taken < capacity RETURNING taken
    ), line AS MATERIALIZED (
        SELECT taken >= capacity AS is_needed
        FROM webinar JOIN registrations_seats AS seats ON webinar_id = webinar.id
        WHERE %(stands_in_line)s FOR SHARE OF seats
    )
    SELECT
        state, schedule_revision,
        capacity IS NULL OR EXISTS (SELECT FROM seat),
        capacity IS NOT NULL AND coalesce((SELECT is_needed FROM line), true),
        EXISTS (
            SELECT FROM registrations_refusal
            WHERE webinar_id = %(webinar)s AND digest = ANY(%(refusals)s)
        )
    FROM webinar
"""


class LastLook(NamedTuple):
    """What holds until the transaction ends."""

    state: str
    schedule_revision: int
    has_seat: bool
    """Whoever wanted one has it."""
    is_full: bool
    """Whoever stands in line has to: none becomes free before this transaction ends."""
    is_refused: bool


def state_and_capacity(webinar_id: int) -> tuple[str, int | None]:
    """As they are now. The webinar's key is held: `signup.limit` waits, or was before us."""
    with connection.cursor() as cursor:
        cursor.execute(STATE_AND_CAPACITY, [webinar_id])
        state, capacity = cursor.fetchone()
    return state, capacity


def last_look(
    webinar_id: int,
    *,
    wants_seat: bool = False,
    stands_in_line: bool = False,
    refusals: Sequence[str] = (),
) -> LastLook | None:
    """Take a seat where one is wanted and free. The webinar's key is held.

    `refusals`: the digests that whoever comes must not have. None for a webinar that was deleted.
    """
    known: dict[str, Any] = {
        "webinar": webinar_id,
        "wants_seat": wants_seat,
        "stands_in_line": stands_in_line,
        "refusals": list(refusals),
    }
    with connection.cursor() as cursor:
        cursor.execute(LAST_LOOK, known)
        row = cursor.fetchone()
    return row and LastLook(*row)
