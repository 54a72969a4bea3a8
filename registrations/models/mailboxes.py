"""What is noted of mailboxes besides the one of a place, most of it for a short while."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from registrations.models.registration import Registration
from webinars.models import Webinar


class FormerAddress(models.Model):
    """A mailbox and its calendar entry that a correction, or registering again, has left behind.

    Kept only until that mailbox has been told: see `notifications.telling`.
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


class RecordingWish(models.Model):
    """Somebody wants to hear when the recording is there. Deleted when it is granted."""

    registration = models.OneToOneField(
        Registration, primary_key=True, on_delete=models.CASCADE, related_name="recording_wish"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"recording wish {self.pk}"


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
