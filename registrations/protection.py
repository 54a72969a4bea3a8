"""The forms' own protection. They carry no session, so there is no CSRF cookie to ask for.

Two questions: does the browser say that the post comes from a page of ours, and was that page
made lately. A page stays the same for everybody, so any proxy may keep it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from webinars import times

View = Callable[..., HttpResponse]

STAMP_LIVES = timedelta(days=7)
HOUR = 3600
OURS = {"same-origin", "none"}  # of Sec-Fetch-Site; "none" is a person's own doing

_signer = signing.Signer(salt="registrations.protection.stamp")


def stamp() -> str:
    """Proof that we made this form, and in which hour (so that the page's bytes stay the same)."""
    return _signer.sign(str(int(times.now().timestamp()) // HOUR))


def is_fresh(value: str) -> bool:
    """Whether it is a stamp of ours that is not older than `STAMP_LIVES`. There is no least age."""
    try:
        hours = int(_signer.unsign(value))
    except (signing.BadSignature, ValueError):
        return False
    return times.now() - datetime.fromtimestamp(hours * HOUR, UTC) <= STAMP_LIVES


def public_form(view: View) -> View:
    """Refuse a post that another site made: a clear page, 403."""
    return _guarded(view, is_from_elsewhere)


def private_form(view: View) -> View:
    """The same for pages whose own address is the secret.

    Their `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with our own forms
    (Fetch, "append a request Origin header"), and Safari before 16.4 says nothing beside it.
    """
    return _guarded(view, _names_another_site)


def is_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser says, or hides, that a page that is not ours made this request."""
    is_hidden = request.headers.get("Origin") == "null" and not _fetch_site(request)
    return is_hidden or _names_another_site(request)


def _names_another_site(request: HttpRequest) -> bool:
    if (_fetch_site(request) or "none") not in OURS:
        return True
    # SITE_URL beside it, for a proxy that passes on neither our name nor that it speaks TLS.
    ours = {f"{request.scheme}://{request.get_host()}", settings.SITE_URL, "null"}
    return request.headers.get("Origin", "null") not in ours


def _fetch_site(request: HttpRequest) -> str:
    return request.headers.get("Sec-Fetch-Site", "")


def _guarded(view: View, is_refused: Callable[[HttpRequest], bool]) -> View:
    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and is_refused(request):
            return render(request, "registrations/refused.html", status=403)
        return view(request, *args, **kwargs)

    return guarded
