"""The list of webinars and the page of one: its form, its summary, the echo while typing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from notifications.models import ReminderRule
from registrations import embedding, links, signup
from registrations.models import Question
from webinars import scheduling, times
from webinars.admin import announce, echo, questions, reminders, shown, speaker_questions
from webinars.admin.acts import ActPages
from webinars.admin.inlines import ResourceInline, RevisionInline, SpeakerInline
from webinars.admin.questions import QuestionInline
from webinars.admin.reminders import ReminderInline
from webinars.admin.summary import lost_time, registered_count, summary, waiting_count
from webinars.forms import ScheduleForm, WebinarForm
from webinars.hours import SIGN_UP_HOURS
from webinars.inputs import LANGUAGE
from webinars.models import Webinar

# Of a published webinar only the acts change these: people were told of them.
SCHEDULE = ("local_date", "local_time", "time_zone", "duration")
ANNOUNCED = (*SCHEDULE, "calendar_title", "dial_in", "help_line")

# What a new form begins with: the model's defaults, then what the last webinar had.
DEFAULTS = ("time_zone", "duration", "display_zones")
REMEMBERED = ("time_zone", "display_zones", "organizer_name", "organizer_email", "help_line")

BADGES = {"draft": "info", "published": "success", "over": "", "cancelled": "danger"}


class WhenFilter(DropdownFilter):
    title = "time"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("upcoming", "Coming up"), ("past", "Over")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "upcoming":
            return queryset.upcoming()
        if self.value() == "past":
            return queryset.past()
        return queryset


@admin.register(Webinar)
class WebinarAdmin(ActPages):
    form = WebinarForm
    inlines = (SpeakerInline, ResourceInline, QuestionInline, ReminderInline, RevisionInline)
    change_form_template = "admin/webinars/change_form.html"
    warn_unsaved_form = True

    list_display = ("title", "when", "badge", "registered", "language")
    list_filter = (WhenFilter, ("state", ChoicesDropdownFilter))
    list_filter_sheet = False
    list_per_page = 50
    search_fields = ("title", "code")
    ordering = ("-starts_at",)
    actions = None  # drafts are deleted one by one, published webinars never

    readonly_fields = ("echo", "starts", "lasts")
    fieldsets = (
        ("What", {"fields": ("title", "calendar_title", "announced_as", "summary",
                             "description", "is_sensitive", "language", "series")}),
        ("When", {"fields": ("local_date", "local_time", "time_zone", "duration",
                             "display_zones", "echo")}),
        ("Where people join", {"fields": ("join_url", "dial_in", "recording_url")}),
        ("Who", {"fields": ("organizer_name", "organizer_email", "help_line")}),
        ("Places and registration", {"fields": (
            "capacity",
            ("registration_opens_date", "registration_opens_time"),
            "registration_closes",
            ("registration_closes_date", "registration_closes_time"),
        )}),
    )  # fmt: skip

    class Media:
        js = ("webinars/admin/echo.js",)

    # ---- The list ----

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webinar]:
        webinars: QuerySet[Webinar] = super().get_queryset(request)
        return webinars.annotate(registered_count=registered_count(), waiting_count=waiting_count())

    @display(description="When", ordering="starts_at")
    def when(self, webinar: Webinar) -> str:
        return webinar.announcement(language=LANGUAGE)

    @display(description="State", ordering="state", label=BADGES)
    def badge(self, webinar: Webinar) -> tuple[str, str]:
        if webinar.state == Webinar.State.PUBLISHED and webinar.ends_at <= times.now():
            return "over", "Over"
        return webinar.state, webinar.get_state_display()

    @display(description="Registered")
    def registered(self, webinar: Any) -> str:
        full = f" of {webinar.capacity}" if webinar.capacity else ""
        waiting = f", {webinar.waiting_count} waiting" if webinar.waiting_count else ""
        return f"{webinar.registered_count}{full}{waiting}"

    # ---- The page of one ----

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.readonly_fields, *(ANNOUNCED if obj and obj.published_at else ()))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The schedule is said in words to whom it is not asked of."""
        may_change = obj is None or self.has_change_permission(request, obj)
        if may_change and not (obj and obj.published_at):
            return self.fieldsets
        said = ("When", {"fields": ("starts", "lasts", "display_zones", "echo")})
        return [said if name == "When" else (name, rest) for name, rest in self.fieldsets]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        last = Webinar.objects.order_by("-pk").first()
        initial = {name: getattr(Webinar(), name) for name in DEFAULTS}
        if last:
            initial |= {name: getattr(last, name) for name in REMEMBERED}
        return {**initial, **super().get_changeform_initial_data(request)}

    def get_inlines(self, request: HttpRequest, obj: Webinar | None) -> list[Any]:
        """A new webinar gets the default reminders when it is saved: then they can be edited."""
        wanted: list[Any] = [SpeakerInline, ResourceInline, QuestionInline]
        if obj:
            wanted.append(ReminderInline)
        if obj and obj.published_at:
            wanted.append(RevisionInline)
        return wanted

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_public = obj is not None and obj.published_at is not None
        return not is_public and bool(super().has_delete_permission(request, obj))

    def get_view_on_site_url(self, obj: Webinar | None = None) -> str | None:
        return links.page_url(obj) if obj and obj.published_at else None

    @display(description="Starts")
    def starts(self, webinar: Webinar) -> str:
        return times.long_form(webinar.starts_at, [webinar.time_zone], LANGUAGE)

    @display(description="Length")
    def lasts(self, webinar: Webinar) -> str:
        return shown.length(webinar.duration)

    @display(description="Announced as")
    def echo(self, webinar: Webinar | None) -> SafeString:
        said = echo.said(webinar) if webinar and webinar.pk else {}
        fixed = _wall_clock(webinar) if webinar and webinar.published_at else ""
        return render_to_string("admin/webinars/echo.html", {**said, "fixed": fixed})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        webinar = self.get_object(request, object_id) if object_id else None
        box = SimpleLazyObject(lambda: summary(webinar)) if webinar else None
        lost = lost_time(webinar) if webinar else {}
        extra = {"summary": box, "lost": lost, **(extra_context or {})}
        extra["show_save_and_add_another"] = False
        try:
            page: HttpResponse = super().changeform_view(request, object_id, form_url, extra)
        except scheduling.Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.path)
        return page

    # ---- Saving ----

    def save_model(self, request: HttpRequest, obj: Webinar, form: ModelForm, change: bool) -> None:
        """Through the acts: the schedule by `scheduling.draft`, the seats by `signup.limit`."""
        capacity = obj.capacity
        obj.capacity = form["capacity"].initial if change else None
        if obj.state == Webinar.State.DRAFT:
            scheduling.draft(obj)
        else:
            obj.changed_at = times.now()
            obj.set_sign_up_hours()
            edited = [name for name in form.changed_data if name != "capacity"]
            obj.save(update_fields=[*edited, *SIGN_UP_HOURS, "changed_at"])
        if capacity != obj.capacity:
            signup.limit(obj, capacity=capacity)

    def save_formset(
        self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: bool
    ) -> None:
        if formset.model is ReminderRule:
            reminders.save(formset)
        elif formset.model is Question:
            questions.save(formset)
        else:
            super().save_formset(request, form, formset, change)

    def response_add(
        self, request: HttpRequest, obj: Webinar, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, "The draft is saved. Check its reminders, then publish it.")
        return HttpResponseRedirect(reverse("admin:webinars_webinar_change", args=[obj.pk]))

    # ---- The echo, the next one's announcement, the questions for the speaker ----

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("echo/", view(self.echo_view), name="webinars_webinar_echo"),
            path("next/", view(self.next_view), name="webinars_webinar_next"),
            path(
                "<int:pk>/speaker-questions/",
                view(self.speaker_questions_view),
                name="webinars_webinar_speaker_questions",
            ),
            *super().get_urls(),
        ]

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """The announcement of whichever webinar is the next."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return announce.page(request, self, embedding.of_next)

    def speaker_questions_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What people want to ask, for whoever may see the people too."""
        may_see_people = request.user.has_perm("registrations.view_registration")
        if not (self.has_view_permission(request) and may_see_people):
            raise PermissionDenied
        return speaker_questions.page(request, self, get_object_or_404(Webinar, pk=pk))

    def echo_view(self, request: HttpRequest) -> JsonResponse:
        if not self.has_module_permission(request):
            raise PermissionDenied
        return JsonResponse(echo.answer(request.GET))


def _wall_clock(webinar: Webinar) -> str:
    """As the echo is asked, where the form has no inputs for it."""
    return urlencode({name: getattr(webinar, name) for name in ScheduleForm.wall_clock})
