"""Facts -> subject, text and HTML, by the three templates of a purpose. No facts and no MIME here.

The HTML's styles are written into its elements, because many mail programs drop <style>; only
what cannot be written there (dark mode) stays in the head.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from css_inline import CSSInliner
from django.template.loader import render_to_string

from webinars import times

# Whatever could end a header's line, and every other control character.
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")

FOLDER = "notifications/email"


@dataclass(frozen=True, slots=True)
class Written:
    """What a reader sees. `subject` is one line; in `text` every link has a line of its own."""

    subject: str
    text: str
    html: str


def render(purpose: str, facts: Mapping[str, object]) -> Written:
    """Render in the active language. `facts` is what `context.facts` gives."""
    folder = f"{FOLDER}/{purpose}"
    subject = one_line(render_to_string(f"{folder}/subject.txt", facts))
    known = {**facts, "subject": subject}
    text = render_to_string(f"{folder}/body.txt", known)
    html = render_to_string(f"{folder}/body.html", known)
    return Written(subject, _tidy(text), _inliner().inline(times.unbroken(html)))


def one_line(text: str) -> str:
    """The text with nothing in it that could end a header's line."""
    return UNSAFE.sub(" ", text).strip()


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(
        keep_at_rules=True,
        remove_inlined_selectors=True,
        minify_css=True,
        load_remote_stylesheets=False,
    )


def _tidy(text: str) -> str:
    """No more than one empty line between paragraphs, and none at the ends."""
    lines = (line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
