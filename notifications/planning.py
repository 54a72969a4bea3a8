"""Rules -> waves -> deliveries. Idempotent: planning twice changes nothing, sweeping repairs.

Which waves a webinar should have follows from its rows alone (`wanted`), so the bell that an act
rings and the periodic sweep do the same thing. Sending is `outbox`; the sweep is `sweeping`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from notifications.models import INVITING, Delivery, Lane, Purpose, ReminderRule, Wave
from registrations.models import FormerAddress, Registration
from webinars import times
from webinars.models import ZONE_RELEASE, Revision, Webinar

EXPAND_BEFORE = timedelta(minutes=10)
COLLAPSE_MOVES = timedelta(minutes=5)
NEAR = timedelta(hours=24)
AFTERMATH = timedelta(hours=2)  # how long after the start a cancellation is still worth telling
LINK_AGAIN_AFTER = timedelta(minutes=10)
SLOWEST_COMMIT = timedelta(minutes=15)  # between the time that a row notes and its commit

# (before the start, not sent any more this near to it)
DEFAULT_RULES = (
    (timedelta(days=7), timedelta(days=2)),
    (timedelta(days=1), timedelta(hours=2)),
    (timedelta(hours=1), timedelta(minutes=15)),
    (timedelta(minutes=10), timedelta(0)),
)


# ---- Rules --------------------------------------------------------------------------------------


def copy_default_rules(webinar: Webinar) -> None:
    """Give a new webinar the default reminders; one that ever had rules keeps its own."""
    if not webinar.reminder_rules.exists():
        ReminderRule.objects.bulk_create(
            ReminderRule(webinar=webinar, before=before, send_until=until)
            for before, until in DEFAULT_RULES
        )


@transaction.atomic
def save_rule(rule: ReminderRule) -> ReminderRule:
    """Save an organizer's new or edited rule and plan anew; a frozen one is replaced.

    As it reads now it was decided now: what would have been due before is not sent.
    """
    webinar = _locked(rule.webinar)
    if rule.pk and not _unplan(rule):
        _retire(rule)
        rule.pk = None
        rule._state.adding = True
    rule.created_at = times.now()
    rule.save()
    plan(webinar)
    return rule


@transaction.atomic
def retire_rule(rule: ReminderRule) -> None:
    """Take a rule away: what it planned and has not sent is not sent.

    The row stays, or the webinar would look like a new one and get the default rules again.
    """
    _locked(rule.webinar)
    _unplan(rule)
    rule.waves.filter(expires_at__gt=times.now()).update(state=Wave.State.SUPERSEDED)
    _retire(rule)


def _retire(rule: ReminderRule) -> None:
    ReminderRule.objects.filter(pk=rule.pk).update(retired_at=times.now(), is_enabled=False)


def _unplan(rule: ReminderRule) -> bool:
    """Drop the rule's waves that nobody was expanded from. False when some were: it is frozen.

    A wave expanded but not yet due is called back; one already due is left to finish.
    """
    rule.waves.filter(state=Wave.State.PLANNED, cursor=0).delete()
    rule.waves.filter(due_at__gt=times.now()).update(state=Wave.State.SUPERSEDED)
    return not rule.waves.exists()


# ---- Waves --------------------------------------------------------------------------------------


def plan(webinar: Webinar) -> None:
    """Make the waves this webinar should have and retire those it should not.

    Within the act's transaction, the webinar locked; or from the sweep.
    """
    supersede_stale(webinar)
    retime_waves(webinar)
    missing = list(lacking(webinar))
    Wave.objects.bulk_create(missing, ignore_conflicts=True)
    _follow_the_end(webinar)


def supersede_stale(webinar: Webinar) -> None:
    """Retire what was planned for an earlier schedule, or for a webinar called off.

    Expanded waves too: the stamp refuses their deliveries.
    """
    live = webinar.waves.filter(state__in=[Wave.State.PLANNED, Wave.State.EXPANDED])
    stale = live.exclude(purpose=Purpose.CANCELLED)
    if webinar.state != Webinar.State.CANCELLED:
        stale = stale.exclude(
            purpose=Purpose.REMINDER, schedule_revision=webinar.schedule_revision
        ).exclude(purpose=Purpose.MOVED, sequence=webinar.sequence)
    stale.filter(expires_at__gt=times.now()).update(state=Wave.State.SUPERSEDED)


def lacking(webinar: Webinar) -> Iterator[Wave]:
    """The wanted waves that have no row yet."""
    have = {_occasion(wave) for wave in webinar.waves.all()}
    return (wave for wave in wanted(webinar) if _occasion(wave) not in have)


def _occasion(wave: Wave) -> tuple[object, ...]:
    return (wave.purpose, wave.rule_id, wave.schedule_revision, wave.zone, wave.sequence)


def wanted(webinar: Webinar) -> Iterator[Wave]:
    """Every wave that follows from the webinar, its rules and its latest revision."""
    if webinar.state == Webinar.State.PUBLISHED:
        yield from _reminders(webinar)
        yield from _moved(webinar)
    elif webinar.state == Webinar.State.CANCELLED:
        yield _cancelled(webinar)


def _reminders(webinar: Webinar) -> Iterator[Wave]:
    for rule in webinar.reminder_rules.all():
        if rule.is_enabled and rule.retired_at is None:
            yield from _waves_of(rule, webinar)


def _waves_of(rule: ReminderRule, webinar: Webinar) -> Iterator[Wave]:
    """One wave, or one per attendees' zone; only those due after they were decided on."""
    for zone in _zones(rule, webinar):
        due_at = due(rule, webinar, zone)
        # Of a zone that nobody was in when it would have been due, nothing was missed.
        is_over = bool(zone) and webinar.starts_at - rule.send_until <= times.now()
        if _is_of_use(rule, webinar, due_at) and not is_over:
            yield Wave(
                webinar=webinar,
                purpose=Purpose.REMINDER,
                rule=rule,
                schedule_revision=webinar.schedule_revision,
                zone=zone,
                **_hours(rule, webinar, due_at),
            )


