"""Who comes, as staff see it: a list, one person's page with what they heard, acts for them.

Nothing else is edited here: people change their own registration through their private link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
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
from unfold.widgets import UnfoldAdminEmailInputWidget

from notifications.models import Delivery
from registrations import signup, waiting
from registrations.models import Answer, Registration, address_key, name_key
from webinars import times
from webinars.admin.shown import ReadOnlyAdmin, moment
from webinars.inputs import LANGUAGE
from webinars.models import Webinar

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BADGES = {"active": "success", "waiting": "warning", "cancelled": "", "asked": "info"}
LONGEST = 254  # of an address, as typed and as compared

# The acts' pages by their titles.
TITLES = {
    "give_place": "Give this person a place",
    "correct_address": "Correct the email address",
    "cancel": "Cancel this registration, as they asked",
    "remove": "Remove this person from the webinar",
}

PLACE_GIVEN = "They have a place now. They get an email with the invite."
NO_PLACE = (
    "Every place is taken, so nothing was changed. To let more people in, raise the number of "
    "places on the webinar's page: the new places go to those who have waited longest."
)

# What the log keeps, and what staff are told.
GIVEN_UP = {
    "cancel": ("Cancelled by staff, on request.", "Cancelled. They get an email that says so."),
    "remove": ("Removed by staff.", "Removed. They get an email that says so."),
}


def possible(registration: Registration) -> tuple[str, ...]:
    """The acts that make sense now; `signup` has the last word."""
    if not registration.is_signed_up:
        return ()
    if registration.is_carer:  # they said yes at their own address
        return ("cancel", "remove")
    webinar = registration.webinar
    if webinar.state != Webinar.State.PUBLISHED or webinar.ends_at <= times.now():
        return ("cancel", "remove")
    waits = ("give_place",) if registration.is_waiting else ()
    return (*waits, "correct_address", "cancel", "remove")


class AddressForm(forms.Form):
    """Where somebody's emails go from now on."""

    email = forms.EmailField(
        label="Email address",
        max_length=LONGEST,
        widget=UnfoldAdminEmailInputWidget({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"invalid": "Write a whole email address, like name@example.com."},
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if len(address_key(email)) > LONGEST:
            raise forms.ValidationError("This address is too long.")
        if email == self.initial["email"]:
            raise forms.ValidationError("This is the address it has now.")
        return email

    def correct(self, registration: Registration) -> str:
        """Do it, and say what follows; where `signup` refuses, say why at the field instead."""
        try:
            corrected = signup.correct_address(registration, **self.cleaned_data)
        except signup.Taken as refusal:
            self.add_error("email", str(refusal))
        except signup.Closed:
            self.add_error("email", "Their place or the webinar is cancelled, or it is over.")
        else:
            if corrected.epoch == registration.epoch:
                return "Corrected. It is the same mailbox, so nobody is told."
            return "Corrected. The new address gets the invite and the private links."
        return ""


class AnswerInline(TabularInline):
    """What this person answered to the organizer's own questions."""

    model = Answer
    verbose_name_plural = "answers"
    fields = readonly_fields = ("asked", "answered")
    ordering = ("question__position", "question_id")
    extra = 0
    can_delete = False
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        answers: QuerySet[Answer] = super().get_queryset(request)
        return answers.select_related("question")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Question")
    def asked(self, answer: Answer) -> str:
        return answer.question.text

    @display(description="Answer")
    def answered(self, answer: Answer) -> str:
        return answer.in_words


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
    list_select_related = ("webinar", "carer_of")
    ordering = ("-pk",)
    paginator = InfinitePaginator
    show_full_result_count = False

    change_list_template = "admin/registrations/change_list.html"
    inlines = (AnswerInline, DeliveryInline)
    actions_detail = ("give_place", "correct_address", "cancel", "remove")
    fieldsets = (
        ("Who", {"fields": ("person", "mailbox", "spoken", "zone")}),
        ("What they told us", {"fields": ("phone", "access_needs", "speaker_question")}),
        ("Place", {"fields": ("session", "starts", "state", "source")}),
        ("When", {"fields": ("registered", "waited", "cancelled", "joined")}),
    )
    readonly_fields = (
        "person", "mailbox", "spoken", "zone", "session", "starts", "registered", "waited",
        "cancelled", "joined",
    )  # fmt: skip

    # ---- Lists ----

    @display(description="Name")
    def person(self, registration: Registration) -> str:
        patient = registration.carer_of
        return f"{registration}, helps {patient}" if patient else str(registration)

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

    @display(description="On the waiting list since")
    def waited(self, registration: Registration) -> str:
        since = registration.waiting_since if registration.is_waiting else None
        return moment(since, registration.webinar)

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
        found = self._found(request.POST.get("who", "").replace("\0", "").strip())
        if not found:
            messages.warning(request, "Nobody has this as their whole email address or name.")
            return HttpResponseRedirect(page)
        return HttpResponseRedirect(f"{page}?id__in={','.join(map(str, found))}")

    def _found(self, who: str) -> list[int]:
        named = Q(name_key=name_key(who)) | Q(last_name__iexact=who)
        matches = Q(address=address_key(who)) if "@" in who else named
        newest = Registration.objects.filter(matches).order_by("-pk")
        return list(newest.values_list("pk", flat=True)[: self.list_per_page]) if who else []

    # ---- Acting for somebody ----

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("registrations.change_registration")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        registration = self.get_object(request, str(object_id))
        wanted = possible(registration) if registration else ()
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if one.method.original_function_name in wanted]

    @action(
        description="Give a place",
        url_path="give-place",
        icon="event_seat",
        variant=ActionVariant.PRIMARY,
        permissions=["act"],
    )
    def give_place(self, request: HttpRequest, object_id: str) -> HttpResponse:
        registration = self._registration(request, object_id)
        if request.method != "POST":
            return self._page(request, registration, "give_place")
        try:
            waiting.give_place(registration)
        except waiting.NotWaiting:
            messages.error(request, "They are not on the waiting list any more.")
        except waiting.NoPlace:
            messages.error(request, NO_PLACE)
        else:
            return self._done(request, registration, "Given a place by staff.", PLACE_GIVEN)
        return self._back(registration)

    @action(
        description="Correct address",
        url_path="correct-address",
        icon="contact_mail",
        permissions=["act"],
    )
    def correct_address(self, request: HttpRequest, object_id: str) -> HttpResponse:
        registration = self._registration(request, object_id)
        form = AddressForm(request.POST or None, initial={"email": registration.email})
        if form.is_valid() and (news := form.correct(registration)):
            return self._done(request, registration, "Address corrected by staff.", news)
        return self._page(request, registration, "correct_address", form=form)

    @action(
        description="Cancel on their request",
        url_path="cancel",
        icon="person_cancel",
        permissions=["act"],
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._give_up(request, object_id, "cancel", is_removal=False)

    @action(
        description="Remove from this webinar",
        url_path="remove",
        icon="person_remove",
        variant=ActionVariant.DANGER,
        permissions=["act"],
    )
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._give_up(request, object_id, "remove", is_removal=True)

    def _give_up(
        self, request: HttpRequest, object_id: str, name: str, *, is_removal: bool
    ) -> HttpResponse:
        registration = self._registration(request, object_id)
        if not registration.is_signed_up:
            messages.error(request, "It is cancelled already.")
            return self._back(registration)
        if request.method != "POST":
            return self._page(request, registration, name)
        signup.cancel(registration, is_removal=is_removal)
        return self._done(request, registration, *GIVEN_UP[name])

    def _registration(self, request: HttpRequest, object_id: str) -> Registration:
        registration: Registration | None = self.get_object(request, object_id)
        if registration is None:
            raise Http404
        return registration

    def _page(
        self, request: HttpRequest, registration: Registration, name: str, **more: Any
    ) -> HttpResponse:
        """Says what the act does; only its POST does it."""
        context = {
            **self.admin_site.each_context(request),
            "title": TITLES[name],
            "opts": self.opts,
            "original": registration,
            "registration": registration,
            "media": self.media,
            **more,
        }
        return TemplateResponse(request, f"admin/registrations/{name}.html", context)

    def _done(
        self, request: HttpRequest, registration: Registration, logged: str, news: str
    ) -> HttpResponse:
        # Without the person's name and address: the log outlives the registration.
        LogEntry.objects.create(
            user=cast("User", request.user),
            content_type=ContentType.objects.get_for_model(Registration),
            object_id=str(registration.pk),
            object_repr=f"registration {registration.pk}",
            action_flag=CHANGE,
            change_message=logged,
        )
        messages.success(request, news)
        return self._back(registration)

    def _back(self, registration: Registration) -> HttpResponseRedirect:
        page = reverse("admin:registrations_registration_change", args=[registration.pk])
        return HttpResponseRedirect(page)
