"""What is stored about one registration: the person may have it, and may have it deleted."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from notifications.models import Delivery
from registrations import erasing, tokens
from registrations.forms import StampedForm
from registrations.models import Registration
from registrations.protection import private_form
from registrations.views import private, shown
from registrations.views.answers import private_page

OF_REGISTRATION = (
    *("first_name", "last_name", "email", "time_zone", "language", "state", "source"),
    *("registered_at", "waiting_since", "changed_at", "cancelled_at", "joined_at"),
)
OF_MESSAGE = ("purpose", "state", "due_at", "settled_at")


@require_safe
@private_page
def manage_data(request: HttpRequest, token: str) -> HttpResponse:
    """A download in JSON; times are in UTC."""
    registration = tokens.resolve(token, tokens.Purpose.MANAGE)
    return JsonResponse(
        stored(registration),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def manage_erase(request: HttpRequest, token: str) -> HttpResponse:
    """Forget the person. The answer is the last page of this link."""
    registration = private.resolve(request, token)
    if request.method != "POST":
        return private.back(request, token)
    form = StampedForm(request.POST)
    if not form.is_valid():
        return private.page(request, registration, erase_form=form)
    erasing.erase(registration)
    return render(request, "registrations/erased.html", {"webinar": registration.webinar})


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def manage_not_me(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever was signed up by somebody else. Looking at it changes nothing."""
    registration = private.resolve(request, token)
    form = StampedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        erasing.refuse(registration)
        context = {"webinar": registration.webinar, "is_refused": True}
        return render(request, "registrations/erased.html", context)
    context = {
        "form": form,
        "webinar": registration.webinar,
        "languages": shown.other_languages(request),
    }
    return render(request, "registrations/not_me.html", context)


def stored(registration: Registration) -> dict[str, Any]:
    """What we know of them. Keys of links and what only serves sending is left out."""
    webinar = registration.webinar
    messages = Delivery.objects.filter(registration=registration).order_by("pk")
    return {
        "webinar": {"title": webinar.title, "starts_at": webinar.starts_at},
        "registration": {name: getattr(registration, name) for name in OF_REGISTRATION},
        "consents": list(registration.consents.values("text_version", "language", "at")),
        "messages": list(messages.values(*OF_MESSAGE)),
        "former_addresses": list(registration.former_addresses.values("email", "at")),
    }
