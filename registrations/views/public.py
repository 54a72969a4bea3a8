"""The public pages: what is coming, a webinar with its form, its calendar file, privacy.

They set no cookie and are the same for everybody, so any proxy may keep them for a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from registrations import fixing, links, lost_links, questions, sealing, signup, waiting
from registrations.forms import LinkForm, RegistrationForm, source_of
from registrations.models import Question
from registrations.own_forms import FixForm
from registrations.protection import public_form
from registrations.views import feeds, metadata, news, shown
from registrations.views.answers import (
    asked_language,
    calendar_file,
    kept,
    path_of,
    public_page,
    see_other,
    speak,
)
from registrations.views.filled import filled
from registrations.views.keeping import cheap, remember, remembered
from registrations.views.shown import Stage
from webinars import ics, times
from webinars.models import Webinar

RECORDINGS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Card:
    """One webinar in the list."""

    webinar: Webinar
    path: str
    announcement: SafeString
    has_begun: bool


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    """What is coming, and the recordings of what was."""
    coming = list(Webinar.objects.public().upcoming().select_related("series"))
    recorded = Webinar.objects.published().past().exclude(recording_url="")[:RECORDINGS_SHOWN]
    context = {
        "cards": [_card(webinar, asked_language(request)) for webinar in coming],
        "recordings": [_card(webinar, asked_language(request)) for webinar in recorded],
        "feeds": feeds.offered(coming),
        "news": news.offered(),
        "lead": metadata.home_lead(),
        "metadata": metadata.of_site_page(
            "home", gettext("Webinars for patients"), metadata.home_lead()
        ),
        "languages": shown.other_languages(request),
    }
    changes = [at for webinar in coming for at in (webinar.starts_at, webinar.ends_at)]
    return kept(render(request, "registrations/home.html", context), *changes)


def _card(webinar: Webinar, asked: str) -> Card:
    """Leads to the page in the language that the reader chose, else in the webinar's own."""
    chosen = asked if asked != webinar.language else ""
    return Card(
        webinar=webinar,
        path=path_of("webinar", webinar.code, language=chosen),
        announcement=shown.marked(
            webinar.starts_at, webinar.display_zones[0], webinar.announcement(get_language())
        ),
        has_begun=shown.has_begun(webinar),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
@public_page
def webinar_page(request: HttpRequest, code: str) -> HttpResponse:
    """The page of one webinar and its form; the answer to the form comes from here too."""
    if request.method == "POST":
        webinar, asked = remembered(f"form:{code}", partial(_asked_by, code))
        speak(request, webinar.language)
        return _register(request, copy(webinar), asked)
    webinar = get_object_or_404(Webinar.objects.public(), code=code)
    speak(request, webinar.language)
    form = RegistrationForm(
        questions=questions.asked(webinar),
        initial={
            "time_zone": times.canonical(webinar.display_zones[0]),
            "utm_source": source_of(request.GET.get("utm_source", "")),
        },
    )
    page = _page(request, webinar, form, shown.stage(webinar))
    return kept(page, *webinar.changes)


def _asked_by(code: str) -> tuple[Webinar, list[Question]]:
    """All that a posted form is read by, and its answer is made of."""
    webinar = get_object_or_404(Webinar.objects.public(), code=code)
    prefetch_related_objects([webinar], "reminder_rules")
    return webinar, questions.asked(webinar)


def _page(
    request: HttpRequest, webinar: Webinar, form: RegistrationForm, stage: Stage
) -> HttpResponse:
    prefetch_related_objects([webinar], "speakers")
    context: dict[str, Any] = {
        "webinar": webinar,
        "form": form,
        "stage": stage,
        "metadata": metadata.of_webinar(webinar, stage),
        "moved_from": shown.moved_from(webinar, webinar.display_zones[:2]),
        "opens": shown.opening(webinar) if stage == Stage.NOT_YET else "",
        "calendar": shown.public_calendar_links(webinar),
        "languages": shown.other_languages(request),
        **shown.when(webinar),
    }
    return render(request, "registrations/webinar.html", context)


def _register(request: HttpRequest, webinar: Webinar, asked: list[Question]) -> HttpResponse:
    """Answers by what was typed and by the webinar's public state, never by the address."""
    form = RegistrationForm(request.POST, questions=asked)
    if not form.is_valid():
        return _page(request, webinar, form, shown.stage(webinar))
    typed = {**form.cleaned_data, "language": get_language() or "en"}
    for name in ("consent", "confirmed"):
        typed.pop(name)
    typed["source"] = typed.pop("utm_source")
    seats, person = f"full:{webinar.pk}", None
    seems_full = remembered(seats, partial(signup.is_full, webinar))
    try:
        person = signup.register(webinar, seems_full=seems_full, **typed)
        is_full = person.found_full
    except signup.Closed:
        webinar = get_object_or_404(Webinar.objects.public(), pk=webinar.pk)
        return _page(request, webinar, form, shown.stage(webinar))
    except signup.Full:
        return _page(request, webinar, form, Stage.FULL)
    except signup.Refused as refused:  # and reads what everybody reads
        is_full = refused.found_full
    if is_full is not seems_full:
        remember(seats, is_full)
    if is_full and not waiting.is_open(webinar):  # whoever has a place, too, reads what others read
        return _page(request, webinar, form, Stage.FULL)
    place = fixing.place_of(person)
    return check_your_email(request, webinar, typed, place, is_full=is_full)


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
@public_page
def send_link(request: HttpRequest) -> HttpResponse:
    """Mail the private links of an address; the answer is the same for every address."""
    form = LinkForm(request.POST or None)
    is_asked = request.method == "POST" and form.is_valid()
    if is_asked:
        lost_links.ask_for_links(form.cleaned_data["email"])
    context = {
        "form": form,
        "is_asked": is_asked,
        "languages": shown.other_languages(request),
        "metadata": metadata.of_site_page(
            "send_link",
            gettext("Get your link again"),
            gettext(
                "Did you lose our email? Tell us your address, and we send your private link again."
            ),
        ),
    }
    page = render(request, "registrations/send_link.html", context)
    return page if request.method == "POST" else kept(page)


def check_your_email(
    request: HttpRequest,
    webinar: Webinar,
    typed: dict[str, Any],
    place: str,
    fix_form: FixForm | None = None,
    *,
    is_full: bool,
    is_late: bool = False,
) -> HttpResponse:
    """What follows, and a way to mend the address. `place` is what `fixing.place_of` gives.

    `is_full`: whoever signs up now waits. `is_late`: since they did, sign-up has closed.
    """
    language, zone = asked_language(request), typed["time_zone"]
    template = f"registrations/{'no_place_yet' if is_full else 'check_email'}.html"

    def page(words: Mapping[str, str]) -> str:
        context = {
            "fix_form": fix_form or FixForm(),
            "fix_path": path_of("webinar_fix", webinar.code, language=language),
            "is_late": is_late,
            "webinar": webinar,
            "reminders": shown.reminders_ahead(webinar, zone),
            **shown.when(webinar, zone),
            **words,
        }
        return render_to_string(template, context, request)

    sealed = {"code": webinar.code, "place": place, "typed": typed, "is_full": is_full}
    words = {
        "first_name": typed["first_name"],
        "email": typed["email"],
        "sealed": sealing.seal(sealed),
    }
    if fix_form:
        return HttpResponse(page(words))
    facts = (webinar.code, webinar.changed_at, webinar.schedule_revision, is_late, template)
    return HttpResponse(filled(repr((*facts, get_language(), language, zone)), page, words))


@require_safe
@public_page
def webinar_time(request: HttpRequest, code: str) -> HttpResponse:
    """The start in the zone that a browser reports, in words; 204 where that tells us nothing."""
    webinar = get_object_or_404(Webinar.objects.public(), code=code)
    language = speak(request, webinar.language)
    zone = times.browser_zone(request.GET.get("zone"))
    if zone is None:
        return kept(HttpResponse(status=204))
    words, face = times.own_time(webinar.starts_at, zone, webinar.display_zones, language)
    answer = {
        "zone": zone,
        "label": times.zone_label(zone, language),
        "words": times.unbroken(words),
        "iso": face.iso,
    }
    return kept(JsonResponse(answer, json_dumps_params={"ensure_ascii": False}))


@require_safe
@cheap
def webinar_calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The public calendar entry: it leads to the page and moves with nobody's registration.

    Where there is nothing to come to any more, the page is shown instead.
    """
    webinar = get_object_or_404(Webinar.objects.public(), code=code)
    if not webinar.is_on():
        return see_other(path_of("webinar", webinar.code))
    file = calendar_file(ics.public_file(webinar, page_url=links.page_url(webinar)))
    return kept(file, *webinar.changes)


@require_safe
@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept and why."""
    page = metadata.of_site_page(
        "help_privacy",
        gettext("Your privacy"),
        gettext("What we keep when you sign up, why we keep it, and what you can do."),
    )
    context = {"languages": shown.other_languages(request), "metadata": page}
    return kept(render(request, "privacy.html", context))
