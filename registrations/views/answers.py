"""How an answer may be kept, and in which language it speaks. What stands in it: `shown`."""

from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.views.defaults import page_not_found

from registrations.views.keeping import View, cheap
from webinars import times

KEPT_FOR = timedelta(minutes=1)
CALENDAR_HEADERS = {
    "Content-Type": "text/calendar; charset=utf-8",
    "Content-Disposition": 'attachment; filename="session.ics"',
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
}


def asked_language(request: HttpRequest) -> str:
    """The language that the address names; empty if it names none that we speak."""
    asked = request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else ""


def speak(request: HttpRequest, language: str) -> str:
    """Speak this language, unless the address asks for another. The middleware undoes it."""
    spoken = asked_language(request) or language
    translation.activate(spoken)
    return spoken


def public_page(view: View) -> View:
    """For pages that are the same for everybody; `kept` says how long.

    Our own forms must name their origin, so the referrer policy hides it from others only.
    """

    @cheap
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return answer


def kept(response: HttpResponse, *changes: datetime) -> HttpResponse:
    """Let anybody keep a public answer for a minute, or until the first of its changes."""
    now = times.now()
    waits = [change - now for change in changes if change > now]
    seconds = min([KEPT_FOR, *waits]) // timedelta(seconds=1)
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    return response


def private_page(view: View) -> View:
    """For pages whose address is a secret: kept by nobody, found by nobody, passed on nowhere.

    Nor one that is not found: the link may be right but for a sign at its end.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404 as missing:
            response = page_not_found(request, missing)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return answer


def calendar_file(content: bytes) -> HttpResponse:
    """A download that phones open in their calendar."""
    return HttpResponse(content, headers=CALENDAR_HEADERS)


def see_other(address: str) -> HttpResponse:
    """After a post: the browser gets the address anew, and a reload posts nothing."""
    return HttpResponse(status=303, headers={"Location": address})


def path_of(name: str, *args: str, language: str = "", **query: str) -> str:
    """A path of ours, asking for a language where one is given."""
    asked = {"language": language, **query} if language else query
    return reverse(name, args=args) + (f"?{urlencode(asked)}" if asked else "")
