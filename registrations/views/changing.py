"""What a person changes on the private page, and the two pages that other links of theirs open.

A GET changes nothing. The page itself is `private`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from registrations import changing, signup, tokens
from registrations.forms import StampedForm
from registrations.models import AddressChange, Registration
from registrations.own_forms import AddressForm, LanguageForm, NameForm, PhoneForm
from registrations.protection import private_form
from registrations.views import private, shown
from registrations.views.answers import path_of, private_page, see_other, speak
from registrations.views.keeping import View

ONE_CLICK = "List-Unsubscribe"  # RFC 8058 3.2: the body is List-Unsubscribe=One-Click


def pressed(act: Callable[[HttpRequest, str, Registration], HttpResponse]) -> View:
    """A button of the private page: whoever only looks, or has no place any more, sees the page."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @private_form
    @private_page
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        registration = private.resolve(request, token)
        if request.method != "POST" or not private.can_change(registration):
            return private.back(request, token)
        try:
            return act(request, token, registration)
        except signup.Closed:  # meanwhile, in another tab
            return private.back(request, token)

    return answer


@pressed
def manage_name(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Greet them by another name."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return private.page(request, registration, name_form=form)
    try:
        changing.change_name(registration, **form.cleaned_data)
    except signup.Taken:
        taken = gettext("Somebody with this first name and your email address has a place already.")
        form.add_error("first_name", taken)
        return private.page(request, registration, name_form=form)
    return private.back(request, token, done="name")


@pressed
def manage_phone(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Call them there, or nowhere."""
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return private.page(request, registration, phone_form=form)
    changing.change_phone(registration, **form.cleaned_data)
    return private.back(request, token, done="phone")


@pressed
def manage_language(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Write to them in another language; the page speaks it at once."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return private.page(request, registration, language_form=form)
    changing.change_language(registration, **form.cleaned_data)
    return see_other(path_of("manage", token, done="language"))


@pressed
def manage_address(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Ask the new address's owner first. The answer is the same for every address."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return private.page(request, registration, address_form=form)
    try:
        changing.ask_for_proof(registration, **form.cleaned_data)
    except changing.TooOften:
        form.add_error("email", gettext("You asked a few times already. Please wait an hour."))
        return private.page(request, registration, address_form=form)
    return private.back(request, token, done="asked")


@pressed
def manage_withdraw(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Keep the address as it is."""
    return _press(request, token, registration, changing.withdraw, done="kept")


@pressed
def manage_stop(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """No more reminders; the place stays."""
    return _press(request, token, registration, changing.stop_reminders, done="stop")


@pressed
def manage_start(request: HttpRequest, token: str, registration: Registration) -> HttpResponse:
    """Reminders again."""
    return _press(request, token, registration, changing.start_reminders, done="start")


def _press(
    request: HttpRequest,
    token: str,
    registration: Registration,
    act: Callable[[Registration], object],
    *,
    done: str,
) -> HttpResponse:
    form = StampedForm(request.POST)
    if not form.is_valid():
        return private.page(request, registration, reminders_form=form)
    act(registration)
    return private.back(request, token, done=done)


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def prove_address(request: HttpRequest, token: str) -> HttpResponse:
    """For the owner of a new address: only the press of the button changes where mail goes."""
    try:
        change = changing.proof_of(token)
    except Http404:
        return _not_proved(request, "gone")
    speak(request, change.registration.language)
    form = StampedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _prove(request, change)
    context = {
        "form": form,
        "email": change.email,
        "webinar": change.registration.webinar,
        "languages": shown.other_languages(request),
    }
    return render(request, "registrations/prove_address.html", context)


def _prove(request: HttpRequest, change: AddressChange) -> HttpResponse:
    """The private page has a new address, too: the old mailbox has the old one."""
    try:
        registration = changing.prove(change)
    except signup.Taken:
        return _not_proved(request, "taken")
    except (Http404, signup.Closed):
        return _not_proved(request, "gone")
    own = tokens.token(registration, tokens.Purpose.MANAGE)
    return see_other(path_of("manage", own, done="address"))


def _not_proved(request: HttpRequest, why: str) -> HttpResponse:
    status = 404 if why == "gone" else 200
    return render(request, "registrations/not_proved.html", {"why": why}, status=status)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def stop_reminders(request: HttpRequest, token: str) -> HttpResponse:
    """Any post stops the reminders: a person's, and a mail program's one click (RFC 8058).

    That comes without a cookie or an origin, from whoever runs the mailbox.
    """
    registration = tokens.resolve(token, tokens.Purpose.STOP)
    speak(request, registration.language)
    if request.method == "POST":
        registration = changing.stop_reminders(registration)
        if ONE_CLICK in request.POST:
            return HttpResponse()
    context = {
        "registration": registration,
        "webinar": registration.webinar,
        "languages": shown.other_languages(request),
        **shown.when(registration.webinar, registration.time_zone),
    }
    return render(request, "registrations/stop_reminders.html", context)
