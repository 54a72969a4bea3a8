"""Where a webinar stands: what is missing, who is coming, what has been said and what is next."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from notifications.models import Delivery
from registrations import links
from registrations.models import Registration
from webinars import scheduling, times
from webinars.admin import shown
from webinars.inputs import LANGUAGE
from webinars.models import Webinar

# What the many states of a delivery come down to for an organizer.
GROUPS: dict[str, tuple[str, ...]] = {
    "sent": Delivery.HANDED_OVER,
    "waiting": (Delivery.State.READY, Delivery.State.CLAIMED, Delivery.State.SENDING),
    "failed": (Delivery.State.FAILED, Delivery.State.DEAD, Delivery.State.EXPIRED),
    "skipped": (Delivery.State.SKIPPED,),
}


def summary(webinar: Webinar) -> dict[str, Any]:
    """For the box on top of a webinar's page."""
    if webinar.state == Webinar.State.DRAFT:
        return {"badge": "info", "obstacles": obstacles(webinar)}
    people = dict(webinar.registrations.values_list("state").annotate(Count("pk")))
    is_cancelled = webinar.state == Webinar.State.CANCELLED
    return {
        "badge": "danger" if is_cancelled else "success",
        "long_form": webinar.long_form(LANGUAGE),
        "page_url": links.page_url(webinar),
        "registered": people.get(Registration.State.ACTIVE, 0),
        "cancelled": people.get(Registration.State.CANCELLED, 0),
        "emails": emails(webinar),
        "next": next_wave(webinar),
    }


def obstacles(webinar: Webinar) -> list[tuple[str, str]]:
    """What to do before it can be published, each with the id of its input."""
    return [(f"id_{name}", say) for name, say in scheduling.obstacles(webinar).items()]


def emails(webinar: Webinar) -> dict[str, int]:
    """How many are in each of `GROUPS`."""
    rows = Delivery.objects.filter(registration__webinar=webinar)
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    return {name: sum(counts.get(state, 0) for state in states) for name, states in GROUPS.items()}


def next_wave(webinar: Webinar) -> str:
    """What goes out next and when, in the webinar's zone; empty when nothing is planned."""
    wave = webinar.waves.planned().filter(expires_at__gt=times.now()).order_by("due_at").first()
    if wave is None:
        return ""
    return f"{wave.get_purpose_display()}: {shown.moment(wave.due_at, webinar)}"


def registered_count() -> Coalesce:
    """As a subquery: only for the rows on the page, and a list's own COUNT leaves it out."""
    active = Registration.objects.active().filter(webinar=OuterRef("pk")).order_by()
    count = active.values("webinar").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)
