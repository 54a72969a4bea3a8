"""Everything that is stored about one registration, for the person to keep."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from notifications.models import Delivery
from registrations import tokens
from registrations.models import Registration
from registrations.views.answers import private_page

OF_REGISTRATION = (
    *("first_name", "last_name", "email", "time_zone", "language", "state", "source"),
    *("registered_at", "changed_at", "cancelled_at", "joined_at"),
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
