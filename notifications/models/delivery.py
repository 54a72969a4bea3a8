"""The ledger: one row for each email to one person, and the addresses that get none."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from notifications.models.purposes import FAREWELLS, Lane, Purpose
from notifications.models.running import Sender
from notifications.models.waves import Wave
from registrations.models import AddressChange, FormerAddress, Registration
from webinars.models import Revision


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def ready(self) -> Self:
        return self.filter(
            state=Delivery.State.READY, next_attempt_at__lte=Now(), expires_at__gt=Now()
        )

    def held(self) -> Self:
        return self.filter(state__in=[Delivery.State.CLAIMED, Delivery.State.SENDING])

    def handed_over(self) -> Self:
        """Those that the relay accepted, whatever became of them later."""
        return self.filter(state__in=Delivery.HANDED_OVER)


class Delivery(models.Model):
    """One email to one person, written down before it is sent."""

    class State(models.TextChoices):
        READY = "ready", _("To be sent")
        CLAIMED = "claimed", _("Being prepared")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Marked as spam")
        SKIPPED = "skipped", _("Not needed")
        FAILED = "failed", _("Refused")
        EXPIRED = "expired", _("Too late")
        DEAD = "dead", _("Given up")

    HANDED_OVER = (State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED)

    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="deliveries"
    )
    # The wave is locked while its deliveries are written, and one that was begun is never deleted:
    # a constraint would cost a fifth of the expansion.
    wave = models.ForeignKey(
        Wave,
        null=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_constraint=False,
    )
    # registration:epoch:purpose:rule:revision, the only uniqueness: somebody who changes zone is
    # not reminded twice, somebody who registers again is.
    key = models.CharField(max_length=120)
    epoch = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=30, choices=Purpose)
    lane = models.PositiveSmallIntegerField(choices=Lane)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    due_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    tries = models.PositiveSmallIntegerField(default=0, help_text="Hand-overs begun.")
    deferrals = models.PositiveSmallIntegerField(default=0, help_text="Temporary refusals.")
    deaths = models.PositiveSmallIntegerField(default=0, help_text="Senders lost holding it.")
    ambiguous = models.PositiveSmallIntegerField(
        default=0, help_text="Hand-overs whose answer was lost."
    )
    # A claim locks its sender's row, and a revision goes with its webinar: constraints would look
    # at both once more for every email.
    sender = models.ForeignKey(
        Sender,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="deliveries",
        db_index=False,  # `delivery_of_sender` is a thousandth of its size
        db_constraint=False,
    )

    # What was composed: a repeat is the same message, and what the person was told is known.
    revision = models.ForeignKey(
        Revision,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    registration_version = models.PositiveIntegerField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    date = models.DateTimeField(null=True, blank=True)
    seed = models.CharField(max_length=32, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    stamped_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    smtp_code = models.PositiveSmallIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["key"], name="no_delivery_twice")]
        indexes = [
            # In the order of a claim, which goes round the waves of a lane.
            models.Index(
                F("lane"),
                Coalesce(F("wave"), Value(0)),
                F("next_attempt_at"),
                name="delivery_ready",
                condition=Q(state="ready"),
            ),
            # Rows settle roughly in the order in which they were written: a BRIN index is tiny.
            BrinIndex(fields=["settled_at"], name="delivery_settled", autosummarize=True),
            models.Index(
                fields=["sender"], name="delivery_of_sender", condition=Q(sender__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    @cached_property
    def former_address(self) -> FormerAddress | None:
        """Where it goes, if not to the registration's present address.

        Raises `FormerAddress.DoesNotExist` when that is forgotten.
        """
        is_earlier = self.epoch < self.registration.epoch
        if not (is_earlier and self.purpose in FAREWELLS):
            return None
        return self.registration.former_addresses.get(epoch=self.epoch)

    @cached_property
    def address_change(self) -> AddressChange | None:
        """Whose new address it asks about; None when nobody wants to know any more."""
        occasion = self.key.rpartition(":")[2]
        return self.registration.address_changes.filter(pk=occasion, is_open=True).first()

    @property
    def mailbox(self) -> Registration | FormerAddress | AddressChange:
        """Whose address it goes to. Raises `ObjectDoesNotExist` when that is forgotten."""
        if self.purpose != Purpose.ADDRESS_PROOF:
            return self.former_address or self.registration
        if self.address_change is None:
            raise AddressChange.DoesNotExist
        return self.address_change

    @property
    def address(self) -> str:
        """The address it goes to, as `address_key` gives it."""
        return self.mailbox.address


class Suppression(models.Model):
    """An address that mail must not go to any more."""

    class Scope(models.TextChoices):
        ALL = "all", _("Everything: the mailbox does not exist")
        OPTIONAL = "optional", _("Reminders: the owner complained")

    address = models.CharField(max_length=254, unique=True, help_text="As `address_key` gives it.")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.ALL)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"suppression {self.pk}"
