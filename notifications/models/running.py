"""The pipeline's own state: who is sending, what beats, where the ledger is, what is wrong."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


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
