"""What people want to ask the speaker, as the organizer may hand it on: the questions alone."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from webinars.models import Webinar

TEMPLATE = "admin/webinars/speaker_questions.html"


def page(request: HttpRequest, model_admin: ModelAdmin, webinar: Webinar) -> TemplateResponse:
    """Of one webinar."""
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Questions for the speaker",
        "opts": model_admin.opts,
        "original": webinar,
        "questions": asked(webinar),
    }
    return TemplateResponse(request, TEMPLATE, context)


def asked(webinar: Webinar) -> list[str]:
    """By whoever comes. In the order of the alphabet: that of registering would say who asks."""
    people = webinar.registrations.active().exclude(speaker_question="")
    return list(people.order_by("speaker_question").values_list("speaker_question", flat=True))
