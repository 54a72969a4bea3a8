"""Who works on what: deliveries become a sender's, and go back when it cannot finish them.

A claim is one statement, committed before any SMTP. What becomes of the claimed is `settling`.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.base import ModelState

from notifications import statements
from notifications.leases import ALONE_AFTER
from notifications.models import Delivery, Sender, Wave
from registrations.models import Registration
from webinars import times
from webinars.models import Webinar

NOT_LATE = timedelta(0)
GOOD_SECONDS = 1
FEW_DEATHS, MANY_DEATHS = (0, ALONE_AFTER - 1), (ALONE_AFTER, 32_767)
M = TypeVar("M", bound=models.Model)

# What composing and re-checking need of a delivery and its registration. Whatever else is asked
# of them is read then.
OF_DELIVERY = [
    *("id", "registration_id", "wave_id", "epoch", "purpose"),
    *("deferrals", "ambiguous", "message_id", "date", "seed"),
]
OF_REGISTRATION = [
    *("id", "uuid", "webinar_id", "first_name", "email", "address", "time_zone", "language"),
    *("state", "is_removed", "epoch", "version", "sequence"),
    *("calendar_uid", "manage_epoch", "join_epoch", "shows_title", "carer_of_id"),
    "reminders_stopped_at",
]
# What is returned begins with the database's clock.
ID = 1
CARER_OF = 1 + len(OF_DELIVERY) + OF_REGISTRATION.index("carer_of_id")
COLUMNS = ", ".join(
    [f"delivery.{name}" for name in OF_DELIVERY]
    + [f"registration.{name}" for name in OF_REGISTRATION]
)
LOAD = f"""
    SELECT statement_timestamp(), {COLUMNS} FROM notifications_delivery AS delivery
    JOIN registrations_registration AS registration ON registration.id = delivery.registration_id
    WHERE delivery.id = ANY(%(ids)s::bigint[])
"""

# Hops through the index from each (lane, wave) that has a ready row to the next, however many
# rows they have. Deliveries without a wave (confirmations) take turns like one more wave.
TURNS = """
    WITH RECURSIVE turns AS (
        (SELECT lane, coalesce(wave_id, 0) AS wave FROM notifications_delivery
        WHERE state = 'ready' AND lane <= %(lane)s::int
        ORDER BY lane, coalesce(wave_id, 0) LIMIT 1)
        UNION ALL
        SELECT next.lane, next.wave FROM turns CROSS JOIN LATERAL (
            SELECT lane, coalesce(wave_id, 0) AS wave FROM notifications_delivery
            WHERE state = 'ready' AND lane <= %(lane)s::int
                AND (lane, coalesce(wave_id, 0)) > (turns.lane, turns.wave)
            ORDER BY lane, coalesce(wave_id, 0) LIMIT 1
        ) AS next
    )
"""
IS_DUE = """
    state = 'ready' AND lane = turns.lane AND coalesce(wave_id, 0) = turns.wave
    AND next_attempt_at <= statement_timestamp() - %(late)s::interval
    AND expires_at > statement_timestamp()
"""
ANY_DUE = f"""
    {TURNS} SELECT EXISTS (
        SELECT FROM turns WHERE EXISTS (SELECT FROM notifications_delivery WHERE {IS_DUE} OFFSET 0)
    )
