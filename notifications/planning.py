"""Rules -> waves -> deliveries. Idempotent: planning twice changes nothing, sweeping repairs.

Which waves a webinar should have follows from its rows alone (`waves.wanted`), so the bell that an
act rings and the periodic sweep do the same thing. Sending is `outbox`; the sweep is `sweeping`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Now

from notifications.models import (
    FAREWELLS,
    INVITING,
    OPTED_OUT,
    WELCOMING,
    Delivery,
    Lane,
    Purpose,
    ReminderRule,
    Suppression,
    Wave,
)
from notifications.waves import (
    AFTERMATH,
    database_now,
    hours,
    is_of_use,
    occasion,
    still_of_use,
    wanted,
    waves_of,
)
from notifications.waves import due as due
from registrations import changing
from registrations.carers import answer_by
from registrations.models import FormerAddress, Registration
from webinars.models import ZONE_RELEASE, Webinar

LINK_AGAIN_AFTER = timedelta(minutes=10)
RECORDING_IS_NEWS = timedelta(days=7)
LIVE = (Wave.State.PLANNED, Wave.State.EXPANDED)

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
    rule.created_at = database_now()
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
    rule.waves.filter(expires_at__gt=Now()).update(state=Wave.State.SUPERSEDED)
    _retire(rule)


def _retire(rule: ReminderRule) -> None:
    ReminderRule.objects.filter(pk=rule.pk).update(retired_at=Now(), is_enabled=False)


def _unplan(rule: ReminderRule) -> bool:
    """Drop the rule's waves that nobody was expanded from. False when some were: it is frozen.

    A wave expanded but not yet due is called back; one already due is left to finish.
    """
    # Locked, or one might be expanded from after it was found and before it is deleted.
    untouched = rule.waves.select_for_update().filter(state=Wave.State.PLANNED, cursor=0)
    Wave.objects.filter(pk__in=[wave.pk for wave in untouched]).delete()
    rule.waves.filter(due_at__gt=Now()).update(state=Wave.State.SUPERSEDED)
    return not rule.waves.exists()


# ---- Waves --------------------------------------------------------------------------------------


def plan(webinar: Webinar) -> None:
    """Make the waves this webinar should have and retire those it should not.

    Within the act's transaction, the webinar locked; or from the sweep.
    """
    supersede_stale(webinar)
    retime_waves(webinar)
    Wave.objects.bulk_create(lacking(webinar), ignore_conflicts=True)


def is_planned(webinar: Webinar) -> bool:
    """Whether `plan` would change nothing. Quick where waves, rules, revisions are prefetched."""
    return not (_stale(webinar) or lacking(webinar) or any(displaced(webinar)))


def supersede_stale(webinar: Webinar) -> None:
    """Retire what was planned for an earlier schedule, or for a webinar called off.

    Expanded waves too: the stamp refuses their deliveries.
    """
    stale = Wave.objects.filter(pk__in=[wave.pk for wave in _stale(webinar)], state__in=LIVE)
    stale.update(state=Wave.State.SUPERSEDED)


def _stale(webinar: Webinar) -> list[Wave]:
    live = (wave for wave in webinar.waves.all() if wave.state in LIVE)
    stale = [wave for wave in live if not _is_current(wave, webinar)]
    now = database_now() if stale else None
    return [wave for wave in stale if now and wave.expires_at > now]


def _is_current(wave: Wave, webinar: Webinar) -> bool:
    if wave.purpose == Purpose.CANCELLED:
        return True
    if webinar.state == Webinar.State.CANCELLED:
        return False
    if wave.purpose == Purpose.REMINDER:
        return wave.schedule_revision == webinar.schedule_revision
    return wave.sequence == webinar.sequence


def lacking(webinar: Webinar) -> list[Wave]:
    """The wanted waves that have no row yet."""
    have = {occasion(wave) for wave in webinar.waves.all()}
    return still_of_use([wave for wave in wanted(webinar) if occasion(wave) not in have])


def retime_waves(webinar: Webinar) -> None:
    """Follow the zones' rules with the reminders on local clocks that nobody was expanded from.

    Safe to repeat and to race: a wave follows each change once, and one that is being expanded is
    left alone. A process with older zone data than the webinar was timed by changes nothing.
    """
    if webinar.zone_release != ZONE_RELEASE:
        return
    for wave, rule, due_at in displaced(webinar):
        untouched = Wave.objects.planned().filter(pk=wave.pk, cursor=0, due_at=wave.due_at)
        if is_of_use(rule, webinar, due_at):
            untouched.update(**hours(rule, webinar, due_at))
        else:
            untouched.update(state=Wave.State.SUPERSEDED)


def displaced(webinar: Webinar) -> Iterator[tuple[Wave, ReminderRule, datetime]]:
    """The waves that are due at another instant by our rules, each with its rule and that."""
    rules = {rule.pk: rule for rule in webinar.reminder_rules.all() if rule.before is None}
    for wave in webinar.waves.all():
        rule = rules.get(wave.rule_id or 0)
        is_untouched = wave.state == Wave.State.PLANNED and wave.cursor == 0
        if rule and is_untouched and wave.schedule_revision == webinar.schedule_revision:
            due_at = due(rule, webinar, wave.zone)
            if due_at != wave.due_at:
                yield wave, rule, due_at


def _locked(webinar: Webinar) -> Webinar:
    return Webinar.objects.select_for_update(no_key=True).get(pk=webinar.pk)


# ---- One person's messages ----------------------------------------------------------------------


def confirm(registration: Registration) -> None:
    """The first message to somebody who has a place, with the invite; useful until the end."""
    purpose = Purpose.PROMOTED if registration.waiting_since else Purpose.CONFIRMATION
    _write_down(registration, purpose, expires_at=registration.webinar.ends_at)
    _take_leaves(registration)


def tell_waiting(registration: Registration) -> None:
    """The first message to somebody who waits, in place of the confirmation just written down.

    After the start no place is given any more.
    """
    Delivery.objects.filter(key=key(registration, Purpose.CONFIRMATION)).delete()
    _write_down(registration, Purpose.WAITLISTED, expires_at=registration.webinar.starts_at)
    _take_leaves(registration)


def take_leave(registration: Registration) -> None:
    """Of every mailbox that was left behind, once."""
    for former in registration.former_addresses.exclude(Exists(_farewells())):
        _take_leave(former)


def send_link_again(registration: Registration) -> None:
    """At most one link in ten minutes, whatever is pressed how often.

    The caller holds the registration's lock, so twenty presses are one mail.
    """
    recent = Delivery.objects.filter(
        registration=registration,
        epoch=registration.epoch,
        purpose__in=[*INVITING, Purpose.WAITLISTED],
        created_at__gt=Now() - LINK_AGAIN_AFTER,
    )
    waiting = Delivery.objects.filter(
        registration=registration,
        epoch=registration.epoch,
        purpose__in=[*WELCOMING, Purpose.ALREADY_REGISTERED, Purpose.WAITLISTED],
        state__in=[Delivery.State.READY, Delivery.State.CLAIMED, Delivery.State.SENDING],
    )
    webinar, has_place, now = registration.webinar, registration.is_active, database_now()
    is_over = not has_place and webinar.starts_at <= now  # the list, that is
    if is_over or recent.exists() or waiting.exists():
        return
    _write_down(
        registration,
        Purpose.ALREADY_REGISTERED if has_place else Purpose.WAITLISTED,
        expires_at=webinar.ends_at if has_place else webinar.starts_at,
        occasion=f"{now:%Y%m%d%H%M%S}",
    )


def rename_entry(registration: Registration) -> None:
    """An update of the invite, by the title that they chose; one that waits says it already."""
    waiting = Delivery.objects.filter(
        registration=registration,
        epoch=registration.epoch,
        purpose__in=[*WELCOMING, Purpose.ALREADY_REGISTERED, Purpose.TITLE_CHOSEN],
        state__in=[Delivery.State.READY, Delivery.State.CLAIMED],
    )
    if not waiting.exists():
        _write_down(
            registration,
            Purpose.TITLE_CHOSEN,
            expires_at=registration.webinar.ends_at,
            occasion=str(registration.sequence),
        )


def ask_carer(carer: Registration) -> None:
    """The only mail before their yes; useful as long as they may answer."""
    _write_down(carer, Purpose.CARER_ASKED, expires_at=answer_by(carer))


def ask_for_proof(registration: Registration) -> None:
    """Whether the new address is theirs; nobody is asked who must get no mail, or complained."""
    change = registration.address_changes.get(is_open=True)
    if not Suppression.objects.filter(address=change.address).exists():
        _write_down(
            registration,
            Purpose.ADDRESS_PROOF,
            expires_at=changing.ends_at(change),
            occasion=str(change.pk),
        )


def pass_over_reminders(registration: Registration) -> None:
    """Whoever wants reminders again gets none of those that were due meanwhile."""
    waves = registration.webinar.waves.filter(
        zone__in=["", registration.time_zone],
        purpose=Purpose.REMINDER,
        state__in=LIVE,
        due_at__lte=Now(),
        expires_at__gt=Now(),
    )
    Delivery.objects.bulk_create(
        [_passed_over(registration, wave) for wave in waves], ignore_conflicts=True
    )


def _passed_over(registration: Registration, wave: Wave) -> Delivery:
    return Delivery(
        registration=registration,
        wave=wave,
        key=f"{registration.pk}:{registration.epoch}:{wave.purpose}:{wave.rule_id}"
        f":{wave.schedule_revision}",
        epoch=registration.epoch,
        purpose=wave.purpose,
        lane=Lane.BULK,
        state=Delivery.State.SKIPPED,
        outcome=OPTED_OUT,
        due_at=wave.due_at,
        next_attempt_at=wave.due_at,
        expires_at=wave.expires_at,
        settled_at=Now(),
    )


def confirm_cancelling(registration: Registration) -> None:
    expires_at = _end_of_aftermath(registration)
    _write_down(registration, Purpose.REGISTRATION_CANCELLED, expires_at=expires_at)


def tell_of_recording(registration: Registration) -> None:
    """Once, however often it is taken away and put there again."""
    expires_at = Now() + RECORDING_IS_NEWS
    _write_down(registration, Purpose.RECORDING, expires_at=expires_at, lane=Lane.BULK)


def drop(registration: Registration) -> None:
    """Whoever is erased hears nothing more. What a sender holds already the stamp refuses."""
    ready = Delivery.objects.filter(registration=registration, state=Delivery.State.READY)
    ready.update(state=Delivery.State.SKIPPED, outcome="erased", settled_at=Now())


def _take_leaves(registration: Registration) -> None:
    """Where a corrected address began the epoch, the mailbox left behind hears its last.

    (Whoever cancelled and registers again has a farewell on its way, or behind them.)
    """
    if registration.epoch:
        take_leave(registration)


def _take_leave(former: FormerAddress) -> None:
    """The calendar entry there goes away."""
    registration = former.registration
    expires_at = _end_of_aftermath(registration)
    _write_down(registration, Purpose.ADDRESS_CHANGED, epoch=former.epoch, expires_at=expires_at)


def forget_addresses() -> int:
    """An address left behind is kept until its mailbox is told, or never will be."""
    settled = _farewells().filter(settled_at__isnull=False)
    return FormerAddress.objects.filter(Exists(settled)).delete()[0]


def _farewells() -> QuerySet[Delivery]:
    """Of a former address."""
    return Delivery.objects.filter(
        registration=OuterRef("registration"), epoch=OuterRef("epoch"), purpose__in=FAREWELLS
    )


def _end_of_aftermath(registration: Registration) -> Combinable:
    return Greatest(Value(registration.webinar.starts_at), Now()) + AFTERMATH


def plan_zone(registration: Registration) -> None:
    """Make the waves of rules on attendees' clocks for a zone that nobody was in before."""
    webinar, zone = registration.webinar, registration.time_zone
    rules = [rule for rule in webinar.reminder_rules.all() if _is_on_attendees_clocks_now(rule)]
    if webinar.state != Webinar.State.PUBLISHED or not registration.is_active or not rules:
        return
    have = {occasion(wave) for wave in webinar.waves.filter(zone=zone)}
    waves = [wave for rule in rules for wave in waves_of(rule, webinar, [zone])]
    missing = still_of_use([wave for wave in waves if occasion(wave) not in have])
    Wave.objects.bulk_create(missing, ignore_conflicts=True)


def _is_on_attendees_clocks_now(rule: ReminderRule) -> bool:
    return rule.is_on_attendees_clocks and rule.is_enabled and rule.retired_at is None


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
    expires_at: datetime | Combinable,
    occasion: str = "",
    epoch: int | None = None,
    lane: Lane = Lane.URGENT,
) -> None:
    """Of the present epoch, unless an earlier one is given."""
    delivery = Delivery(
        registration=registration,
        key=key(registration, purpose, occasion, epoch),
        epoch=registration.epoch if epoch is None else epoch,
        purpose=purpose,
        lane=lane,
        due_at=Now(),
        next_attempt_at=Now(),
        expires_at=expires_at,
    )
    Delivery.objects.bulk_create([delivery], ignore_conflicts=True)
