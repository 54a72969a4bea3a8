"""When a webinar is, and when sign-up opens and closes: wall clocks, and the instants of them.

What the organizer typed is kept as it was typed; the instants are derived by the webinar's zone.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import models

from webinars import times

SIGN_UP_HOURS = ("registration_opens_at", "last_call_at")  # derived, as the start is
SIGN_UP_CONSTRAINTS = [
    models.CheckConstraint(
        condition=models.Q(
            registration_opens_date=None,
            registration_opens_time=None,
            registration_opens_at=None,
        )
        | models.Q(
            registration_opens_date__isnull=False,
            registration_opens_time__isnull=False,
            registration_opens_at__isnull=False,
        ),
        name="opening_is_a_date_and_a_time",
    ),
    models.CheckConstraint(
        condition=models.Q(
            registration_closes_date=None, registration_closes_time=None, last_call_at=None
        )
        | models.Q(
            registration_closes_date__isnull=False,
            registration_closes_time__isnull=False,
            last_call_at__isnull=False,
            registration_closes=None,
        ),
        name="closing_is_a_span_or_a_date_and_a_time",
    ),
]


class Hours(models.Model):
    """The part of a webinar that its zone's rules decide about."""

    local_date = models.DateField("date")
    local_time = models.TimeField("start time", help_text="On the clocks of the zone below.")
    time_zone = models.CharField("time zone", max_length=64, default="America/Los_Angeles")
    duration = models.DurationField("length", default=timedelta(hours=1))
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)

    registration_closes = models.DurationField(
        "registration closes before the start",
        null=True,
        blank=True,
        help_text="How long before the start. Empty: open until the end.",
    )
    # On the clocks of the webinar's zone; the instants follow from them, as the start does.
    registration_opens_date = models.DateField("sign-up opens on", null=True, blank=True)
    registration_opens_time = models.TimeField("at", null=True, blank=True)
    registration_opens_at = models.DateTimeField(null=True, editable=False)
    registration_closes_date = models.DateField("sign-up closes on", null=True, blank=True)
    registration_closes_time = models.TimeField("at", null=True, blank=True)
    last_call_at = models.DateTimeField(
        null=True, editable=False, help_text="The instant of that date and time."
    )

    class Meta:
        abstract = True

    def set_sign_up_hours(self) -> None:
        """Derive when sign-up opens and closes; an hour that the zone skips becomes the next."""
        self.registration_opens_at = self._instant(
            self.registration_opens_date, self.registration_opens_time
        )
        self.last_call_at = self._instant(
            self.registration_closes_date, self.registration_closes_time
        )

    def _instant(self, day: date | None, clock: time | None) -> datetime | None:
        if day is None or clock is None:
            return None
        return times.next_instant(day, clock, self.time_zone)

    @property
    def registration_closes_at(self) -> datetime:
        """Never after the end, wherever that has moved."""
        if self.last_call_at is not None:
            return min(self.last_call_at, self.ends_at)
        if self.registration_closes is None:
            return self.ends_at
        return self.starts_at - self.registration_closes

    @property
    def changes(self) -> list[datetime]:
        """The instants at which what the public reads changes by itself."""
        opens_at = [self.registration_opens_at] if self.registration_opens_at else []
        return [*opens_at, self.registration_closes_at, self.starts_at, self.ends_at]
