"""Who comes: registrations, the seats of webinars that have a limit, and what was consented to."""

from __future__ import annotations

import unicodedata
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from webinars import times
from webinars.models import Webinar

# The consent text's version, stored with each consent. Change it with the words on the form.
CONSENT_VERSION = "2026-11"


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def active(self) -> Self:
        return self.filter(state=Registration.State.ACTIVE)

    def locked(self, pk: int) -> Registration:
        """With its webinar, until the transaction ends."""
        rows = self.select_related("webinar").select_for_update(no_key=True, of=("self",))
        return rows.get(pk=pk)


class Registration(models.Model):
    """One person's place in one webinar.

    `epoch` counts how often the person has registered (again after cancelling, or at an address
    that was corrected): messages of an earlier one are not theirs any more. `version` grows
    with whatever an email says or where it goes, so that a stale composition is never handed
    over; `sequence` is this person's share of the calendar SEQUENCE.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Registered")
        CANCELLED = "cancelled", _("Cancelled")
        ERASED = "erased", _("Erased")
        REPLACED = "replaced", _("Replaced: its address was mistyped")

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
    active_since = models.DateTimeField(editable=False)
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

    # Not stored: whether `signup.register` has made or renewed it just now.
    is_new = False

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webinar", "address", "name_key"], name="one_registration_per_person"
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
                fields=["webinar", "id"], name="registration_members", condition=Q(state="active")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or str(self.get_state_display())

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def gets_reminders(self) -> bool:
        return self.reminders_stopped_at is None

    def save_change(self) -> None:
        """What was composed before is not handed over any more. The row must be locked."""
        self.version += 1
        self.changed_at = times.now()
        self.save()


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


class AddressChange(models.Model):
    """Somebody wants their emails at another address, whose owner has not said yes yet.

    One is open at a time. Kept for a day: they count how often somebody asks.
    """

    registration = models.ForeignKey(
        Registration,
        on_delete=models.CASCADE,
        related_name="address_changes",
        db_index=False,  # `address_changes_of_person` begins with it
    )
    epoch = models.PositiveSmallIntegerField(help_text="The registration's, until then.")
    email = models.EmailField(max_length=254, blank=True, help_text="Empty once it is closed.")
    address = models.CharField(max_length=254, blank=True)
    is_open = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration"],
                name="one_open_address_change",
                condition=Q(is_open=True),
            ),
            models.CheckConstraint(
                name="closed_address_change_names_nobody",
                condition=Q(is_open=True) | Q(email="", address=""),
            ),
        ]
        indexes = [
            models.Index(fields=["registration", "at"], name="address_changes_of_person"),
        ]

    def __str__(self) -> str:
        return f"address change {self.pk}"


class Erasure(models.Model):
    """That a registration was erased: evidence, and what a restored backup must do again."""

    uuid = models.UUIDField(unique=True, help_text="The registration's, before it was erased.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"erasure {self.pk}"


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
