"""The acts on a webinar as pages: publish, reschedule, change details, cancel.

Each page says who will be told what before anything happens; only a POST of the last step acts,
through `scheduling`, which may still refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.enums import ActionVariant

from registrations import embedding, links
from webinars import scheduling, times
from webinars.admin import announce, echo, reminders, shown
from webinars.admin.summary import obstacles
from webinars.forms import AmendForm, ReasonForm, RescheduleForm
from webinars.inputs import LANGUAGE
from webinars.models import Webinar

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OUR_OWN = ("csrfmiddlewaretoken", "step", "sequence")
MOVED = "Rescheduled. Everybody who is registered will be told."
KEPT = "The start stays as people were told it, so nobody is told anything."
LOOK_AGAIN = "Somebody changed this webinar in the meantime. Look at it again before you go on."


@dataclass(frozen=True)
class Act:
    """One page: its words, its form, what its last step does, and what it says before that."""

    name: str
    title: str
    done: str
    form: forms.Form
    perform: Callable[[], object]
    preview: Callable[[], dict[str, Any]] = field(default=dict)


def possible(webinar: Webinar) -> tuple[str, ...]:
    """The acts that make sense now; `scheduling` has the last word."""
    if webinar.state == Webinar.State.DRAFT:
        return ("publish",)
    if webinar.state == Webinar.State.CANCELLED or webinar.ends_at <= times.now():
        return ()
    return ("reschedule", "amend", "cancel")


def announceable(webinar: Webinar) -> tuple[str, ...]:
    """Once it is public, and for as long as it exists: the announcement ends itself."""
    return ("announce",) if webinar.published_at else ()


def before_and_after(webinar: Webinar, form: RescheduleForm) -> dict[str, Any]:
    """The old and the new time, and when the reminders would go out then."""
    zones = [("display_zones", zone) for zone in webinar.display_zones]
    fixed = urlencode([*zones, ("announced_in", webinar.language)])
    if not (form.is_bound and form.is_valid()):
        return {**echo.said(webinar), "fixed": fixed}
    moved = copy(webinar)
    moved.duration = form.cleaned_data["duration"]
    moved.set_wall_clock(*(form.cleaned_data[name] for name in form.wall_clock))
    return {
        "before": webinar.long_form(LANGUAGE),
        "after": moved.long_form(LANGUAGE),
        "length_before": shown.length(webinar.duration),
        "length_after": shown.length(moved.duration),
        "keeps_the_start": form.keeps_the_start(),
        "reminders": reminders.in_words(moved),
        **echo.said(moved),
        "fixed": fixed,
    }


def _staff(request: HttpRequest) -> User:
    """Who is signed in: these pages are shown to nobody else."""
    return cast("User", request.user)


class ActPages(ModelAdmin):
    """A webinar's admin with its acts as buttons on top of the page."""

    actions_detail = ("publish", "announce", "reschedule", "amend", "cancel")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        webinar = self.get_object(request, str(object_id))
        wanted = (*possible(webinar), *announceable(webinar)) if webinar else ()
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if one.method.original_function_name in wanted]

    @action(
        description="Publish",
        url_path="publish",
        icon="campaign",
        variant=ActionVariant.PRIMARY,
        permissions=["change"],
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        webinar = self._webinar(request, object_id)
        act = Act(
            name="publish",
            title="Publish this webinar",
            done=f"Published: {webinar.announcement(LANGUAGE)}.",
            form=forms.Form(request.POST or None),
            perform=lambda: scheduling.publish(webinar, by=_staff(request)),
            preview=lambda: {
                "obstacles": obstacles(webinar),
                "page_url": links.page_url(webinar),
                "reminders": reminders.in_words(webinar),
                **echo.said(webinar),
            },
        )
        return self._page(request, webinar, act)

    @action(
        description="Announce",
        url_path="announce",
        icon="campaign",
        permissions=["view"],
    )
    def announce(self, request: HttpRequest, object_id: str) -> HttpResponse:
        webinar: Webinar | None = self.get_object(request, object_id)
        if webinar is None or not announceable(webinar):
            raise Http404
        return announce.page(request, self, partial(embedding.of_webinar, webinar), webinar)

    @action(
        description="Reschedule",
        url_path="reschedule",
        icon="event_repeat",
        permissions=["change"],
    )
    def reschedule(self, request: HttpRequest, object_id: str) -> HttpResponse:
        webinar = self._webinar(request, object_id)
        form = RescheduleForm(request.POST or None, webinar=webinar)
        act = Act(
            name="reschedule",
            title="Reschedule this webinar",
            done=KEPT if form.keeps_the_start() else MOVED,
            form=form,
            perform=lambda: scheduling.reschedule(webinar, by=_staff(request), **form.wanted()),
            preview=lambda: before_and_after(webinar, form),
        )
        return self._page(request, webinar, act)

    @action(
        description="Change details", url_path="amend", icon="edit_note", permissions=["change"]
    )
    def amend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        webinar = self._webinar(request, object_id)
        form = AmendForm(request.POST or None, webinar=webinar)
        act = Act(
            name="amend",
            title="Change what calendars show",
            done="Changed. Everybody who is registered will be told.",
            form=form,
            perform=lambda: scheduling.amend(webinar, by=_staff(request), **form.cleaned_data),
            preview=lambda: {"changes": form.changes()},
        )
        return self._page(request, webinar, act)

    @action(
        description="Cancel webinar",
        url_path="cancel",
        icon="event_busy",
        permissions=["change"],
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        webinar = self._webinar(request, object_id)
        form = ReasonForm(request.POST or None, webinar=webinar)
        act = Act(
            name="cancel",
            title="Cancel this webinar",
            done="Cancelled. Everybody who is registered is being told.",
            form=form,
            perform=lambda: scheduling.cancel(webinar, by=_staff(request), **form.cleaned_data),
        )
        return self._page(request, webinar, act)

    def _webinar(self, request: HttpRequest, object_id: str) -> Webinar:
        webinar: Webinar | None = self.get_object(request, object_id)
        if webinar is None:
            raise Http404
        if not self.has_change_permission(request, webinar):
            raise PermissionDenied
        return webinar

    def _page(self, request: HttpRequest, webinar: Webinar, act: Act) -> HttpResponse:
        """GET shows the form; POST checks it, shows what will happen, and at last does it."""
        if act.name not in possible(webinar):
            messages.error(request, "This cannot be done with it any more.")
            return self._back(webinar)
        step = request.POST.get("step", "")
        is_fresh = request.POST.get("sequence") == str(webinar.sequence)
        if step and act.form.is_valid() and not is_fresh:
            act.form.add_error(None, LOOK_AGAIN)
        if step == "confirm" and act.form.is_valid():
            return self._perform(request, webinar, act)
        is_checked = step == "preview" and act.form.is_valid()
        return self._answer(request, webinar, act, "preview" if is_checked else "form")

    def _perform(self, request: HttpRequest, webinar: Webinar, act: Act) -> HttpResponse:
        try:
            act.perform()
        except (scheduling.Refused, times.NoSuchTime, times.UnknownZone) as refusal:
            messages.error(request, str(refusal))
        else:
            self.log_change(request, webinar, act.title)
            messages.success(request, act.done)
        return self._back(webinar)

    def _answer(
        self, request: HttpRequest, webinar: Webinar, act: Act, step: str
    ) -> TemplateResponse:
        active = webinar.registrations.active()
        kept = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            **self.admin_site.each_context(request),
            **act.preview(),
            "title": act.title,
            "opts": self.opts,
            "original": webinar,
            "webinar": webinar,
            "long_form": webinar.long_form(LANGUAGE),
            "act": act,
            "form": act.form,
            "step": step,
            "kept": [pair for pair in kept if pair[0] not in OUR_OWN],
            "registered": active.attendees().count(),
            "helping": active.exclude(carer_of=None).count(),
            "waiting": webinar.registrations.waiting().count(),
            "media": self.media + act.form.media,
        }
        return TemplateResponse(request, f"admin/webinars/acts/{act.name}.html", context)

    def _back(self, webinar: Webinar) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:webinars_webinar_change", args=[webinar.pk]))
