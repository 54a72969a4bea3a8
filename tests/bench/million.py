"""With a million deliveries waiting: claims, and the acts of moving and calling off.

The reminder goes out by the attendees' clocks, so it is eight waves, one per zone; a few
confirmations are ahead of them. The acts are measured to their commit: the mails follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from statistics import quantiles
from time import perf_counter

from notifications import claims, planning
from notifications.leases import lease
from notifications.models import Delivery, Lane, Purpose, ReminderRule, Sender, Wave
from tests.bench import crowd, database
from tests.bench.measure import Figure
from tests.bench.sizes import sized
from webinars import scheduling, times
from webinars.models import Webinar

PEOPLE = sized(1_000_000, at_least=20_000, at_most=1_000_000)
URGENT = 2_000
CLAIMS, CLAIMED = 300, 50
IN_VAIN = 100
ACTS = 5
P95_OF_CLAIM = 10.0  # ms
ACT = 100.0  # ms


def measurements() -> Iterator[Figure]:
    with database.made_anew():
        webinar, rule = waiting()
        yield from claiming()
        yield from moving(webinar, "a rule on the attendees' clocks among them")
        ReminderRule.objects.filter(pk=rule.pk).update(is_enabled=False)
        yield from moving(webinar, "the default rules")
        yield cancelling(webinar)


def waiting() -> tuple[Webinar, ReminderRule]:
    """A webinar of so many people, each with a delivery that is ready and due."""
    webinar = crowd.a_webinar_with(PEOPLE)
    # At this hour tomorrow, in the attendee's zone; but planned as if decided long ago.
    rule = planning.save_rule(
        ReminderRule(webinar=webinar, days_before=0, local_time=time(0, 1), clock="attendee")
    )
    waves = [as_if_due(webinar, rule, zone) for zone in crowd.ZONES]
    first = a_delivery(webinar, waves[0])
    of_zone = " ".join(f"WHEN '{wave.zone}' THEN {wave.pk}" for wave in waves)
    crowd.copies(
        first,
        # A wave's rows are written one after the other, as expanding does.
        "(SELECT * FROM registrations_registration ORDER BY time_zone, id) AS person",
        {
            "registration_id": "person.id",
            "key": "concat_ws(':', person.id, person.epoch, 'reminder', 'bench', 0)",
            "wave_id": f"CASE person.time_zone {of_zone} END",
            "lane": f"CASE WHEN person.time_zone = '{waves[0].zone}' THEN {Lane.SOON:d} "
            f"ELSE {Lane.BULK:d} END",
        },
    )
    first.delete()
    confirmations()
    database.settle_down()
    return webinar, rule


def as_if_due(webinar: Webinar, rule: ReminderRule, zone: str) -> Wave:
    now = times.now()
    wave, _is_new = Wave.objects.update_or_create(
        webinar=webinar,
        purpose=Purpose.REMINDER,
        rule=rule,
        schedule_revision=webinar.schedule_revision,
        zone=zone,
        defaults={
            "due_at": now,
            "expand_at": now,
            "active_by": now,
            "expires_at": webinar.starts_at,
            "state": Wave.State.EXPANDED,
            "expanded_at": now,
        },
    )
    return wave


def a_delivery(webinar: Webinar, wave: Wave) -> Delivery:
    return Delivery.objects.create(
        registration=webinar.registrations.earliest("pk"),
        wave=wave,
        key="first",
        epoch=0,
        purpose=wave.purpose,
        lane=Lane.BULK,
        due_at=wave.due_at,
        next_attempt_at=wave.due_at,
        expires_at=wave.expires_at,
    )


def confirmations() -> None:
    """Some people's, in the urgent lane, of no wave."""
    first = Delivery.objects.earliest("pk")
    crowd.copies(
        first,
        f"(SELECT id FROM registrations_registration ORDER BY id LIMIT {URGENT}) AS person",
        {
            "registration_id": "person.id",
            "key": "person.id || ':0:confirmation'",
            "wave_id": "NULL",
            "purpose": "'confirmation'",
            "lane": f"{Lane.URGENT:d}",
        },
    )


def claiming() -> Iterator[Figure]:
    with lease() as sender:
        some = [a_claim(sender, Lane.BULK) for _ in range(CLAIMS)]
        held = Delivery.objects.held().count()
        none = [a_claim(sender, Lane.URGENT) for _ in range(IN_VAIN)]
    if held != CLAIMS * CLAIMED:
        raise AssertionError(f"{held} rows were claimed")
    waiting = f"{PEOPLE + URGENT:,} rows waiting"
    yield percentile(f"a claim of {CLAIMED} with its rows loaded, {waiting}", some)
    yield percentile("a claim by an urgent worker that finds nothing", none)


def a_claim(sender: Sender, lane: Lane) -> tuple[float, float]:
    """Its milliseconds, and those of its statements."""
    in_sql: list[float] = []
    with database.statements_timed(lambda _statement, seconds: in_sql.append(seconds)):
        took = milliseconds(claims.claim, sender, lane=lane, limit=CLAIMED)
    return took, sum(in_sql) * 1000


def percentile(what: str, found: list[tuple[float, float]]) -> Figure:
    whole, in_sql = (quantiles(each, n=100) for each in zip(*found, strict=True))
    beside = f"p50 {whole[49]:.1f} ms; of it statements {in_sql[49]:.1f}, at p95 {in_sql[94]:.1f}"
    return Figure(f"{what}: p95", whole[94], "{:.1f} ms", at_most=P95_OF_CLAIM, beside=beside)


def moving(webinar: Webinar, rules: str) -> Iterator[Figure]:
    """Each a day later than before, so that it is a move each time."""
    found = []
    for _ in range(ACTS):
        webinar.refresh_from_db()
        later = datetime.combine(webinar.local_date, webinar.local_time) + timedelta(days=1)
        found.append(
            milliseconds(
                scheduling.reschedule,
                webinar,
                date=later.date(),
                time=later.time(),
                time_zone=webinar.time_zone,
                reason="",
                by=None,
            )
        )
    yield worst(f"moving it, {rules}", found)


def cancelling(webinar: Webinar) -> Figure:
    found = []
    for _ in range(ACTS):
        found.append(milliseconds(scheduling.cancel, webinar, reason="", by=None))
        webinar.waves.filter(purpose=Purpose.CANCELLED).delete()
        Webinar.objects.filter(pk=webinar.pk).update(state=Webinar.State.PUBLISHED)
    return worst("calling it off", found)


def worst(what: str, found: list[float]) -> Figure:
    beside = "each: " + " ".join(f"{each:.0f}" for each in found) + f" ms; {PEOPLE:,} people"
    return Figure(f"{what}: the slowest", max(found), "{:.0f} ms", at_most=ACT, beside=beside)


def milliseconds(act: Callable[..., object], *arguments: object, **named: object) -> float:
    begin = perf_counter()
    act(*arguments, **named)
    return (perf_counter() - begin) * 1000
