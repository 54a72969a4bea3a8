"""Where a webinar stands: what is missing, who is coming, what has been said and what is next."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.urls import reverse

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
    people = dict(webinar.registrations.attendees().values_list("state").annotate(Count("pk")))
    is_cancelled = webinar.state == Webinar.State.CANCELLED
    return {
        "badge": "danger" if is_cancelled else "success",
        "long_form": webinar.long_form(LANGUAGE),
        "page_url": links.page_url(webinar),
        "registered": people.get(Registration.State.ACTIVE, 0),
        "on_list": people.get(Registration.State.WAITING, 0),
        "sign_up": sign_up(webinar),
        "cancelled": people.get(Registration.State.CANCELLED, 0),
        "emails": emails(webinar),
        "next": next_wave(webinar),
    }


def sign_up(webinar: Webinar) -> str:
    """Since or until when people can sign up, in the webinar's zone."""
    if webinar.is_yet_to_open():
        return f"opens on {shown.moment(webinar.registration_opens_at, webinar)}"
    closes = shown.moment(webinar.registration_closes_at, webinar)
    return f"open until {closes}" if webinar.takes_registrations() else "closed"


def obstacles(webinar: Webinar) -> list[tuple[str, str]]:
    """What to do before it can be published, each with the id of its input."""
    lost = [("id_local_time", trouble["problem"])] if (trouble := lost_time(webinar)) else []
    return lost + [(f"id_{name}", say) for name, say in scheduling.obstacles(webinar).items()]


def lost_times() -> QuerySet[Webinar]:
    """Webinars to come whose wall clock names no instant by the zone's present rules."""
    to_come = Webinar.objects.upcoming().filter(starts_at__gt=Now())
    return to_come.exclude(state=Webinar.State.CANCELLED).exclude(clock_state=Webinar.Clock.RIGHT)


def lost_time(webinar: Webinar) -> dict[str, str]:
    """Why its time no longer exists, what is kept, where to choose another; else empty."""
    is_to_come = webinar.state != Webinar.State.CANCELLED and times.now() < webinar.starts_at
    if webinar.clock_state == Webinar.Clock.RIGHT or not is_to_come:
        return {}
    is_draft = webinar.state == Webinar.State.DRAFT
    page = reverse("admin:webinars_webinar_change", args=[webinar.pk])
    reschedule = reverse("admin:webinars_webinar_reschedule", args=[webinar.pk])
    return {
        "problem": scheduling.retiming(webinar).problem or "Choose another time.",
        "kept": times.long_form(webinar.starts_at, [webinar.time_zone], LANGUAGE),
        "page": f"{page}#id_local_time" if is_draft else reschedule,
        "act": "Choose another time" if is_draft else "Reschedule",
    }


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
    return _count_of(Registration.objects.active().attendees())


def waiting_count() -> Coalesce:
    """The same of those on the waiting list."""
    return _count_of(Registration.objects.waiting())


def _count_of(people: QuerySet[Registration]) -> Coalesce:
    of_webinar = people.filter(webinar=OuterRef("pk")).order_by()
    count = of_webinar.values("webinar").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)
