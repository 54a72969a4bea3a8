"""The answer to a registration, once more: the address was wrong, and is mended."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from registrations import fixing, sealing, signup
from registrations.own_forms import FixForm
from registrations.protection import public_form
from registrations.views import public, shown
from registrations.views.answers import asked_language, path_of, public_page, see_other, speak
from registrations.views.shown import Stage
from webinars.models import Webinar


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
@public_page
def fix(request: HttpRequest, code: str) -> HttpResponse:
    """Answers by what was typed and by the webinar's public state, never by an address."""
    webinar = get_object_or_404(Webinar.objects.public(), code=code)
    speak(request, webinar.language)
    stage = shown.stage(webinar)
    if request.method != "POST" or stage in {Stage.CANCELLED, Stage.OVER}:
        return see_other(path_of("webinar", code, language=asked_language(request)))
    try:
        said = sealing.opened(request.POST.get("sealed", ""), lives=fixing.LIVES)
    except sealing.Broken:
        return _too_late(request, webinar)
    if said["code"] != code:
        return _too_late(request, webinar)
    return _fix(request, webinar, stage, said)


def _fix(
    request: HttpRequest, webinar: Webinar, stage: Stage, said: dict[str, Any]
) -> HttpResponse:
    form, typed, place = FixForm(request.POST), _typed(said), said["place"]
    is_full = said["is_full"]
    is_late = stage not in {Stage.OPEN, Stage.LIST if is_full else Stage.OPEN}
    if not form.is_valid():
        return public.check_your_email(request, webinar, typed, place, form, is_full=is_full)
    typed = {**typed, "email": form.cleaned_data["email"]}
    try:
        place = fixing.place_of(fixing.fix_address(webinar, place=place, **typed))
    except (signup.Closed, signup.Full):
        is_late = True
    return public.check_your_email(request, webinar, typed, place, is_full=is_full, is_late=is_late)


def _typed(said: dict[str, Any]) -> dict[str, Any]:
    """JSON's keys are texts."""
    answers = {int(question): value for question, value in said["typed"]["answers"].items()}
    return {**said["typed"], "answers": answers}


def _too_late(request: HttpRequest, webinar: Webinar) -> HttpResponse:
    form_path = path_of("webinar", webinar.code, language=asked_language(request))
    context = {"webinar": webinar, "form_path": form_path}
    return render(request, "registrations/fix_too_late.html", context)
