"""Public answers kept in this process for some seconds, so that a crowd costs one rendering.

Which answers may be kept, and how long by others: `answers.kept`. Nothing personal comes here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from time import monotonic
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_max_age, set_response_etag
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page

View = Callable[..., HttpResponse]
T = TypeVar("T")

# All of a query that a public page reads. What others add to a link (`fbclid`) tells no two apart.
READ = ("language", "utm_source", "zone")
LONGEST = 80  # of a value that is worth keeping an answer for

# By key: an object, and until when it is good, by `monotonic`. A cache would pickle it, each time.
NOTHING = (None, 0.0)
_remembered: dict[str, tuple[object, float]] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """Ready to go out again, compressed or not, with its ETag."""

    content: bytes
    headers: dict[str, str]
    made_at: float  # of `monotonic`


def cheap(view: View) -> View:
    """An ETag, compressed, and made anew every few seconds at most, however many ask.

    A kept answer says its `Age` (RFC 9111 5.1), so that here and in any proxy together it never
    gets older than its `max-age`.
    """
    made = gzip_page(_with_etag(view))

    @conditional_page
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not settings.PAGES_KEPT_SECONDS:
            return made(request, *args, **kwargs)
        key = _key(request)
        kept = caches["pages"].get(key) if key else None
        if kept is not None:
            return _again(kept)
        response = made(request, *args, **kwargs)
        if key:
            _keep(key, response)
        return response

    return answer


def remembered(key: str, make: Callable[[], T]) -> T:
    """What pages are made of, for as long as a page is kept. Who asks gets the same object as
    everybody, and does not change it.
    """
    found, until = _remembered.get(key, NOTHING)
    if monotonic() >= until:
        found = make()
        remember(key, found)
    return cast("T", found)


def remember(key: str, found: object) -> None:
    """It has turned out to be this."""
    if len(_remembered) >= settings.PAGES_KEPT:
        _remembered.clear()
    _remembered[key] = found, monotonic() + settings.PAGES_KEPT_SECONDS


def forget() -> None:
    """Whatever this process keeps."""
    _remembered.clear()
    caches["pages"].clear()


def _with_etag(view: View) -> View:
    """Of what stands on the page: compressing adds random octets each time."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if "public" in response.headers.get("Cache-Control", ""):
            set_response_etag(response)
        return response

    return marked


def _key(request: HttpRequest) -> str:
    """By all that an answer depends on; empty where it is not worth keeping."""
    asked = [request.GET.get(name, "") for name in READ]
    if max(map(len, asked)) > LONGEST:
        return ""
    is_compressed = "gzip" in request.headers.get("Accept-Encoding", "")
    return sha256(repr((request.path, asked, is_compressed)).encode()).hexdigest()


def _keep(key: str, response: HttpResponse) -> None:
    is_public = "public" in response.headers.get("Cache-Control", "")
    seconds = min(settings.PAGES_KEPT_SECONDS, get_max_age(response) or 0)
    if response.status_code == 200 and is_public and seconds:
        kept = Answer(response.content, dict(response.headers.items()), monotonic())
        caches["pages"].set(key, kept, seconds)


def _again(kept: Answer) -> HttpResponse:
    age = int(monotonic() - kept.made_at)
    return HttpResponse(kept.content, headers={**kept.headers, "Age": str(age)})
