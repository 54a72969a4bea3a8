"""What everybody of a webinar hears: rules, and the waves that they make."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from notifications.models.purposes import Purpose
from webinars.models import Webinar


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
