"""Who wants to hear when the recording is there: the wish is noted, granted once, and gone."""

from __future__ import annotations

from django.db import transaction

from registrations.models import RecordingWish, Registration
from registrations.signals import News, registration_changed
from webinars import times
from webinars.models import Webinar

AT_ONCE = 1_000


@transaction.atomic
def wish(registration: Registration) -> None:
    """Note it. Once more, or for a place that was given up, it does nothing."""
    if Registration.objects.locked(registration.pk).is_active:
        noted = RecordingWish(registration=registration, at=times.now())
        RecordingWish.objects.bulk_create([noted], ignore_conflicts=True)


def is_wished(registration: Registration) -> bool:
    return RecordingWish.objects.filter(registration=registration).exists()


def grant() -> int:
    """Tell those whose recording is there by now; the others wait on. For the sweep."""
    granted = RecordingWish.objects.filter(
        registration__webinar__state=Webinar.State.PUBLISHED,
        registration__webinar__recording_url__gt="",
        registration__webinar__ends_at__lte=times.now(),
    )
    return sum(_grant(pk) for pk in [*granted.values_list("pk", flat=True)[:AT_ONCE]])


@transaction.atomic
def _grant(registration_id: int) -> int:
    """Safe to repeat and to race: only one takes the wish away."""
    # The registration first, as whoever erases it does.
    locked = Registration.objects.select_related("webinar").select_for_update(
        no_key=True, of=("self",)
    )
    registration = locked.get(pk=registration_id)
    is_mine = RecordingWish.objects.filter(pk=registration_id).delete()[0]
    if not (is_mine and registration.is_active):
        return 0
    registration_changed.send(Registration, registration=registration, news=News.RECORDED)
    return 1
