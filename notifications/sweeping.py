"""The periodic sweep: does what the clock asks for, and repairs what a missed bell left undone.

Every step may run anywhere, at once and any number of times. The steps of `tick` take seconds at
most, what is left follows at the next one; `repair` looks at everything and runs each minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from notifications import expansion, heartbeats, planning, resting, retiming, telling
from notifications.alarms import alarm
from notifications.leases import recover_lost
from notifications.models import (
    INVITING,
    PERSONAL_INVITES,
    WELCOMING,
    Delivery,
    DeliveryQuerySet,
    Heartbeat,
    Purpose,
    Wave,
)
from notifications.waves import AFTERMATH, SLOWEST_COMMIT
from registrations import carers, changing, lost_links, recordings, waiting
from registrations.models import Registration
from webinars.models import Webinar

BATCH = 2_000
STEP_SECONDS = 2  # the next tick comes in five, and first of all takes back what was lost
REPAIR_BACK = timedelta(days=1)
REPAIR_EVERY = timedelta(minutes=1)
CAUGHT_UP = "caught up"
AT_ONCE = 200  # webinars

Step = Callable[[], object]


def tick() -> None:
    """Turn whatever is due by now into deliveries that are ready to be sent."""
    steps: list[Step] = [
        recover_lost,
        lost_links.mail_links,
        supersede_older_reminders,
        expand,
        gather_late_comers,
    ]
    steps += [expire, miss, skip_moot]
    if heartbeats.is_time_for("repair", REPAIR_EVERY):
        steps.append(repair)
    _each(steps)


def repair() -> None:
    """Make everything true again that follows from webinars and registrations."""
    ready, held = expansion.waiting(0), Delivery.objects.held().filter(sender__isnull=False)
    _each(
        [
            retiming.retime,
            plan_again,
            waiting.fill_all,
            catch_up,
            recordings.grant,
            telling.forget_addresses,
            carers.forget_unanswered,
            changing.forget_changes,
            resting.forget_domains,
            partial(follow_the_ends, ready),
            partial(follow_the_ends, held),
        ]
    )


def _each(steps: list[Step]) -> None:
    """One that fails stops no other; then its error is raised."""
    errors = [error for step in steps if (error := _error(step))]
    if errors:
        raise errors[0]


def _error(step: Step) -> Exception | None:
    try:
        step()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        alarm(f"A step of the sweep failed ({type(error).__name__}). The others went on.")
        return error
    return None


# ---- Waves --------------------------------------------------------------------------------------


def expand() -> int:
    return expansion.expand_due(until=monotonic() + STEP_SECONDS)


def gather_late_comers() -> int:
    """Of the waves not due yet, or just now. The others' stragglers are the repair's."""
    return expansion.gather_stragglers(expansion.begun().filter(due_at__gt=Now() - REPAIR_EVERY))


def supersede_older_reminders() -> int:
    """After an outage the newest reminder goes alone: one mail, not three."""
    live = Wave.objects.filter(
        purpose=Purpose.REMINDER, expires_at__gt=Now(), state__in=planning.LIVE
    )
    newer = live.filter(
        webinar=OuterRef("webinar"),
        schedule_revision=OuterRef("schedule_revision"),
        zone__in=["", OuterRef("zone")],
        due_at__gt=OuterRef("due_at"),
        due_at__lte=Now(),
    )
    unfinished = [wave.pk for wave in live.filter(Exists(newer)) if _is_unfinished(wave)]
    older = Wave.objects.filter(pk__in=unfinished, state__in=planning.LIVE)
    return older.update(state=Wave.State.SUPERSEDED)


def _is_unfinished(wave: Wave) -> bool:
    return wave.state == Wave.State.PLANNED or expansion.waiting(wave.pk).exists()


def miss() -> None:
    """A wave not, or not wholly, expanded in time is missed: said loudly, never silent."""
    for wave in Wave.objects.planned().filter(expires_at__lte=Now()):
        people = expansion.left_out(wave)
        state = Wave.State.EXPANDED if wave.cursor and not people else Wave.State.MISSED
        unchanged = Wave.objects.planned().filter(pk=wave.pk, cursor=wave.cursor)
        if unchanged.update(state=state) and people:
            alarm(f"Wave {wave.pk} was missed: {people} people were not written to.")


# ---- Deliveries ---------------------------------------------------------------------------------


def expire() -> int:
    """What became useless while it waited is not sent, and says so."""
    late = expansion.waiting(0).filter(expires_at__lte=Now())
    follow_the_ends(late)
    waves = Wave.objects.filter(expires_at__lte=Now())
    return _settle([late, *_waiting(waves)], Delivery.State.EXPIRED, "too late to be useful")


def skip_moot() -> int:
    """Settle behind an act that made a whole wave superfluous; the stamps refuse it already."""
    waves = Wave.objects.filter(state=Wave.State.SUPERSEDED)
    return _settle([*_waiting(waves)], Delivery.State.SKIPPED, "superseded")


def _waiting(waves: QuerySet[Wave]) -> Iterator[QuerySet[Delivery]]:
    """The ready deliveries of those waves that have any."""
    some = waves.filter(pk__in=expansion.waves_with_waiting())
    return map(expansion.waiting, some.values_list("pk", flat=True))


def _settle(groups: list[QuerySet[Delivery]], state: Delivery.State, outcome: str) -> int:
    until = monotonic() + STEP_SECONDS
    settled = {"state": state, "outcome": outcome, "settled_at": Now()}
    return sum(_update(group, settled, until) for group in groups)


def follow_the_ends(deliveries: QuerySet[Delivery]) -> int:
    """A confirmation that is not sent yet is useful until the end, wherever the end has moved."""
    webinar = Webinar.objects.filter(registrations=OuterRef("registration"))
    outdated = deliveries.filter(
        ~Exists(webinar.filter(ends_at=OuterRef("expires_at"))),
        purpose__in=PERSONAL_INVITES,
    )
    ends_at = {"expires_at": Subquery(webinar.values("ends_at")[:1])}
    return _update(outdated, ends_at, monotonic() + STEP_SECONDS)


def _update(deliveries: QuerySet[Delivery], values: Mapping[str, object], until: float) -> int:
    """In batches, as far as time allows; what others hold just now is left to the next time."""
    total, count = 0, BATCH
    while count == BATCH and monotonic() < until:
        count = _update_some(deliveries, values)
        total += count
    return total


@transaction.atomic
def _update_some(deliveries: QuerySet[Delivery], values: Mapping[str, object]) -> int:
    free = deliveries.select_for_update(skip_locked=True).values_list("pk", flat=True)
    return Delivery.objects.filter(pk__in=list(free[:BATCH])).update(**values)


# ---- Repairs ------------------------------------------------------------------------------------


def plan_again() -> None:
    """Plan what a missed bell, or one that rang too early, has left unplanned."""
    everything = _concerned().prefetch_related("waves", "reminder_rules", "revisions")
    for webinar in everything.iterator(chunk_size=AT_ONCE):
        try:
            if not planning.is_planned(webinar):
                _plan(webinar.pk)
        except DatabaseError:
            raise
        except Exception as error:  # it stops no other
            alarm(f"Webinar {webinar.pk} could not be planned again ({type(error).__name__}).")


def _concerned() -> QuerySet[Webinar]:
    """Webinars that may still have something to say."""
    recent = Q(ends_at__gt=Now()) | Q(changed_at__gt=Now() - REPAIR_BACK)
    return Webinar.objects.filter(recent, published_at__isnull=False)


@transaction.atomic
def _plan(webinar_id: int) -> None:
    """Locked and read anew: an act may have changed it since."""
    free = Webinar.objects.select_for_update(no_key=True, skip_locked=True)
    if webinar := free.filter(pk=webinar_id).first():
        planning.plan(webinar)


def catch_up() -> None:
    """Write down what is lacking of whoever changed since this was last done to its end."""
    since = Heartbeat.objects.filter(name=CAUGHT_UP).values_list("at", flat=True).first()
    expansion.gather_stragglers(expansion.begun(), since=since)
    until = monotonic() + STEP_SECONDS
    lacking = [
        (lacking_confirmation(since=since), telling.confirm),
        (lacking_notice(since=since), telling.tell_waiting),
        (lacking_farewell(since=since), telling.confirm_cancelling),
        (lacking_question(since=since), telling.ask_carer),
        (lacking_title(since=since), telling.rename_entry),
    ]
    if all(_write_down(registrations, act, until) for registrations, act in lacking):
        heartbeats.beat(CAUGHT_UP)


def _write_down(
    registrations: QuerySet[Registration], act: Callable[[Registration], None], until: float
) -> bool:
    """Whether time was enough."""
    for registration in registrations.iterator():
        act(registration)
        if monotonic() > until:
            return False
    return True


def lacking_confirmation(*, since: datetime | None = None) -> QuerySet[Registration]:
    """Active registrations for which no confirmation was written down."""
    return _lacking(WELCOMING, since).filter(
        state=Registration.State.ACTIVE,
        webinar__state=Webinar.State.PUBLISHED,
        webinar__ends_at__gt=Now(),
    )


def lacking_notice(*, since: datetime | None = None) -> QuerySet[Registration]:
    """People on the waiting list who were not told so."""
    return _lacking([Purpose.WAITLISTED], since).filter(
        state=Registration.State.WAITING,
        webinar__state=Webinar.State.PUBLISHED,
        webinar__starts_at__gt=Now(),
    )


def lacking_farewell(*, since: datetime | None = None) -> QuerySet[Registration]:
    """Cancelled registrations whose cancelling was not confirmed."""
    return _lacking([Purpose.REGISTRATION_CANCELLED], since).filter(
        state=Registration.State.CANCELLED,
        webinar__starts_at__gt=Now() - AFTERMATH,
    )


def lacking_question(*, since: datetime | None = None) -> QuerySet[Registration]:
    """Carers who were named, and whose mail was not written down."""
    asked = _lacking([Purpose.CARER_ASKED], since).filter(state=Registration.State.ASKED)
    return asked.filter(webinar__state=Webinar.State.PUBLISHED, webinar__starts_at__gt=Now())


def lacking_title(*, since: datetime | None = None) -> QuerySet[Registration]:
    """People whose calendar was told one title, and not the other that they chose since."""
    invites, chosen = _written(INVITING), OuterRef("title_version")
    told = invites.handed_over().filter(registration_version__lt=chosen)
    # What is not composed yet will say it; a renaming that was refused is not written again.
    said_since = invites.filter(
        Q(registration_version__gte=chosen)
        | Q(registration_version=None, purpose__in=PERSONAL_INVITES)
    )
    return _changed(since).filter(
        Exists(told),
        ~Exists(said_since),
        title_version__isnull=False,
        state=Registration.State.ACTIVE,
        webinar__state=Webinar.State.PUBLISHED,
        webinar__ends_at__gt=Now(),
    )


def _lacking(purposes: Sequence[Purpose], since: datetime | None) -> QuerySet[Registration]:
    return _changed(since).filter(~Exists(_written(purposes)))


def _written(purposes: Sequence[Purpose]) -> DeliveryQuerySet:
    """Of a registration's present epoch."""
    return Delivery.objects.filter(
        registration=OuterRef("pk"), epoch=OuterRef("epoch"), purpose__in=purposes
    )


def _changed(since: datetime | None) -> QuerySet[Registration]:
    """Since then, or in the last day."""
    begin = since - SLOWEST_COMMIT if since else Now() - REPAIR_BACK
    return Registration.objects.filter(changed_at__gt=begin).select_related("webinar")
