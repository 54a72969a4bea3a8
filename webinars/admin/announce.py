"""The announcement as an organizer takes it elsewhere: how it looks now, each form to copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model
from django.forms import Media
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from registrations import announcing
from registrations.embedding import Embed
from webinars.forms import EmbedForm

TEMPLATE = "admin/webinars/announce.html"
COPYING = Media(js=["webinars/admin/copy.js"])
STANDING = "It stays right by itself: after the start it shows the recording or the next date."
PASSING = "Only as it is now: it does not change by itself where you paste it."


@dataclass(frozen=True)
class Form:
    """One thing to copy. `needs` is what a site with a content security policy must allow."""

    name: str
    title: str
    about: str
    code: str
    needs: str = ""

    @property
    def rows(self) -> int:
        """Of its box, about as many as it fills."""
        return sum(1 + len(line) // 80 for line in self.code.splitlines())


def page(
    request: HttpRequest,
    model_admin: ModelAdmin,
    embed_of: Callable[..., Embed],
    original: Model | None = None,
) -> TemplateResponse:
    """For a webinar, a series, or without `original` for the next one."""
    form = EmbedForm(request.GET if "source" in request.GET else {})
    embed = embed_of(**form.wanted())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Announce it on another site" if original else "Announce the next webinar",
        "opts": model_admin.opts,
        "original": original,
        "embed": embed,
        "form": form,
        "forms": forms_of(embed),
        "media": model_admin.media + COPYING,
    }
    return TemplateResponse(request, TEMPLATE, context)


def forms_of(embed: Embed) -> list[Form]:
    """The best first."""
    return [
        Form("script", "Script", STANDING, embed.script(), f"script-src {settings.SITE_URL}"),
        Form("frame", "Frame", STANDING, embed.frame(), f"frame-src {settings.SITE_URL}"),
        Form("text", "Text", PASSING, _said(embed, announcing.text, "txt")),
        Form("html", "HTML", PASSING, _said(embed, announcing.html, "html")),
        *(
            Form(f"{form}-address", f"Address of the {name}", about, embed.address(form))
            for form, name, about in (
                ("json", "JSON", "For programs. Any site may read it, and keep it for a minute."),
                ("txt", "text", "For programs, or a site that includes files by itself."),
                ("html", "HTML", "For a site that includes files by itself."),
            )
        ),
    ]


def _said(embed: Embed, write: Callable[[announcing.Told], str], form: str) -> str:
    source = embed.source or announcing.SOURCES[form]
    return write(announcing.tell(embed.subject, source=source)).strip()
