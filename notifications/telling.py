"""What one person hears because of something they did: each message is one row, written at once.

What everybody of a webinar hears is `planning`; sending is `outbox`. The acts call this inside
their transaction, and the sweep once more for whatever a missed bell left unwritten.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Now

from notifications.models import (
    FAREWELLS,
    INVITING,
    OPTED_OUT,
    PERSONAL_INVITES,
    WELCOMING,
    Delivery,
    Lane,
    Purpose,
    Suppression,
    Wave,
)
from notifications.planning import LIVE
from notifications.waves import AFTERMATH, database_now
from registrations import changing
from registrations.carers import answer_by
from registrations.models import FormerAddress, Registration


class _Now(Now):
    """By itself it would be resolved anew for each row, which takes as long as all other columns.

    It names no column, so there is nothing to resolve.
    """

    def resolve_expression(self, *_: Any, **__: Any) -> Self:
        return self


AT_ONCE = _Now()
LINK_AGAIN_AFTER = timedelta(minutes=10)
RECORDING_IS_NEWS = timedelta(days=7)


def confirm(registration: Registration) -> None:
    """The first message to somebody who has a place, with the invite; useful until the end."""
    purpose = Purpose.PROMOTED if registration.waiting_since else Purpose.CONFIRMATION
    _write_down(registration, purpose, expires_at=registration.webinar.ends_at)
    _take_leaves(registration)


def tell_waiting(registration: Registration) -> None:
    """The first message to somebody who waits. After the start no place is given any more."""
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
    recent = Q(purpose__in=[*INVITING, Purpose.WAITLISTED], created_at__gt=Now() - LINK_AGAIN_AFTER)
    on_its_way = Q(
        purpose__in=[*WELCOMING, Purpose.ALREADY_REGISTERED, Purpose.WAITLISTED],
        state__in=[Delivery.State.READY, Delivery.State.CLAIMED, Delivery.State.SENDING],
    )
    webinar, has_place, now = registration.webinar, registration.is_active, database_now()
    is_over = not has_place and webinar.starts_at <= now  # the list, that is
    theirs = Delivery.objects.filter(registration=registration, epoch=registration.epoch)
    if is_over or theirs.filter(recent | on_its_way).exists():
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
        purpose__in=PERSONAL_INVITES,
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


@transaction.atomic
def forget_addresses() -> int:
    """An address left behind is kept until its mailbox is told, or never will be.

    And so is the first name of a place that was made for it by mistake.
    """
    settled = _farewells().filter(settled_at__isnull=False)
    told = FormerAddress.objects.filter(Exists(settled))
    told_of = list(told.values_list("registration", flat=True))
    forgotten = told.delete()[0]
    replaced = Registration.objects.filter(pk__in=told_of, state=Registration.State.REPLACED)
    replaced.filter(former_addresses=None).update(first_name="", name_key="")
    return forgotten


def _farewells() -> QuerySet[Delivery]:
    """Of a former address."""
    return Delivery.objects.filter(
        registration=OuterRef("registration"), epoch=OuterRef("epoch"), purpose__in=FAREWELLS
    )


def _end_of_aftermath(registration: Registration) -> Combinable:
    return Greatest(Value(registration.webinar.starts_at), Now()) + AFTERMATH


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
        due_at=AT_ONCE,
        next_attempt_at=AT_ONCE,
        expires_at=expires_at,
    )
    Delivery.objects.bulk_create([delivery], ignore_conflicts=True)
