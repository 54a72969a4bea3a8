"""What happens and when: webinars, what people were told of them, speakers and reading.

The wall clock (local date, time, zone) is the truth; `starts_at` is derived from it by
`set_wall_clock`. The acts that change a published webinar live in `scheduling`.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import uuid4

import nh3
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from tzdata import IANA_VERSION  # type: ignore[import-untyped]

from webinars import times, titles
from webinars.hours import SIGN_UP_CONSTRAINTS, Hours

# Of the zone data of this process, such as "2026f": a later release sorts after it.
ZONE_RELEASE: str = IANA_VERSION

# No vowels and no look-alikes: a code spells no word and survives being read over the phone.
CODE_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
CODE_LENGTH = 8
OPENS_BEFORE = timedelta(minutes=15)

DESCRIPTION_TAGS = {"p", "br", "strong", "em", "b", "i", "ul", "ol", "li", "h3", "h4", "a"}
DESCRIPTION_ATTRIBUTES = {"a": {"href"}}
URL_SCHEMES = {"http", "https", "mailto", "tel"}


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def default_display_zones() -> list[str]:
    return ["America/Los_Angeles", "America/New_York"]


class Series(models.Model):
    """Webinars that belong together: calendars can subscribe to them alone."""

    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_code, editable=False)
    title = models.CharField(max_length=120, help_text="As the public list of sessions names it.")
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")

    class Meta:
        ordering = ["title", "pk"]
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.title


class WebinarQuerySet(models.QuerySet["Webinar"]):
    def public(self) -> Self:
        """Those that the public may see: published, or called off after being published."""
        return self.filter(published_at__isnull=False)

    def published(self) -> Self:
        return self.filter(state=Webinar.State.PUBLISHED)

    def upcoming(self) -> Self:
        return self.filter(ends_at__gt=Now()).order_by("starts_at")

    def past(self) -> Self:
        return self.filter(ends_at__lte=Now()).order_by("-starts_at")


class Webinar(Hours):
    """One live session at one wall-clock time in one zone."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Cancelled")

    class Clock(models.TextChoices):
        """Whether the wall clock still names one instant, by the zone's present rules."""

        RIGHT = "right", _("Right")
        LOST = "lost", _("Lost: the start stays, the organizer is to choose another")
        ALERTED = "alerted", _("Lost, and the organizer was told")

    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_code, editable=False)
    uid = models.UUIDField(
        default=uuid4, unique=True, editable=False, help_text="Of the public calendar entry."
    )

    title = models.CharField(max_length=120, help_text="As announced. It may name the topic.")
    calendar_title = models.CharField(
        max_length=80,
        default=titles.NEUTRAL,
        help_text="Shown in calendars, on lock screens and in emails of a sensitive webinar. "
        "It must not name the topic.",
    )
    announced_as = models.CharField(
        max_length=80,
        blank=True,
        help_text="What the announcement says after “Attend”. Empty: our National Patient Webinar.",
    )
    summary = models.CharField(max_length=240, help_text="One or two plain sentences.")
    description = models.TextField(
        blank=True, help_text="Paragraphs, lists, links, bold. Anything else is taken out."
    )
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    series = models.ForeignKey(
        Series,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="webinars",
        help_text="Calendars can subscribe to a series.",
    )
    is_sensitive = models.BooleanField(
        "sensitive",
        default=True,
        help_text="Registering tells that somebody is ill: emails and calendars show the "
        "calendar title only.",
    )

    zone_release = models.CharField(
        max_length=10,
        default="",
        editable=False,
        help_text="Of the zone data that the start was derived with: see `scheduling.retime`.",
    )
    clock_state = models.CharField(
        max_length=10, choices=Clock, default=Clock.RIGHT, editable=False
    )
    display_zones = ArrayField(
        models.CharField(max_length=64),
        default=default_display_zones,
        help_text="The zones that the announcement names, in this order.",
    )

    capacity = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)]
    )
    join_url = models.URLField(
        "host's join link", max_length=500, blank=True, help_text="Never shown before it opens."
    )
    dial_in = models.CharField(max_length=200, blank=True, help_text="Phone number and code.")
    help_line = models.CharField(max_length=200, blank=True, help_text="Whom to call for help.")
    organizer_name = models.CharField(max_length=80)
    organizer_email = models.EmailField(
        "organizer's mailbox", help_text="Answers to our emails go here. Somebody must read it."
    )
    sender_email = models.EmailField(
        blank=True,
        editable=False,
        help_text="From and ORGANIZER of every message, frozen when published (RFC 5546 3.2.2.5).",
    )
    recording_url = models.URLField(max_length=500, blank=True)

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    scheduled_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When the present schedule was decided: reminders due earlier are not made.",
    )
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    schedule_revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="Grows when the instant moves."
    )
    sequence = models.PositiveIntegerField(
        default=0, editable=False, help_text="Grows with every change that calendars must hear of."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = WebinarQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="webinar_has_a_length"
            ),
            *SIGN_UP_CONSTRAINTS,
        ]
        indexes = [models.Index(fields=["ends_at"], name="webinar_ends_at")]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.description = sanitised(self.description)
        super().save(*args, **kwargs)

    def set_wall_clock(self, day: date, clock: time, time_zone: str) -> None:
        """Derive the instant. Raises `times.NoSuchTime` and `times.UnknownZone`."""
        self.time_zone = times.canonical(time_zone)
        self.starts_at = times.instant(day, clock, self.time_zone)
        self.local_date, self.local_time = day, clock
        self.ends_at = self.starts_at + self.duration
        self.zone_release, self.clock_state = ZONE_RELEASE, self.Clock.RIGHT
        self.set_sign_up_hours()

    @property
    def opens_at(self) -> datetime:
        """When the join button appears."""
        return self.starts_at - OPENS_BEFORE

    def is_on(self) -> bool:
        """Whether it takes place, and is not over."""
        return self.state == self.State.PUBLISHED and times.now() < self.ends_at

    def is_yet_to_open(self) -> bool:
        """Whether somebody can register later, but not now."""
        opens_at = self.registration_opens_at
        is_ahead = opens_at is not None and times.now() < opens_at < self.registration_closes_at
        return self.state == self.State.PUBLISHED and is_ahead

    def takes_registrations(self) -> bool:
        """Published, open and not yet closed. Whether a seat is free is `Seats`' business."""
        is_open = self.registration_opens_at is None or self.registration_opens_at <= times.now()
        is_published = self.state == self.State.PUBLISHED
        return is_published and is_open and times.now() < self.registration_closes_at

    @property
    def discreet_title(self) -> str:
        """What may stand in an email, a calendar or a private page, in the active language."""
        return titles.spoken(self.calendar_title) if self.is_sensitive else self.title

    def title_for(self, *, shows_title: bool) -> str:
        """`discreet_title`, but for whoever chose to read the full one."""
        return self.title if shows_title else self.discreet_title

    def last_move(self) -> tuple[Revision, Revision] | None:
        """What was told before and after the organizer last moved it; None if that never happened.

        Where the zone's rules changed nobody was told another hour: that is no move.
        """
        if not self.schedule_revision:
            return None
        after = self.revisions.filter(schedule_revision=self.schedule_revision).first()
        before = self.revisions.filter(schedule_revision__lt=self.schedule_revision).last()
        if after is None or before is None or before.has_the_wall_clock_of(after):
            return None
        return before, after

    def announcement(self, language: str | None = None) -> str:
        """ "July 31 at 4pm PDT / 7pm EDT"."""
        return times.announcement(self.starts_at, self.display_zones, language or self.language)

    def long_form(self, language: str | None = None) -> str:
        """ "Friday, July 31, 2026, 4:00 pm Pacific Time (PDT), 7:00 pm Eastern Time (EDT)"."""
        return times.long_form(self.starts_at, self.display_zones, language or self.language)


