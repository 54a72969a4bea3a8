"""`{{ text|phones }}`: phone numbers in an organizer's line become links that a thumb can press.

"1-800-555-0100, code 4821 337#": ten digits at least make a number, and what ends with # is a
code, so a code stays text.
"""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

NUMBER = re.compile(r"\+?\(?\d(?:[ .()‑-]{0,2}\d){9,14}+(?! ?[\d#])")
NOT_DIALLED = re.compile(r"[^+\d]")

register = template.Library()


@register.filter
def phones(text: str) -> SafeString:
    """Escaped text; numbers do not break over lines."""
    # Safe: escaped before, and a number has no sign that HTML reads.
    return mark_safe(NUMBER.sub(_link, escape(text)))  # noqa: S308


def _link(found: re.Match[str]) -> str:
    number = found.group()
    return f'<a class="phone" href="tel:{NOT_DIALLED.sub("", number)}">{number}</a>'
