"""What we say and when, as staff see it: waves, deliveries, the pipeline's signs of life.

All of it is read only: the pipeline writes these rows. Reminder rules stand on a webinar's page.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from notifications.models import Delivery, Heartbeat, Sender, Suppression, Wave
from webinars.admin.reminders import label
from webinars.admin.shown import ReadOnlyAdmin, ago, moment
from webinars.admin.summary import GROUPS

WAVE_BADGES = {"planned": "info", "expanded": "success", "superseded": "", "missed": "danger"}
DELIVERY_BADGES = {
    "ready": "info",
    "claimed": "info",
    "sending": "info",
    "sent": "success",
    "delivered": "success",
    "bounced": "danger",
    "complained": "danger",
    "failed": "danger",
    "dead": "danger",
    "expired": "warning",
    "skipped": "",
}


def _deliveries(states: tuple[str, ...]) -> Coalesce:
    """As a subquery: counted for the rows on the page only."""
    counted = Delivery.objects.filter(wave=OuterRef("pk"), state__in=states).order_by()
    count = counted.values("wave").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


@admin.register(Wave)
class WaveAdmin(ReadOnlyAdmin):
    list_display = ("what", "session", "due", "badge", "sent", "waiting", "failed", "skipped")
    list_filter = (
        ("webinar", AutocompleteSelectFilter),
        ("purpose", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
    )
    list_filter_submit = True
    list_select_related = ("webinar", "rule")
    ordering = ("-due_at", "-pk")
    fieldsets = (
        ("What", {"fields": ("what", "session", "state")}),
        ("When", {"fields": ("due", "expires", "expanded")}),
        ("To how many", {"fields": ("sent", "waiting", "failed", "skipped")}),
    )
    readonly_fields = (
        "what", "session", "due", "expires", "expanded", "sent", "waiting", "failed",
        "skipped",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wave]:
        waves: QuerySet[Wave] = super().get_queryset(request).select_related("webinar", "rule")
        counts = {f"{name}_count": _deliveries(states) for name, states in GROUPS.items()}
        return waves.annotate(**counts)

    @display(description="Email")
    def what(self, wave: Wave) -> str:
        if wave.rule:
            return f"{wave.get_purpose_display()}, {label(wave.rule)}"
        return wave.get_purpose_display()

    @display(description="Webinar")
    def session(self, wave: Wave) -> str:
        return wave.webinar.title

    @display(description="Due", ordering="due_at")
    def due(self, wave: Wave) -> str:
        return moment(wave.due_at, wave.webinar)

    @display(description="Not sent any more after")
    def expires(self, wave: Wave) -> str:
        return moment(wave.expires_at, wave.webinar)

    @display(description="Written down")
    def expanded(self, wave: Wave) -> str:
        return moment(wave.expanded_at, wave.webinar)

    @display(description="State", ordering="state", label=WAVE_BADGES)
    def badge(self, wave: Wave) -> tuple[str, str]:
        return wave.state, wave.get_state_display()

    @display(description="Sent")
    def sent(self, wave: Any) -> int:
        return int(wave.sent_count)

    @display(description="Waiting")
    def waiting(self, wave: Any) -> int:
        return int(wave.waiting_count)

    @display(description="Failed")
    def failed(self, wave: Any) -> int:
        return int(wave.failed_count)

    @display(description="Not needed")
    def skipped(self, wave: Any) -> int:
        return int(wave.skipped_count)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("what", "person", "session", "badge", "due", "sent", "tries", "outcome")
    list_filter = (
        ("registration__webinar", AutocompleteSelectFilter),
        ("purpose", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
    )
    list_filter_submit = True
    list_select_related = ("registration__webinar", "wave__rule")
    ordering = ("-pk",)
    paginator = InfinitePaginator
    show_full_result_count = False
    fieldsets = (
        ("What", {"fields": ("what", "person", "session", "state", "outcome")}),
        ("When", {"fields": ("due", "next_attempt", "sent", "expires")}),
        ("How", {"fields": ("tries", "deferrals", "deaths", "ambiguous", "smtp_code",
                            "message_id")}),
    )  # fmt: skip
    readonly_fields = (
        "what", "person", "session", "due", "next_attempt", "sent", "expires"
    )  # fmt: skip

    @display(description="Email")
    def what(self, delivery: Delivery) -> str:
        rule = delivery.wave.rule if delivery.wave else None
        words = delivery.get_purpose_display()
        return f"{words}, {label(rule)}" if rule else words

    @display(description="To")
    def person(self, delivery: Delivery) -> str:
        return str(delivery.registration)

    @display(description="Webinar")
    def session(self, delivery: Delivery) -> str:
        return delivery.registration.webinar.title

    @display(description="State", ordering="state", label=DELIVERY_BADGES)
    def badge(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @display(description="Due")
    def due(self, delivery: Delivery) -> str:
        return moment(delivery.due_at, delivery.registration.webinar)

    @display(description="Next try")
    def next_attempt(self, delivery: Delivery) -> str:
        at = delivery.next_attempt_at if delivery.state == Delivery.State.READY else None
        return moment(at, delivery.registration.webinar)

    @display(description="Sent")
    def sent(self, delivery: Delivery) -> str:
        at = delivery.settled_at if delivery.state in Delivery.HANDED_OVER else None
        return moment(at, delivery.registration.webinar)

    @display(description="Not sent any more after")
    def expires(self, delivery: Delivery) -> str:
        return moment(delivery.expires_at, delivery.registration.webinar)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("address", "scope", "reason", "since")
    list_filter = (("scope", ChoicesDropdownFilter),)
    search_fields = ("=address",)
    fields = readonly_fields = ("address", "scope", "reason", "since")

    @display(description="Since")
    def since(self, suppression: Suppression) -> str:
        return ago(suppression.at)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = fields = readonly_fields = ("name", "seen")

    @display(description="Last seen")
    def seen(self, heartbeat: Heartbeat) -> str:
        return ago(heartbeat.at)


@admin.register(Sender)
class SenderAdmin(ReadOnlyAdmin):
    list_display = fields = readonly_fields = ("host", "pid", "renewed", "claimed")

    @display(description="Last seen")
    def renewed(self, sender: Sender) -> str:
        return ago(sender.renewed_at)

    @display(description="Last took work")
    def claimed(self, sender: Sender) -> str:
        return ago(sender.claimed_at)
