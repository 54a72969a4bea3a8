"""Who comes: registrations, the seats of webinars that have a limit, and what was consented to."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from webinars.models import Webinar

# The consent text's version, stored with each consent. Change it with the words on the form.
CONSENT_VERSION = "2026-11"


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def active(self) -> Self:
        return self.filter(state=Registration.State.ACTIVE)

    def waiting(self) -> Self:
        """In the order in which they get a place."""
        found = self.filter(state=Registration.State.WAITING)
        return found.order_by("waiting_since", "pk")

    def signed_up(self) -> Self:
        return self.filter(state__in=Registration.SIGNED_UP)


class Registration(models.Model):
    """One person's place in one webinar.

    `epoch` counts how often the person has registered (again after cancelling, or at an address
    that was corrected): messages of an earlier one are not theirs any more. `version` grows
    with whatever an email says or where it goes, so that a stale composition is never handed
    over; `sequence` is this person's share of the calendar SEQUENCE.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Registered")
        WAITING = "waiting", _("On the waiting list")
        CANCELLED = "cancelled", _("Cancelled")
        ERASED = "erased", _("Erased")

    # Those who have a place, or wait for one.
    SIGNED_UP = (State.ACTIVE, State.WAITING)

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
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
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)

    calendar_uid = models.UUIDField(default=uuid4, editable=False)
    epoch = models.PositiveSmallIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    manage_epoch = models.PositiveSmallIntegerField(default=0, editable=False)
    join_epoch = models.PositiveSmallIntegerField(default=0, editable=False)

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

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webinar", "address", "name_key"], name="one_registration_per_person"
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
            models.Index(fields=["webinar", "changed_at"], name="registration_changed"),
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
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or str(self.get_state_display())

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

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


class FormerAddress(models.Model):
    """A mailbox and its calendar entry that a correction, or registering again, has left behind.

    Kept only until that mailbox has been told: see `notifications.planning`.
    """

    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="former_addresses"
    )
    epoch = models.PositiveSmallIntegerField(help_text="The registration's, until then.")
    email = models.EmailField(max_length=254)
    address = models.CharField(max_length=254)
    calendar_uid = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "former addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "epoch"], name="one_former_address_in_each_epoch"
            ),
        ]

    def __str__(self) -> str:
        return f"former address {self.pk}"


class LinkRequest(models.Model):
    """Somebody asked for the private links of this address, which may have none.

    Deleted as soon as it is seen to, seconds later.
    """

    address = models.CharField(max_length=254, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"link request {self.pk}"


class Refusal(models.Model):
    """Somebody does not want this address, known by a keyed digest, signed up for a webinar."""

    webinar = models.ForeignKey(
        Webinar,
        on_delete=models.CASCADE,
        related_name="refusals",
        db_index=False,  # `one_refusal_of_an_address` begins with it
    )
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webinar", "digest"], name="one_refusal_of_an_address"),
        ]

    def __str__(self) -> str:
        return f"refusal {self.pk}"


class Consent(models.Model):
    """Which words somebody agreed to, in which language, and when. Never edited."""

    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="consents"
    )
    text_version = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.text_version} ({self.language})"


class Seats(models.Model):
    """How many seats of a webinar with a capacity are taken; no row where there is none."""

    webinar = models.OneToOneField(
        Webinar, primary_key=True, on_delete=models.CASCADE, related_name="seats"
    )
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "seats"

    def __str__(self) -> str:
        return str(self.taken)


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