"""

# OFFSET 0 keeps it a look-up for each turn: a join would read whatever is ready.
# The most urgent lane that has anything due, shared between its waves: a hundred thousand never
# starve twenty. A superseded wave's rows are left to the sweep, which says why they are not sent.
# A sender that was lost meanwhile claims nothing: its row is gone.
CLAIM = f"""
    {TURNS}, due AS MATERIALIZED (
        SELECT lane, wave FROM turns
        WHERE NOT EXISTS (
            SELECT FROM notifications_wave WHERE id = turns.wave AND state = 'superseded'
        ) AND EXISTS (
            SELECT FROM notifications_delivery
            WHERE {IS_DUE} AND deaths BETWEEN %(least)s::int AND %(most)s::int OFFSET 0
        )
    ), first AS MATERIALIZED (
        SELECT lane, wave FROM due WHERE lane = (SELECT min(lane) FROM due)
    ), picked AS MATERIALIZED (
        SELECT mine.id, mine.registration_id FROM first AS turns CROSS JOIN LATERAL (
            SELECT id, registration_id FROM notifications_delivery
            WHERE {IS_DUE} AND deaths BETWEEN %(least)s::int AND %(most)s::int
            ORDER BY next_attempt_at
            LIMIT (SELECT greatest(%(limit)s::int / count(*), 1) FROM first)
            FOR UPDATE SKIP LOCKED
        ) AS mine LIMIT %(limit)s::int
    ), at_work AS (
        UPDATE notifications_sender SET claimed_at = statement_timestamp()
        WHERE id = %(sender)s::bigint RETURNING id
    )
    UPDATE notifications_delivery AS delivery SET state = 'claimed', sender_id = at_work.id
    FROM at_work CROSS JOIN picked JOIN registrations_registration AS registration
        ON registration.id = picked.registration_id
    WHERE delivery.id = picked.id
    RETURNING statement_timestamp(), {COLUMNS}
"""


class Common:
    """The webinars and waves that one sender's batches have in common, read now and then.

    One that has not changed stays the instance that it was, and what was made of it is good yet.
    Nothing goes out by what was true a moment ago: the stamp re-checks.
    """

    def __init__(self) -> None:
        self._webinars: dict[int, Webinar] = {}
        self._waves: dict[int, Wave] = {}
        self._good: set[tuple[type, int]] = set()
        self._good_until = 0.0

    def webinars(self, ids: set[int]) -> dict[int, Webinar]:
        """Those, and perhaps others."""
        if wanted := self._to_be_read(Webinar, ids):
            for pk, webinar in Webinar.objects.in_bulk(wanted).items():
                self._webinars[pk] = _if_changed(webinar, self._webinars.get(pk))
        return self._webinars

    def waves(self, ids: set[int]) -> dict[int, Wave]:
        """Those with their rules, and perhaps others."""
        if wanted := self._to_be_read(Wave, ids):
            self._waves |= Wave.objects.select_related("rule").in_bulk(wanted)
        return self._waves

    def forget(self) -> None:
        """Something of it is not true any more."""
        self._good.clear()

    def _to_be_read(self, model: type, ids: set[int]) -> set[int]:
        if monotonic() > self._good_until:
            self._good_until = monotonic() + GOOD_SECONDS
            self.forget()
        wanted = {pk for pk in ids if (model, pk) not in self._good}
        self._good |= {(model, pk) for pk in wanted}
        return wanted


class Batch:
    """What was claimed together; `at` is the database's clock (a process's own may be wrong).

    Its rows become deliveries as they are taken: to make hundreds at once would let every
    connection wait. Deliveries of one webinar or wave share its instance.
    """

    def __init__(self, rows: statements.Rows, common: Common) -> None:
        self._rows, self._common = rows, common
        self._order = deque(sorted(range(len(rows)), key=lambda row: rows.number(row, ID)))
        self._helped = _patients({rows.number(row, CARER_OF) for row in self._order} - {0})
        self.at: datetime = rows[0][0] if rows else times.now()

    def __len__(self) -> int:
        """How many are not taken yet."""
        return len(self._order)

    def take(self, most: int = sys.maxsize) -> list[Delivery]:
        """The next ones, in the order in which they were written down."""
        rows = [self._rows[self._order.popleft()] for _ in range(min(most, len(self)))]
        return _made(rows, self._common, self._helped)

    def ids(self) -> list[int]:
        """Of those that are not taken."""
        return [self._rows.number(row, ID) for row in self._order]


class Claiming:
    """A claim under way."""

    def __init__(
        self,
        sender: Sender,
        *,
        lane: int,
        limit: int,
        common: Common,
        deaths: tuple[int, int] = FEW_DEATHS,
        on: BaseDatabaseWrapper | None = None,
    ) -> None:
        least, most = deaths
        self._common = common
        self._statement = statements.UnderWay(
            CLAIM,
            {
                "sender": sender.pk,
                "lane": lane,
                "limit": limit,
                "least": least,
                "most": most,
                "late": NOT_LATE,
            },
            on,
        )

    def is_answered(self) -> bool:
        """Whether it is committed, or refused, by now."""
        return self._statement.is_answered()

    def batch(self) -> Batch:
        """What it found, once it is committed."""
        return Batch(self._statement.found(), self._common)


def is_anything_due(*, lane: int, late_by: timedelta = NOT_LATE) -> bool:
    """Whether a claim of this lane would find anything that was due so long ago."""
    return bool(statements.run(ANY_DUE, {"lane": lane, "late": late_by})[0][0])


def claim(sender: Sender, *, lane: int, limit: int, common: Common | None = None) -> Batch:
    """Make up to `limit` due deliveries of this lane or a more urgent one the sender's."""
    return Claiming(sender, lane=lane, limit=limit, common=common or Common()).batch()


