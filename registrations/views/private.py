"""The private page of one registration: see, add to the calendar, change the zone, cancel.

Whoever has the link may do all of it, so it is shown to nobody else. A GET changes nothing.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from registrations import changing, links, signup, tokens, waiting
from registrations.forms import StampedForm, ZoneForm
from registrations.models import Registration
from registrations.own_forms import own_forms
from registrations.protection import private_form
from registrations.views import card, own_choices, shown
from registrations.views.answers import (
    asked_language,
    calendar_file,
    path_of,
    private_page,
    see_other,
    speak,
)
from webinars import ics, times


@require_safe
@private_page
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """The page itself; `?done=` says what a press has just done."""
    registration = resolve(request, token)
    return page(request, registration)


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def manage_zone(request: HttpRequest, token: str) -> HttpResponse:
    """Tell the time in another zone from now on."""
    registration = resolve(request, token)
    if request.method != "POST":
        return back(request, token)
    form = ZoneForm(request.POST)
    if not form.is_valid():
        return page(request, registration, zone_form=form)
    try:
        signup.change_zone(registration, time_zone=form.cleaned_data["time_zone"])
    except signup.Closed:
        return back(request, token, done="too late")
    return back(request, token, done="zone")


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def manage_cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Give the place up, or the one on the list, unless it is all over anyway."""
    registration = resolve(request, token)
    if request.method != "POST" or not _can_give_up(registration):
        return back(request, token)
    form = StampedForm(request.POST)
    if not form.is_valid():
        return page(request, registration, cancel_form=form)
    signup.cancel(registration)
    return back(request, token, done="cancel")


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def manage_return(request: HttpRequest, token: str) -> HttpResponse:
    """Take the place again, or one on the list: they can come after all."""
    registration = resolve(request, token)
    if request.method != "POST" or registration.is_signed_up:
        return back(request, token)
    form = StampedForm(request.POST)
    if not form.is_valid():
        return page(request, registration, return_form=form)
    try:
        signup.come_back(registration)
    except (signup.Closed, signup.Full, signup.Refused):
        return back(request, token, done="too late")
    return back(request, token, done="return")


@require_safe
@private_page
def manage_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The personal calendar entry; who has no place any more is shown the page instead."""
    registration = resolve(request, token)
    if not can_change(registration):
        return back(request, token)
    return calendar_file(ics.personal_file(registration.webinar, links.attendee(registration)))


def resolve(request: HttpRequest, token: str) -> Registration:
    """Whose page it is; from here on it is spoken in their language. Raises `Http404`."""
    registration = tokens.resolve(token, tokens.Purpose.MANAGE)
    speak(request, registration.language)
    return registration


def back(request: HttpRequest, token: str, **query: str) -> HttpResponse:
    """To the page itself."""
    return see_other(path_of("manage", token, language=asked_language(request), **query))


def can_change(registration: Registration) -> bool:
    """Whether there is still a place to come to."""
    return registration.is_active and registration.webinar.is_on()


def _can_give_up(registration: Registration) -> bool:
    """Whether there is still something to give up: a place, or the hope for one."""
    return registration.is_signed_up and registration.webinar.is_on()


def page(
    request: HttpRequest,
    registration: Registration,
    zone_form: ZoneForm | None = None,
    cancel_form: StampedForm | None = None,
    return_form: StampedForm | None = None,
    erase_form: StampedForm | None = None,
    **wrong: StampedForm,
) -> HttpResponse:
    """The page, with whatever form was filled in wrongly."""
    webinar, zone = registration.webinar, registration.time_zone
    stage = shown.stage(webinar)
    context: dict[str, Any] = {
        "registration": registration,
        "webinar": webinar,
        "stage": stage,
        "can_change": can_change(registration),
        "can_give_up": _can_give_up(registration),
        "can_return": stage.has_form and not (registration.is_signed_up or registration.is_carer),
        "has_hope": registration.is_waiting and waiting.is_open(webinar),
        "done": request.GET.get("done", ""),
        "zone_form": zone_form or ZoneForm(initial={"time_zone": zone}),
        "cancel_form": cancel_form or StampedForm(),
        "return_form": return_form or StampedForm(),
        "erase_form": erase_form or StampedForm(),
        "messages": shown.messages(registration),
        "address_change": changing.open_change(registration),
        **own_forms(registration),
        "wrong": next(iter(wrong.values()), None),
        "zone_label": times.zone_label(zone, speak(request, registration.language)),
        "moved_from": shown.moved_from(webinar, [zone], registration.known_since),
        "qr_code": card.qr_code(registration) if can_change(registration) else "",
        "languages": shown.other_languages(request),
        **shown.when(webinar, zone),
        **_paths(registration, asked_language(request)),
        **own_choices.shown(registration, asked_language(request)),
        **wrong,
    }
    return render(request, own_choices.template(registration), context)


def _paths(registration: Registration, language: str) -> dict[str, Any]:
    """Every address that the page leads to, in the language that it speaks."""
    own = tokens.token(registration, tokens.Purpose.MANAGE)
    join = tokens.token(registration, tokens.Purpose.JOIN)
    file = path_of("manage_calendar", own, language=language)
    return {
        "zone_path": path_of("manage_zone", own, language=language),
        "name_path": path_of("manage_name", own, language=language),
        "phone_path": path_of("manage_phone", own, language=language),
        "language_path": path_of("manage_language", own, language=language),
        "address_path": path_of("manage_address", own, language=language),
        "withdraw_path": path_of("manage_withdraw", own, language=language),
        "stop_path": path_of("manage_stop", own, language=language),
        "start_path": path_of("manage_start", own, language=language),
        "cancel_path": path_of("manage_cancel", own, language=language),
        "return_path": path_of("manage_return", own, language=language),
        "data_path": path_of("manage_data", own),
        "erase_path": path_of("manage_erase", own, language=language),
        "join_path": path_of("join", join, language=language),
        "page_path": path_of("webinar", registration.webinar.code, language=language),
        "calendar": shown.calendar_links(registration, file=file),
    }