def _is_of_use(rule: ReminderRule, webinar: Webinar, due_at: datetime) -> bool:
    decided_at = max(webinar.scheduled_at or webinar.created_at, rule.created_at)
    return decided_at < due_at < webinar.starts_at


def _hours(rule: ReminderRule, webinar: Webinar, due_at: datetime) -> dict[str, datetime]:
    return {
        "due_at": due_at,
        "expand_at": due_at - EXPAND_BEFORE,
        "expires_at": max(webinar.starts_at - rule.send_until, due_at + timedelta(seconds=1)),
        "active_by": due_at,
    }


def _zones(rule: ReminderRule, webinar: Webinar) -> Iterable[str]:
    if not rule.is_on_attendees_clocks:
        return [""]
    return webinar.registrations.active().values_list("time_zone", flat=True).distinct()


def due(rule: ReminderRule, webinar: Webinar, zone: str) -> datetime:
    """When the rule's message is due (UTC). An hour that the zone skips becomes the next valid.

    Days count on the calendar of the clock that is used: of the start as that zone dates it.
    """
    if rule.days_before is None or rule.local_time is None:
        return webinar.starts_at - (rule.before or timedelta(0))
    name = zone or webinar.time_zone
    day = times.wall_clock(webinar.starts_at, name).date() - timedelta(days=rule.days_before)
    return times.next_instant(day, rule.local_time, name)


def retime_waves(webinar: Webinar) -> None:
    """Follow the zones' rules with the reminders on local clocks that nobody was expanded from.

    Safe to repeat and to race: a wave follows each change once, and one that is being expanded is
    left alone. A process with older zone data than the webinar was timed by changes nothing.
    """
    if webinar.zone_release != ZONE_RELEASE:
        return
    for wave, rule, due_at in displaced(webinar):
        untouched = Wave.objects.planned().filter(pk=wave.pk, cursor=0, due_at=wave.due_at)
        if _is_of_use(rule, webinar, due_at):
            untouched.update(**_hours(rule, webinar, due_at))
        else:
            untouched.update(state=Wave.State.SUPERSEDED)


def displaced(webinar: Webinar) -> Iterator[tuple[Wave, ReminderRule, datetime]]:
    """The waves that are due at another instant by our rules, each with its rule and that."""
    on_local_clocks = Wave.objects.planned().filter(
        rule__webinar=webinar,
        rule__before=None,
        cursor=0,
        schedule_revision=webinar.schedule_revision,
    )
    for wave in on_local_clocks.select_related("rule"):
        if wave.rule and (due_at := due(wave.rule, webinar, wave.zone)) != wave.due_at:
            yield wave, wave.rule, due_at


def _moved(webinar: Webinar) -> Iterator[Wave]:
    """Due five minutes after the edit, so that two edits are one mail; at once when it is near.

    None before the first change, and none for a change during the session: no mail is in time.
    """
    revision = webinar.revisions.get(number=webinar.sequence)
    if webinar.sequence == 0 or revision.at >= webinar.starts_at:
        return
    starts = webinar.revisions.values_list("starts_at", flat=True)
    is_near = any(abs(start - revision.at) < NEAR for start in starts)
    due_at = revision.at if is_near else revision.at + COLLAPSE_MOVES
    wave = _news(webinar, Purpose.MOVED, revision, due_at, webinar.starts_at)
    # Somebody may have registered by the old words while this was being committed. Whoever was
    # told the new ones is passed over when the message is composed.
    wave.active_by = revision.at + SLOWEST_COMMIT
    yield wave


def _cancelled(webinar: Webinar) -> Wave:
    revision = webinar.revisions.get(number=webinar.sequence)
    expires_at = max(webinar.starts_at, revision.at) + AFTERMATH
    # Whoever was registering at that moment belongs to it too; nobody can later.
    wave = _news(webinar, Purpose.CANCELLED, revision, revision.at, expires_at)
    wave.active_by = expires_at
    return wave


