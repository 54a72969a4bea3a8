"""Rules -> waves -> deliveries. Idempotent: planning twice changes nothing, sweeping repairs.

Which waves a webinar should have follows from its rows alone (`waves.wanted`), so the bell that an
act rings and the periodic sweep do the same thing. Sending is `outbox`; the sweep is `sweeping`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now

from notifications.models import (
    Purpose,
    ReminderRule,
    Wave,
)
from notifications.waves import (
    database_now,
    hours,
    is_of_use,
    occasion,
    still_of_use,
    wanted,
    waves_of,
)
from notifications.waves import due as due
from registrations.models import Registration
from webinars.models import ZONE_RELEASE, Webinar

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


def plan_zone(registration: Registration) -> None:
    """Make the waves of rules on attendees' clocks for a zone that nobody was in before.

    For who waits, too: made when they get a place, with the seats held, a wave would wait for
    another of that zone whose maker waits for the seats.
    """
    webinar, zone = registration.webinar, registration.time_zone
    rules = [rule for rule in webinar.reminder_rules.all() if _is_on_attendees_clocks_now(rule)]
    if webinar.state != Webinar.State.PUBLISHED or not registration.is_signed_up or not rules:
        return
    have = {occasion(wave) for wave in webinar.waves.filter(zone=zone)}
    waves = [wave for rule in rules for wave in waves_of(rule, webinar, [zone])]
    missing = still_of_use([wave for wave in waves if occasion(wave) not in have])
    Wave.objects.bulk_create(missing, ignore_conflicts=True)


def _is_on_attendees_clocks_now(rule: ReminderRule) -> bool:
    return rule.is_on_attendees_clocks and rule.is_enabled and rule.retired_at is None
