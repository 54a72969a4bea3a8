"""How the organisation looks: its logo, and its colour as the one style sheet within the pages.

The sheet stands in the page itself, named by its hash in the content security policy: no further
request, and a page stays one answer that any proxy may keep.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import conditional_page, require_safe

from config import colours

KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
MOST_OCTETS = 8_000  # a page weighs 60 KB at most, its logo included


@dataclass(frozen=True, slots=True)
class Image:
    content: bytes
    content_type: str
    version: str


def style() -> SafeString:
    """The colour's style sheet; empty where it is our own, which site.css has."""
    # Made of numbers alone.
    return SafeString("" if settings.PALETTE == colours.OURS else settings.PALETTE.css)


def style_source() -> str:
    """How the policy's `style-src` goes on."""
    return f" 'sha256-{_hash(style())}'" if style() else ""


@lru_cache(maxsize=4)
def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def logo_address() -> str:
    """Where the logo is, with its version; empty if there is none."""
    image = _image(settings.ORGANISATION_LOGO)
    return f"{reverse('logo')}?v={image.version}" if image else ""


@require_safe
@conditional_page
def logo(request: HttpRequest) -> HttpResponse:
    """The logo itself, from our own site."""
    image = _image(settings.ORGANISATION_LOGO)
    if image is None:
        raise Http404
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(image.content, content_type=image.content_type, headers=headers)


def logo_problem() -> str:
    """What is wrong with ORGANISATION_LOGO, and what to do; empty if nothing is."""
    path = Path(settings.ORGANISATION_LOGO)
    if not settings.ORGANISATION_LOGO:
        return ""
    if path.suffix.lower() not in KINDS:
        return "ORGANISATION_LOGO must be the path of an SVG or PNG file: its name ends so."
    if not (path.is_file() and os.access(path, os.R_OK)):
        return "ORGANISATION_LOGO names no file that we can read. Give its path on this machine."
    if path.stat().st_size > MOST_OCTETS:
        return (
            f"ORGANISATION_LOGO is larger than {MOST_OCTETS // 1000} KB, and every page loads it. "
            "Save it smaller: 48 points high is enough, or 96 for a PNG."
        )
    return ""


@lru_cache(maxsize=4)
def _image(path: str) -> Image | None:
    """Read once; a new logo comes with a restart."""
    if not path or logo_problem():
        return None
    content = Path(path).read_bytes()
    version = hashlib.sha256(content).hexdigest()[:8]
    return Image(content, KINDS[Path(path).suffix.lower()], version)
