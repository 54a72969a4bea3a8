"""The admin's first page: what is coming up, what is being prepared, what needs a look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from notifications import restoring
from notifications.models import Delivery, Wave
from webinars import times
from webinars.admin.summary import lost_time, lost_times, registered_count
from webinars.inputs import LANGUAGE
from webinars.models import Webinar

SHOWN = 6
RECENT = timedelta(days=7)
LATE = timedelta(minutes=5)


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by the admin site for its index page."""
    may_see = request.user.has_perm("webinars.view_webinar")
    context |= {
        "title": "Today",
        "may_see": may_see,
        "may_add": request.user.has_perm("webinars.add_webinar"),
    }
    if may_see:
        coming = Webinar.objects.published().upcoming().annotate(registered=registered_count())
        drafts = Webinar.objects.filter(state=Webinar.State.DRAFT).order_by("starts_at")
        context["coming"] = [_row(webinar) for webinar in coming[:SHOWN]]
        context["drafts"] = [_row(webinar) for webinar in drafts[:SHOWN]]
        context["troubles"] = list(_troubles(request))
    return context


def _row(webinar: Webinar) -> dict[str, Any]:
    return {
        "webinar": webinar,
        "when": webinar.announcement(LANGUAGE),
        "relative": times.relative(webinar.starts_at, times.now(), LANGUAGE),
        "registered": getattr(webinar, "registered", None),
    }


def _troubles(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Sentences with the page that shows more; each look-up has an index or a small table."""
    now = times.now()
    yield from _lost(may_change=request.user.has_perm("webinars.change_webinar"))
    if why := restoring.why_held():
        yield why, reverse("admin:notifications_delivery_changelist")
    if late := Delivery.objects.ready().filter(next_attempt_at__lt=now - LATE).count():
        page = reverse("admin:notifications_heartbeat_changelist")
        yield f"{_emails(late)} should have gone out by now. Is the sending running?", page
    missed = Wave.objects.filter(state=Wave.State.MISSED, due_at__gt=now - RECENT)
    for wave in missed.select_related("webinar")[:SHOWN]:
        page = reverse("admin:notifications_wave_change", args=[wave.pk])
        yield f"A {wave.get_purpose_display().lower()} of “{wave.webinar}” was missed.", page


def _lost(*, may_change: bool) -> Iterator[tuple[str, str]]:
    for webinar in lost_times()[:SHOWN]:
        lost = lost_time(webinar)
        say = f"The time of “{webinar}” no longer exists. {lost['problem']}"
        if may_change:
            yield f"{say} {lost['act']}.", lost["page"]
        else:
            yield say, reverse("admin:webinars_webinar_change", args=[webinar.pk])


def _emails(count: int) -> str:
    return "1 email" if count == 1 else f"{count} emails"
