"""What an organizer pastes into another site: a frame, or a script with a plain link beside it.

None of it says a date: it stays in that site while dates pass. What it shows: `announcing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from registrations import links
from registrations.announcing import ALL, SOURCES, Subject
from webinars.models import Series, Webinar


@dataclass(frozen=True, slots=True)
class Embed:
    """An announcement on somebody's page; `page` is where its plain link leads.

    `source` is the name that registrations from there are kept with; empty for the form's own.
    """

    subject: Subject
    title: str
    page: str
    source: str = ""

    @property
    def language(self) -> str:
        return self.subject.language

    def address(self, form: str) -> str:
        """Of the text, the HTML, the JSON or the script."""
        return links.announcement_url("announcement", *self._place, form, **self._query)

    @property
    def script_address(self) -> str:
        return self.address("js")

    @property
    def frame_address(self) -> str:
        return links.announcement_url("announcement_frame", *self._place, **self._query)

    @property
    def frame_path(self) -> str:
        """For our own pages, whatever name of ours they were opened by."""
        return links.announcement_path("announcement_frame", *self._place, **self._query)

    def frame(self) -> str:
        return self._code("paste_frame.html")

    def script(self) -> str:
        return self._code("paste_script.html")

    def _code(self, template: str) -> str:
        return render_to_string(f"registrations/announcement/{template}", {"embed": self}).strip()

    @property
    def _place(self) -> tuple[str, str]:
        return self.subject.kind, self.subject.code

    @property
    def _query(self) -> dict[str, str]:
        return {"language": self.language, "utm_source": self.source}


def of_webinar(webinar: Webinar, *, language: str = "", source: str = "") -> Embed:
    """In its own language unless another is asked for."""
    subject = Subject("webinar", webinar.code, language)
    page = links.with_source(links.page_url(webinar, language), source or SOURCES["js"])
    return Embed(subject, webinar.title, page, source)


def of_series(series: Series, *, language: str = "", source: str = "") -> Embed:
    """Each webinar of it in its own language unless one is asked for."""
    page = links.home_url(language or series.language)
    return Embed(Subject("series", series.code, language), series.title, page, source)


def of_next(*, language: str = "", source: str = "") -> Embed:
    """The next one of all, or of those held in a language."""
    with translation.override(language or "en"):
        title = gettext("Webinars for patients")
    return Embed(Subject("next", language or ALL), title, links.home_url(language), source)
