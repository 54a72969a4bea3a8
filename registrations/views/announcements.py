"""The announcement for other sites: the only answers that any page may read, load or frame.

They set no cookie and know no reader. What they say: `registrations.announcing`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from registrations import announcing, links
from registrations.announcing import Subject, Told, Unknown
from registrations.forms import source_of
from registrations.views.answers import asked_language, kept
from registrations.views.keeping import View, cheap
from webinars import times

OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}
FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'sha256-{style}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *"
)


def for_other_sites(view: View) -> View:
    """Open to any origin, with an ETag, compressed; outermost, so that a 304 is open too."""
    answer = cheap(view)

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = answer(request, *args, **kwargs)
        for name, value in OPEN.items():
            response.headers[name] = value
        return response

    return opened


@require_safe
@for_other_sites
def announcement(request: HttpRequest, kind: str, code: str, form: str) -> HttpResponse:
    """Text, HTML, JSON or a script, by the address's ending."""
    if form not in FORMS:
        raise Http404
    told = _told(request, kind, code, form)
    return kept(FORMS[form](request, told), *told.occasion.changes)


@require_safe
@xframe_options_exempt
@for_other_sites
def announcement_frame(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The page for an `<iframe>`."""
    told = _told(request, kind, code, "frame")
    script_url = links.announcement_path(
        *("announcement", kind, code, "js"),
        language=asked_language(request),
        utm_source=_source(request, "frame"),
    )
    response = HttpResponse(announcing.frame(told, script_url=script_url))
    response.headers["Content-Security-Policy"] = FRAME_POLICY.format(style=announcing.style_hash())
    return kept(response, *told.occasion.changes)


def _told(request: HttpRequest, kind: str, code: str, form: str) -> Told:
    subject = Subject(kind, code, asked_language(request))
    try:
        return announcing.tell(subject, source=_source(request, form))
    except Unknown:
        raise Http404 from None


def _source(request: HttpRequest, form: str) -> str:
    return source_of(request.GET.get("utm_source", "")) or announcing.SOURCES[form]


def _text(request: HttpRequest, told: Told) -> HttpResponse:
    return HttpResponse(announcing.text(told), content_type="text/plain; charset=utf-8")


def _html(request: HttpRequest, told: Told) -> HttpResponse:
    return HttpResponse(announcing.html(told))


def _json(request: HttpRequest, told: Told) -> HttpResponse:
    facts = announcing.facts(told, times.browser_zone(request.GET.get("zone")))
    return JsonResponse(facts, json_dumps_params={"ensure_ascii": False})


def _script(request: HttpRequest, told: Told) -> HttpResponse:
    program = announcing.script(told, times.browser_zone(request.GET.get("zone")))
    return HttpResponse(program, content_type="text/javascript; charset=utf-8")


FORMS: dict[str, Callable[[HttpRequest, Told], HttpResponse]] = {
    "txt": _text,
    "html": _html,
    "json": _json,
    "js": _script,
}
