"""What we say and when: rules, waves, deliveries, and who is sending them.

A rule ("24 hours before") makes a wave per webinar and schedule revision; a wave is expanded
into one delivery per attendee just before it is due. The rows are the schedule: Celery and
Redis only carry wake-ups. How rows move is in `planning` and `outbox`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from registrations.models import AddressChange, FormerAddress, Registration
from webinars.models import Revision, Webinar


class Purpose(models.TextChoices):
    CONFIRMATION = "confirmation", _("Confirmation")
    WAITLISTED = "waitlisted", _("On the waiting list")
    PROMOTED = "promoted", _("Place from the waiting list")
    ALREADY_REGISTERED = "already_registered", _("Link sent again")
    REMINDER = "reminder", _("Reminder")
    MOVED = "moved", _("Changed")
    CANCELLED = "cancelled", _("Webinar cancelled")
    REGISTRATION_CANCELLED = "registration_cancelled", _("Registration cancelled")
    ADDRESS_CHANGED = "address_changed", _("Address corrected: to the old one")
    RECORDING = "recording", _("Recording")
    TITLE_CHOSEN = "title_chosen", _("Calendar entry renamed")
    CARER_ASKED = "carer_asked", _("Asked to help")
    ADDRESS_PROOF = "address_proof", _("Change of address: is it yours?")


# The messages that carry the invite, and so tell a person's calendar what is true.
INVITING = (
    Purpose.CONFIRMATION,
    Purpose.PROMOTED,
    Purpose.ALREADY_REGISTERED,
    Purpose.MOVED,
    Purpose.TITLE_CHOSEN,
)
# The first that somebody hears who has a place.
WELCOMING = (Purpose.CONFIRMATION, Purpose.PROMOTED)
# What a complaint stops.
OPTIONAL = (Purpose.REMINDER, Purpose.RECORDING, Purpose.CARER_ASKED)
# Those that take an entry away for good, also when another epoch has begun meanwhile.
FAREWELLS = (Purpose.REGISTRATION_CANCELLED, Purpose.ADDRESS_CHANGED)

# Why a message that was written down is not wanted any more.
OPTED_OUT, WITHDRAWN = "opted out", "withdrawn"


class Lane(models.IntegerChoices):
    """0: confirmations and what expires within 20 minutes; 1: within 2 hours; 2: the rest."""

    URGENT = 0, _("Urgent")
    SOON = 1, _("Soon")
    BULK = 2, _("Bulk")


class ReminderRule(models.Model):
    """When to remind: so long before the start, or days before at an hour on local clocks.

    A rule whose wave was expanded is frozen: editing it makes a new rule and retires this one.
    """

    class Clock(models.TextChoices):
        ATTENDEE = "attendee", _("the attendee's")
        WEBINAR = "webinar", _("the webinar's")

    webinar = models.ForeignKey(Webinar, on_delete=models.CASCADE, related_name="reminder_rules")
    before = models.DurationField(
        null=True, blank=True, help_text="How long before the start: 1 day is '1 00:00:00'."
    )
    days_before = models.PositiveSmallIntegerField(null=True, blank=True)
    local_time = models.TimeField(null=True, blank=True)
    clock = models.CharField("whose clock", max_length=10, choices=Clock, default=Clock.ATTENDEE)
    send_until = models.DurationField(
        default=timedelta(0), help_text="Not sent any more when the start is this near."
    )
    subject = models.CharField(max_length=120, blank=True, help_text="Empty: our own words.")
    text = models.TextField(blank=True, help_text="A line of your own at the top of the email.")
    is_enabled = models.BooleanField("enabled", default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-before", "-days_before", "pk"]
        constraints = [
            models.CheckConstraint(
                name="rule_is_an_offset_or_a_clock_time",
                condition=Q(before__isnull=False, days_before=None, local_time=None)
                | Q(before=None, days_before__isnull=False, local_time__isnull=False),
                violation_error_message="Say how long before the start, or days before together "
                "with a time of day - not both.",
            ),
        ]

    def __str__(self) -> str:
        if self.before is not None:
            return f"{self.before} before"
        return f"{self.days_before} days before at {self.local_time}"

    @property
    def is_on_attendees_clocks(self) -> bool:
        return self.before is None and self.clock == self.Clock.ATTENDEE


class WaveQuerySet(models.QuerySet["Wave"]):
    def planned(self) -> Self:
        return self.filter(state=Wave.State.PLANNED)

    def to_expand(self) -> Self:
        return self.planned().filter(expand_at__lte=Now(), expires_at__gt=Now())


class Wave(models.Model):
    """Everybody who hears the same thing at the same instant."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        EXPANDED = "expanded", _("Expanded")
        SUPERSEDED = "superseded", _("Superseded")
        MISSED = "missed", _("Missed")

    webinar = models.ForeignKey(Webinar, on_delete=models.CASCADE, related_name="waves")
    purpose = models.CharField(max_length=30, choices=Purpose)
    rule = models.ForeignKey(
        ReminderRule, null=True, on_delete=models.PROTECT, related_name="waves"
    )
    schedule_revision = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField(
        null=True, help_text="Of the change that a moved or cancelled wave tells; else empty."
    )
    zone = models.CharField(
        max_length=64, blank=True, help_text="For rules on the attendees' clocks; else empty."
    )
    due_at = models.DateTimeField()
    expand_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    active_by = models.DateTimeField(
        help_text="Only registrations that were active before this belong to it."
    )
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    cursor = models.BigIntegerField(default=0, help_text="The last registration expanded.")
    expanded_at = models.DateTimeField(null=True)

    objects = WaveQuerySet.as_manager()

    class Meta:
        constraints = [
            # `sequence` is part of it because two changes may share one schedule revision.
            models.UniqueConstraint(
                fields=["webinar", "purpose", "rule", "schedule_revision", "zone", "sequence"],
                name="one_wave_per_occasion",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["expand_at"], name="wave_planned", condition=Q(state="planned")),
            models.Index(fields=["expires_at"], name="wave_live", condition=Q(state="expanded")),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of webinar {self.webinar_id}, due {self.due_at:%Y-%m-%d %H:%M}Z"


class Sender(models.Model):
    """A process that is sending. It renews its row; a row left alone for a minute is lost."""

    host = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    renewed_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, help_text="Its last claim: it is at work.")

    class Meta:
        indexes = [models.Index(fields=["renewed_at"], name="sender_renewed")]

    def __str__(self) -> str:
        return f"{self.pid}@{self.host}"


