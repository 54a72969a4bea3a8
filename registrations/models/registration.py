"""One person's place, and how people are compared."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from webinars import times
from webinars.models import Webinar


class ToldUUIDField(models.UUIDField):  # type: ignore[type-arg]
    """Every insert returns the row's own, also where the row had been there before."""

    db_returning = True


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def active(self) -> Self:
        return self.filter(state=Registration.State.ACTIVE)

    def live(self) -> Self:
        """The active, and carers who have not answered yet."""
        return self.filter(state__in=[Registration.State.ASKED, Registration.State.ACTIVE])

    def attendees(self) -> Self:
        """Who comes. Whoever helps one of them takes no seat and is not counted."""
        return self.filter(carer_of=None)

    def locked(self, pk: int) -> Registration:
        """The row as it is now, with its webinar; held until the transaction ends."""
        rows = self.select_related("webinar").select_for_update(no_key=True, of=("self",))
        return rows.get(pk=pk)

    def waiting(self) -> Self:
        """In the order in which they get a place."""
        found = self.filter(state=Registration.State.WAITING)
        return found.order_by("waiting_since", "pk")

    def signed_up(self) -> Self:
        return self.filter(state__in=Registration.SIGNED_UP)


class Registration(models.Model):
    """One person's place in one webinar; or a carer's copy of somebody's: see `carers`.

    `epoch` counts how often the person has registered (again after cancelling, or at an address
    that was corrected): messages of an earlier one are not theirs any more. `version` grows
    with whatever an email says or where it goes, so that a stale composition is never handed
    over; `sequence` is this person's share of the calendar SEQUENCE.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Asked to help")
        ACTIVE = "active", _("Registered")
        WAITING = "waiting", _("On the waiting list")
        CANCELLED = "cancelled", _("Cancelled")
        ERASED = "erased", _("Erased")
        REPLACED = "replaced", _("Replaced: its address was mistyped")

    # Those who have a place, or wait for one.
    SIGNED_UP = (State.ACTIVE, State.WAITING)

    uuid: models.UUIDField[UUID, UUID] = ToldUUIDField(default=uuid4, unique=True, editable=False)
    webinar = models.ForeignKey(
        Webinar,
        on_delete=models.PROTECT,
        related_name="registrations",
        db_index=False,  # `one_registration_per_person` begins with it
    )
    first_name = models.CharField(max_length=40)
    last_name = models.CharField(max_length=60, blank=True)
    email = models.EmailField(max_length=254, help_text="As typed; compared by `address`.")
    address = models.CharField(max_length=254, editable=False)
    name_key = models.CharField(max_length=80, editable=False)
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    phone = models.CharField(max_length=40, blank=True)
    access_needs = models.CharField(max_length=500, blank=True)
    speaker_question = models.CharField("question for the speaker", max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    shows_title = models.BooleanField(
        default=False,
        editable=False,
        help_text="Of a sensitive webinar: they want the full title in emails and calendar.",
    )
    title_version = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="The `version` that began with that choice; empty for whoever never chose.",
    )
    carer_of = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="carers",
        editable=False,
        db_index=False,  # `registration_carers` is a thousandth of its size
        help_text="Whom this person helps to join; empty for whoever comes.",
    )

    calendar_uid = models.UUIDField(default=uuid4, editable=False)
    epoch = models.PositiveSmallIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    manage_epoch = models.PositiveSmallIntegerField(default=0, editable=False)
    join_epoch = models.PositiveSmallIntegerField(default=0, editable=False)

    # What was agreed to before coming back is a `Consent`.
    consent_version = models.CharField(
        max_length=20,
        blank=True,
        editable=False,
        help_text="The words they agreed to; empty until they did.",
    )
    consent_language = models.CharField(max_length=5, blank=True, editable=False)
    consented_at = models.DateTimeField(null=True, editable=False)

    source = models.CharField(max_length=60, blank=True, editable=False)
    registered_at = models.DateTimeField(editable=False)
    active_since = models.DateTimeField(
        null=True, editable=False, help_text="Since when they have, or had, this place."
    )
    waiting_since = models.DateTimeField(
        null=True, editable=False, help_text="When it was put on the waiting list, if it was."
    )
    changed_at = models.DateTimeField(editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_removed = models.BooleanField(
        default=False, editable=False, help_text="The organizer cancelled it, unasked."
    )
    joined_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When Join was first pressed."
    )
    reminders_stopped_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="They keep the place without reminders."
    )
    given_way_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,  # nobody looks from there to here
        help_text="The one made in its place.",
    )

    # Not stored: what `signup.register` found.
    is_new = False  # made or renewed just now
    found_full = False  # every seat was taken

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webinar", "address", "name_key", "carer_of"],
                name="one_registration_per_person",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="only_carers_are_asked",
                condition=~Q(state="asked") | Q(carer_of__isnull=False),
            ),
            models.CheckConstraint(
                name="carers_see_no_topic",
                condition=Q(shows_title=False) | Q(carer_of__isnull=True),
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(active_since__isnull=False),
                name="a_place_has_its_beginning",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting")
                | Q(active_since__isnull=True, waiting_since__isnull=False),
                name="who_waits_has_no_place",
            ),
        ]
        indexes = [
            models.Index(
                fields=["webinar", "time_zone"],
                name="registration_zones",
                condition=Q(state="active"),
            ),
            # Always true, and so only for those who ask for a time. For a webinar that is newer
            # than its statistics PostgreSQL would else look up one person by reading all of it.
            models.Index(
                fields=["webinar", "changed_at"],
                name="registration_changed",
                condition=Q(changed_at__isnull=False),
            ),
            models.Index(fields=["address"], name="registration_address"),
            # In the order in which a wave is expanded.
            models.Index(
                fields=["webinar", "id"],
                name="registration_members",
                condition=Q(state__in=["active", "waiting"]),
            ),
            # In the order in which places are given.
            models.Index(
                fields=["webinar", "waiting_since", "id"],
                name="registration_waiting",
                condition=Q(state="waiting"),
            ),
            models.Index(
                fields=["carer_of"],
                name="registration_carers",
                condition=Q(carer_of__isnull=False),
            ),
            models.Index(
                fields=["registered_at"], name="registration_asked", condition=Q(state="asked")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or str(self.get_state_display())

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def is_carer(self) -> bool:
        return self.carer_of_id is not None

    @property
    def gets_reminders(self) -> bool:
        return self.reminders_stopped_at is None

    @property
    def discreet_title(self) -> str:
        """What may stand in their emails, in their calendar and on their pages."""
        return self.webinar.title_for(shows_title=self.shows_title)

    def save_change(self) -> None:
        """What was composed before is not handed over any more. The row must be locked."""
        self.version += 1
        self.changed_at = times.now()
        self.save()

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_signed_up(self) -> bool:
        """Whether they have a place, or wait for one."""
        return self.state in self.SIGNED_UP

    @property
    def known_since(self) -> datetime | None:
        """When they were told of the webinar as it was then."""
        return self.active_since or self.waiting_since

    @property
    def has_had_a_place(self) -> bool:
        """In this epoch: then there may be an entry in their calendar."""
        return self.active_since is not None


def address_key(email: str) -> str:
    """How addresses are compared: case-folded, domain in IDNA; dots and plus signs are kept."""
    local, _at, domain = email.strip().rpartition("@")
    folded = unicodedata.normalize("NFKC", local).casefold()
    try:
        host = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = domain.casefold()
    return f"{folded}@{host}"


def name_key(first_name: str) -> str:
    """How first names are compared: two people may share one mailbox."""
    return " ".join(unicodedata.normalize("NFKC", first_name).casefold().split())
