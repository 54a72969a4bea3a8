"""The card that somebody prints from their private page: when, by phone, and by camera."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe

from registrations import links
from registrations.models import Registration


def qr_code(registration: Registration) -> SafeString:
    """The join link as inline SVG: dark on white, and the quiet zone that ISO/IEC 18004 asks for.

    Level M: a card that lay in a pocket can still be read.
    """
    code = segno.make(links.join_url(registration), error="m", micro=False)
    svg = code.svg_inline(border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None)
    return mark_safe(svg)  # noqa: S308 - points alone