def _news(
    webinar: Webinar, purpose: Purpose, revision: Revision, due_at: datetime, expires_at: datetime
) -> Wave:
    return Wave(
        webinar=webinar,
        purpose=purpose,
        schedule_revision=webinar.schedule_revision,
        sequence=webinar.sequence,
        due_at=due_at,
        expand_at=due_at,
        expires_at=expires_at,
        active_by=revision.at,
    )


def _follow_the_end(webinar: Webinar) -> None:
    """A confirmation that waits is useful until the end, wherever the end has moved."""
    Delivery.objects.filter(
        state__in=[Delivery.State.READY, Delivery.State.CLAIMED, Delivery.State.SENDING],
        purpose__in=[Purpose.CONFIRMATION, Purpose.ALREADY_REGISTERED],
        registration__webinar=webinar,
    ).exclude(expires_at=webinar.ends_at).update(expires_at=webinar.ends_at)


def _locked(webinar: Webinar) -> Webinar:
    return Webinar.objects.select_for_update(no_key=True).get(pk=webinar.pk)


# ---- One person's messages ----------------------------------------------------------------------


def confirm(registration: Registration) -> None:
    """The first message of an epoch, with the invite; useful until the end.

    Where a corrected address began the epoch, the mailbox left behind hears its last.
    """
    _write_down(registration, Purpose.CONFIRMATION, expires_at=registration.webinar.ends_at)
    if registration.epoch:
        for former in registration.former_addresses.all():
            _take_leave(former)


def send_link_again(registration: Registration) -> None:
    """At most one link in ten minutes, whatever is pressed how often.

    The caller holds the registration's lock, so twenty presses are one mail.
    """
    now = times.now()
    recent = Delivery.objects.filter(
        registration=registration,
        epoch=registration.epoch,
        purpose__in=INVITING,
        created_at__gt=now - LINK_AGAIN_AFTER,
    )
    waiting = Delivery.objects.filter(
        registration=registration,
        epoch=registration.epoch,
        purpose__in=[Purpose.CONFIRMATION, Purpose.ALREADY_REGISTERED],
        state__in=[Delivery.State.READY, Delivery.State.CLAIMED, Delivery.State.SENDING],
    )
    if not recent.exists() and not waiting.exists():
        _write_down(
            registration,
            Purpose.ALREADY_REGISTERED,
            expires_at=registration.webinar.ends_at,
            occasion=f"{now:%Y%m%d%H%M%S}",
        )


def confirm_cancelling(registration: Registration) -> None:
    expires_at = _end_of_aftermath(registration)
    _write_down(registration, Purpose.REGISTRATION_CANCELLED, expires_at=expires_at)


def _take_leave(former: FormerAddress) -> None:
    """The calendar entry there goes away."""
    registration = former.registration
    expires_at = _end_of_aftermath(registration)
    _write_down(registration, Purpose.ADDRESS_CHANGED, epoch=former.epoch, expires_at=expires_at)


def forget_addresses() -> int:
    """An address left behind is kept until its mailbox is told, or never will be."""
    leave = Delivery.objects.filter(
        registration=OuterRef("registration"),
        epoch=OuterRef("epoch"),
        purpose=Purpose.ADDRESS_CHANGED,
    )
    settled = leave.filter(settled_at__isnull=False)
    return FormerAddress.objects.filter(Exists(settled)).delete()[0]


def _end_of_aftermath(registration: Registration) -> datetime:
    return max(registration.webinar.starts_at, times.now()) + AFTERMATH


def plan_zone(registration: Registration) -> None:
    """Make the waves of rules on attendees' clocks for a zone that nobody was in before."""
    webinar = registration.webinar
    rules = webinar.reminder_rules.filter(
        before=None, clock=ReminderRule.Clock.ATTENDEE, is_enabled=True, retired_at=None
    )
    if webinar.state == Webinar.State.PUBLISHED and rules.exists():
        Wave.objects.bulk_create(lacking(webinar), ignore_conflicts=True)


def key(
    registration: Registration, purpose: str, occasion: str = "", epoch: int | None = None
) -> str:
    """`<registration>:<epoch>:<purpose>:<rule>:<occasion>` of a message that has no rule."""
    epoch = registration.epoch if epoch is None else epoch
    return f"{registration.pk}:{epoch}:{purpose}::{occasion}"


def _write_down(
    registration: Registration,
    purpose: Purpose,
    *,
    expires_at: datetime,
    occasion: str = "",
    epoch: int | None = None,
) -> None:
    """Of the present epoch, unless an earlier one is given."""
    now = times.now()
    delivery = Delivery(
        registration=registration,
        key=key(registration, purpose, occasion, epoch),
        epoch=registration.epoch if epoch is None else epoch,
        purpose=purpose,
        lane=Lane.URGENT,
        due_at=now,
        next_attempt_at=now,
        expires_at=expires_at,
        created_at=now,
    )
    Delivery.objects.bulk_create([delivery], ignore_conflicts=True)
