"""Forgetting a person: whatever names them goes, what counts them stays."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from registrations import refusals, waiting
from registrations.models import LinkRequest, Registration
from registrations.signals import News, registration_changed
from webinars import times

FORGOTTEN = "Erased"
COUNTED = ("epoch", "version", "manage_epoch", "join_epoch")  # raised: what was made is void


@transaction.atomic
def refuse(registration: Registration) -> None:
    """Erase whoever says that it was not they who registered, and let nobody do it again."""
    refusals.note(registration.webinar, registration.address)
    erase(registration)


@transaction.atomic
def erase(registration: Registration) -> None:
    """Delete name, address, links and consents, and free the seat for whoever waits longest.

    Nothing can bring them back. The row stays, nameless, for the webinar's numbers. Nothing more
    is sent: the person asked for it on a page that says so. A second time does nothing.
    """
    found = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if found.state == Registration.State.ERASED:
        return
    had_a_place = found.is_active
    LinkRequest.objects.filter(address=found.address).delete()
    found.former_addresses.all().delete()
    found.consents.all().delete()
    _forget_in_the_log(found)
    _make_nameless(found)
    registration_changed.send(Registration, registration=found, news=News.ERASED)
    if had_a_place:
        waiting.free_a_seat(found.webinar_id)


def _make_nameless(registration: Registration) -> None:
    for name in ("first_name", "last_name", "email", "name_key", "source"):
        setattr(registration, name, "")
    registration.uuid, registration.calendar_uid = uuid4(), uuid4()
    registration.address = f"erased {registration.pk}"  # no address has a space
    registration.time_zone = registration.webinar.time_zone
    registration.language = registration.webinar.language
    registration.state = Registration.State.ERASED
    for name in COUNTED:
        setattr(registration, name, getattr(registration, name) + 1)
    registration.changed_at = times.now()
    registration.save()


def _forget_in_the_log(registration: Registration) -> None:
    """What staff did stays; whom it was about is named there in words."""
    kind = ContentType.objects.get_for_model(Registration)
    log = LogEntry.objects.filter(content_type=kind, object_id=str(registration.pk))
    log.update(object_repr=FORGOTTEN, change_message="")
