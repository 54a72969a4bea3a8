"""Who comes, as staff see it: a list, one person's page with what they heard, cancelling for them.

Nothing is edited here: people change their own registration through their private link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.paginator import InfinitePaginator

from notifications.models import Delivery
from registrations import signup
from registrations.models import Registration, address_key, name_key
from webinars import times
from webinars.admin.shown import ReadOnlyAdmin, moment
from webinars.inputs import LANGUAGE

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BADGES = {"active": "success", "cancelled": ""}


class DeliveryInline(TabularInline):
    """What this person hears from us: the ledger's own rows."""

    model = Delivery
    verbose_name_plural = "emails"
    fields = readonly_fields = ("message", "state", "due", "sent", "outcome")
    ordering = ("-due_at", "-pk")
    extra = 0
    can_delete = False
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        deliveries: QuerySet[Delivery] = super().get_queryset(request)
        return deliveries.select_related("registration__webinar")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Email")
    def message(self, delivery: Delivery) -> str:
        return delivery.get_purpose_display()

    @display(description="Due")
    def due(self, delivery: Delivery) -> str:
        return moment(delivery.due_at, delivery.registration.webinar)

    @display(description="Sent")
    def sent(self, delivery: Delivery) -> str:
        at = delivery.settled_at if delivery.state in Delivery.HANDED_OVER else None
        return moment(at, delivery.registration.webinar)


@admin.register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    list_display = ("person", "mailbox", "session", "badge", "zone", "registered", "joined")
    list_display_links = ("person",)
    list_filter = (("webinar", AutocompleteSelectFilter), ("state", ChoicesDropdownFilter))
    list_filter_submit = True
    list_select_related = ("webinar",)
    ordering = ("-pk",)
    paginator = InfinitePaginator
    show_full_result_count = False

    change_list_template = "admin/registrations/change_list.html"
    inlines = (DeliveryInline,)
    actions_detail = ("cancel",)
    fieldsets = (
        ("Who", {"fields": ("person", "mailbox", "spoken", "zone")}),
        ("Place", {"fields": ("session", "starts", "state", "source")}),
        ("When", {"fields": ("registered", "cancelled", "joined")}),
    )
    readonly_fields = (
        "person", "mailbox", "spoken", "zone", "session", "starts", "registered", "cancelled",
        "joined",
    )  # fmt: skip

    # ---- Lists ----

    @display(description="Name")
    def person(self, registration: Registration) -> str:
        return str(registration)

    @display(description="Email")
    def mailbox(self, registration: Registration) -> str:
        return registration.email

    @display(description="Webinar")
    def session(self, registration: Registration) -> str:
        return registration.webinar.title

    @display(description="Starts")
    def starts(self, registration: Registration) -> str:
        return registration.webinar.announcement(LANGUAGE)

    @display(description="State", ordering="state", label=BADGES)
    def badge(self, registration: Registration) -> tuple[str, str]:
        return registration.state, registration.get_state_display()

    @display(description="Time zone")
    def zone(self, registration: Registration) -> str:
        return times.zone_label(registration.time_zone, LANGUAGE)

    @display(description="Language")
    def spoken(self, registration: Registration) -> str:
        return registration.get_language_display()

    @display(description="Registered")
    def registered(self, registration: Registration) -> str:
        return moment(registration.registered_at, registration.webinar)

    @display(description="Cancelled")
    def cancelled(self, registration: Registration) -> str:
        return moment(registration.cancelled_at, registration.webinar)

    @display(description="Joined")
    def joined(self, registration: Registration) -> str:
        return moment(registration.joined_at, registration.webinar)

    # ---- Finding somebody ----

    def get_urls(self) -> list[URLPattern]:
        answer = self.admin_site.admin_view(self.find)
        return [path("find/", answer, name="registrations_registration_find"), *super().get_urls()]

    def find(self, request: HttpRequest) -> HttpResponse:
        """By whole address or name. A POST, and ids in what follows: no name stands in a URL."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = reverse("admin:registrations_registration_changelist")
        found = self._found(request.POST.get("who", "").strip())
        if not found:
            messages.warning(request, "Nobody has this as their whole email address or name.")
            return HttpResponseRedirect(page)
        return HttpResponseRedirect(f"{page}?id__in={','.join(map(str, found))}")

    def _found(self, who: str) -> list[int]:
        named = Q(name_key=name_key(who)) | Q(last_name__iexact=who)
        matches = Q(address=address_key(who)) if "@" in who else named
        newest = Registration.objects.filter(matches).order_by("-pk")
        return list(newest.values_list("pk", flat=True)[: self.list_per_page]) if who else []

    # ---- Cancelling for somebody ----

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("registrations.change_registration")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        registration = self.get_object(request, str(object_id))
        if registration is None or not registration.is_active:
            return []
        return list(super().get_actions_detail(request, object_id))

    @action(
        description="Cancel registration",
        url_path="cancel",
        icon="person_cancel",
        variant=ActionVariant.DANGER,
        permissions=["cancel"],
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what it does; do it on POST."""
        registration: Registration | None = self.get_object(request, object_id)
        if registration is None:
            raise Http404
        if request.method == "POST":
            self._cancel(request, registration)
            page = reverse("admin:registrations_registration_change", args=[registration.pk])
            return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": "Cancel this registration",
            "opts": self.opts,
            "original": registration,
            "registration": registration,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/registrations/cancel.html", context)

    def _cancel(self, request: HttpRequest, registration: Registration) -> None:
        signup.cancel(registration)
        # Without the person's name: the log outlives the registration.
        LogEntry.objects.create(
            user=cast("User", request.user),
            content_type=ContentType.objects.get_for_model(Registration),
            object_id=str(registration.pk),
            object_repr=f"registration {registration.pk}",
            action_flag=CHANGE,
            change_message="Cancelled by staff.",
        )
        messages.success(request, "Cancelled. They get an email that says so.")