def claim_alone(sender: Sender, *, lane: int) -> Batch:
    """One of those that two senders died of: it may be the poison, and must harm no other."""
    return Claiming(sender, lane=lane, limit=1, common=Common(), deaths=MANY_DEATHS).batch()


def loaded(ids: Iterable[int]) -> list[Delivery]:
    """Those deliveries as they are now, with all that composing and re-checking needs."""
    found = statements.UnderWay(LOAD, {"ids": list(ids)}).found()
    return Batch(found, Common()).take()


def _made(
    rows: Iterable[Sequence[Any]], common: Common, helped: Mapping[int, Registration]
) -> list[Delivery]:
    """Of each row the models; one instance of each webinar and wave, for all of them."""
    found = [_of(row) for row in rows]
    webinars = common.webinars({registration.webinar_id for _each, registration in found})
    waves = common.waves({each.wave_id for each, _registration in found if each.wave_id})
    for each, registration in found:
        registration._state.fields_cache["webinar"] = webinars[registration.webinar_id]
        registration._state.fields_cache["carer_of"] = helped.get(registration.carer_of_id or 0)
        each._state.fields_cache["wave"] = waves[each.wave_id] if each.wave_id else None
    return [each for each, _registration in found]


def _patients(ids: set[int]) -> dict[int, Registration]:
    """Those whom carers help; most batches have none."""
    return Registration.objects.only("first_name").in_bulk(ids) if ids else {}


def _if_changed(webinar: Webinar, before: Webinar | None) -> Webinar:
    if before is not None and _values(before) == _values(webinar):
        return before
    return webinar


def _values(webinar: Webinar) -> list[object]:
    return [getattr(webinar, field.attname) for field in Webinar._meta.concrete_fields]


def _of(row: Sequence[Any]) -> tuple[Delivery, Registration]:
    end = 1 + len(OF_DELIVERY)
    delivery = _model(Delivery, OF_DELIVERY, row[1:end])
    registration = _model(Registration, OF_REGISTRATION, row[end:])
    delivery._state.fields_cache["registration"] = registration
    return delivery, registration


def _model(model: type[M], names: list[str], values: Sequence[Any]) -> M:
    """As `Model.from_db` would, in a tenth of its time, which was a quarter of a mail's."""
    made = model.__new__(model)
    made.__dict__.update(zip(names, values, strict=True))
    made._state = ModelState()
    made._state.adding, made._state.db = False, "default"
    return made


def give_back(sender: Sender, ids: Iterable[int]) -> None:
    """Deliveries that were claimed and not begun are ready again, unharmed."""
    mine = Delivery.objects.filter(pk__in=list(ids), sender=sender, state=Delivery.State.CLAIMED)
    mine.update(state=Delivery.State.READY, sender=None)
