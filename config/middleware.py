"""Two small duties of every answer: its language and its content security policy."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from config import look

Answer = Callable[[HttpRequest], HttpResponse]

# What a page may load: our own files only. A view that must leave (the join press redirects to
# the host's site, and Chromium applies form-action to redirects) names that origin itself. The
# one style sheet in a page is the organisation's colour, known by its hash: see config/look.py.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'{form_action}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# django-unfold is driven by Alpine.js, which evaluates expressions and sets inline styles. The
# announcement's preview is a frame of ours.
ADMIN_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class PageLanguage:
    """Speak the language that the address names (`?language=es`), English otherwise.

    Neither a cookie nor Accept-Language is asked, so any proxy may keep a page by its address.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("language", "")
        known = wanted in dict(settings.LANGUAGES)
        with translation.override(wanted if known else settings.LANGUAGE_CODE):
            return self.get_response(request)


class ContentSecurityPolicy:
    """Forbid every third party; `response.form_action` may name the meeting host's origin."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            policy = ADMIN_POLICY
        else:
            host = getattr(response, "form_action", "")
            policy = POLICY.format(
                form_action=f" {host}" if host else "", style=look.style_source()
            )
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
