"""Forgetting a person: whatever names them goes, what counts them stays."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from registrations import refusals, waiting
from registrations.models import (
    Erasure,
    FormerAddress,
    LinkRequest,
    RecordingWish,
    Registration,
    RegistrationQuerySet,
)
from registrations.signals import News, registration_changed
from webinars import times

FORGOTTEN = "Erased"
EMPTIED = (
    *("first_name", "last_name", "email", "name_key", "source"),
    *("phone", "access_needs", "speaker_question", "consent_version", "consent_language"),
)
COUNTED = ("epoch", "version", "manage_epoch", "join_epoch")  # raised: what was made is void


@transaction.atomic
def refuse(registration: Registration) -> None:
    """Erase whoever says that it was not they who registered, and let nobody do it again."""
    refusals.note(registration.webinar, registration.address)
    erase(registration)


@transaction.atomic
def erase(registration: Registration) -> None:
    """Delete name, address, links, answers, consents; the seat is for whoever waits longest.

    Nothing brings them back. The row stays, nameless, for the webinar's numbers. Nothing more is
    sent: the person asked for it on a page that says so. Their carers' rows go the same way, and
    those whose mistyped address they mended. A second time does nothing.
    """
    found = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if found.state == Registration.State.ERASED:
        return
    had_a_place = found.is_active and not found.is_carer
    Erasure.objects.bulk_create([Erasure(uuid=found.uuid, at=times.now())], ignore_conflicts=True)
    LinkRequest.objects.filter(address=found.address).delete()
    RecordingWish.objects.filter(registration=found).delete()
    found.former_addresses.all().delete()
    found.address_changes.all().delete()
    found.consents.all().delete()
    found.answers.all().delete()
    _forget_in_the_log(found)
    _make_nameless(found)
    for other in (*found.carers.order_by("pk"), *_made_by_mistake(found)):
        erase(other)
    registration_changed.send(Registration, registration=found, news=News.ERASED)
    if had_a_place:
        waiting.free_a_seat(found.webinar_id)


def _make_nameless(registration: Registration) -> None:
    for name in EMPTIED:
        setattr(registration, name, "")
    registration.uuid, registration.calendar_uid = uuid4(), uuid4()
    registration.address = f"erased {registration.pk}"  # no address has a space
    registration.time_zone = registration.webinar.time_zone
    registration.language = registration.webinar.language
    registration.state, registration.shows_title = Registration.State.ERASED, False
    registration.consented_at = None
    for name in COUNTED:
        setattr(registration, name, getattr(registration, name) + 1)
    registration.changed_at = times.now()
    registration.save()


def _made_by_mistake(registration: Registration) -> RegistrationQuerySet:
    """Places of theirs at a mistyped address, whose owner was not told yet: so they are named."""
    untold = FormerAddress.objects.values("registration")
    return Registration.objects.filter(pk__in=untold, given_way_to=registration).order_by("pk")


def _forget_in_the_log(registration: Registration) -> None:
    """What staff did stays; whom it was about is named there in words."""
    kind = ContentType.objects.get_for_model(Registration)
    log = LogEntry.objects.filter(content_type=kind, object_id=str(registration.pk))
    log.update(object_repr=FORGOTTEN, change_message="")
