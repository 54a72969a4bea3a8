"""What is stored about one registration: the person may have it, and may have it deleted."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from notifications.models import Delivery, Purpose
from registrations import carers, erasing, questions, tokens
from registrations.forms import StampedForm
from registrations.models import RecordingWish, Registration
from registrations.protection import private_form
from registrations.views import private, shown
from registrations.views.answers import private_page

OF_REGISTRATION = (
    *("first_name", "last_name", "email", "time_zone", "language", "state", "source"),
    *("phone", "access_needs", "speaker_question"),
    "shows_title",
    *("registered_at", "waiting_since", "changed_at", "cancelled_at", "joined_at"),
    "reminders_stopped_at",
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
    forget = carers.decline if registration.is_carer else erasing.erase
    forget(registration)
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
    """What we know of them. Keys of links and what only serves sending is left out.

    So is what became of a mail to an address that is not theirs yet: it tells of its owner.
    """
    wishes = RecordingWish.objects.filter(registration=registration)
    theirs = Delivery.objects.filter(registration=registration).order_by("pk")
    messages = theirs.exclude(purpose=Purpose.ADDRESS_PROOF)
    return {
        "webinar": _webinar(registration),
        "registration": {name: getattr(registration, name) for name in OF_REGISTRATION},
        "answers": [
            {"question": question, "answer": answer}
            for question, answer in questions.given(registration)
        ],
        "consents": _consents(registration),
        "messages": list(messages.values(*OF_MESSAGE)),
        "asked_addresses": list(
            registration.address_changes.filter(is_open=True).values("email", "at")
        ),
        "former_addresses": list(registration.former_addresses.values("email", "at")),
        "recording_wishes": list(wishes.values("at")),
        **_of_care(registration),
    }


def _consents(registration: Registration) -> list[dict[str, Any]]:
    """The earlier ones, and the last. A carer who has not answered gave none."""
    found = list(registration.consents.values_list("text_version", "language", "at"))
    if registration.consented_at:
        version, language = registration.consent_version, registration.consent_language
        found.append((version, language, registration.consented_at))
    return [dict(zip(("text_version", "language", "at"), each, strict=True)) for each in found]


def _webinar(registration: Registration) -> dict[str, Any]:
    """Carers are not told what the patient comes for, and before their yes not when either."""
    webinar = registration.webinar
    if registration.state == Registration.State.ASKED:
        return {}
    title = webinar.discreet_title if registration.is_carer else webinar.title
    return {"title": title, "starts_at": webinar.starts_at}


def _of_care(registration: Registration) -> dict[str, Any]:
    """Whom they named, or whom they help: of the other person no more than the first name."""
    if patient := registration.carer_of:
        return {"helps": patient.first_name}
    return {"carers": list(registration.carers.live().values("first_name", "state"))}