def sanitised(html: str) -> str:
    """The organizer's rich text with nothing in it that runs, loads or styles."""
    return nh3.clean(
        html,
        tags=DESCRIPTION_TAGS,
        attributes=DESCRIPTION_ATTRIBUTES,
        url_schemes=URL_SCHEMES,
        link_rel="noopener noreferrer",
    )


class RevisionManager(models.Manager["Revision"]):
    def record(self, webinar: Webinar, *, reason: str, by: Any) -> Revision:
        """Write down what people will be told from now on."""
        return self.create(
            webinar=webinar,
            number=webinar.sequence,
            schedule_revision=webinar.schedule_revision,
            local_date=webinar.local_date,
            local_time=webinar.local_time,
            time_zone=webinar.time_zone,
            starts_at=webinar.starts_at,
            duration=webinar.duration,
            title=webinar.title,
            calendar_title=webinar.calendar_title,
            dial_in=webinar.dial_in,
            help_line=webinar.help_line,
            reason=reason,
            by=by,
            at=times.now(),
        )


class Revision(models.Model):
    """What people were told, when it changed, why and by whom. Never edited."""

    MATERIAL = ("starts_at", "duration", "calendar_title", "dial_in", "help_line")
    WALL_CLOCK = ("local_date", "local_time", "time_zone")

    webinar = models.ForeignKey(Webinar, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(help_text="The webinar's sequence at that time.")
    schedule_revision = models.PositiveIntegerField()
    local_date = models.DateField()
    local_time = models.TimeField()
    time_zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    duration = models.DurationField()
    title = models.CharField(max_length=120)
    calendar_title = models.CharField(max_length=80)
    dial_in = models.CharField(max_length=200, blank=True)
    help_line = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    objects = RevisionManager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["webinar", "number"], name="revision_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.webinar_id}/{self.number}"

    def tells_the_same_as(self, other: Revision) -> bool:
        """Whether a calendar entry made from one would equal the other's."""
        return all(getattr(self, name) == getattr(other, name) for name in self.MATERIAL)

    def has_the_wall_clock_of(self, other: Revision) -> bool:
        """Then another instant means that the zone's rules changed, not the organizer's mind."""
        return all(getattr(self, name) == getattr(other, name) for name in self.WALL_CLOCK)


class Speaker(models.Model):
    webinar = models.ForeignKey(Webinar, on_delete=models.CASCADE, related_name="speakers")
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=120, blank=True, help_text="Spine surgeon, Portland")
    about = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Of the name before its first comma: "Maria Reyes, MD" is MR."""
        words = self.name.split(",")[0].split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class Resource(models.Model):
    """Further reading."""

    webinar = models.ForeignKey(Webinar, on_delete=models.CASCADE, related_name="resources")
    title = models.CharField(max_length=160)
    url = models.URLField(max_length=500)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title