class RelaySlot(models.Model):
    """One of the connections that the relay allows us, over all processes and hosts."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    sender = models.ForeignKey(
        Sender, null=True, on_delete=models.SET_NULL, related_name="slots", db_index=False
    )

    def __str__(self) -> str:
        return f"connection {self.number}"


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


class Heartbeat(models.Model):
    """That a part of the pipeline was alive, and when."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Ledger(models.Model):
    """Where the deliveries are kept, and whether all mail is held. One row: see `restoring`."""

    number = models.PositiveSmallIntegerField(primary_key=True, default=1)
    site = models.CharField(max_length=253, help_text="The site's host, as SITE_URL has it.")
    system = models.BigIntegerField(null=True, help_text="PostgreSQL's system identifier.")
    database = models.BigIntegerField(help_text="Its oid.")
    deliveries = models.BigIntegerField(help_text="The oid of their table: a restore changes it.")
    timeline = models.BigIntegerField(null=True, help_text="Of the write-ahead log.")
    seen_at = models.DateTimeField(db_default=Now(), help_text="When it was last all in place.")
    held_since = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_ledger", condition=Q(number=1))]

    def __str__(self) -> str:
        return f"ledger of {self.site}"


class Alarm(models.Model):
    """A problem that an operator must hear of, and whether the mail about it has left."""

    kind = models.CharField(
        max_length=200, primary_key=True, help_text="The sentence without its numbers."
    )
    problem = models.CharField(max_length=400)
    raised_at = models.DateTimeField(db_default=Now())
    tried_at = models.DateTimeField(null=True, help_text="When somebody began to mail it.")
    mailed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.kind
