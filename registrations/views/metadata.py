"""What the public pages say about themselves to search engines and to whoever shares a link.

The topic may stand here, for it stands on the page. Private pages have none of this.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext

from registrations import links
from registrations.views.shown import Stage
from webinars import events, picture, times
from webinars.models import Webinar

# Of schema.org's ItemAvailability. Before the opening `validFrom` says from when on.
OFFERS = {
    **dict.fromkeys([Stage.NOT_YET, Stage.OPEN], "InStock"),
    **dict.fromkeys([Stage.LIST, Stage.FULL], "SoldOut"),
}
# Open Graph's own way to name a language; our readers live in the United States.
LOCALES = {"en": "en_US", "es": "es_US"}
ZONES_IN_PICTURE = 2
# As `json_script` of Django does it, which cannot give a block this type.
UNSAFE_IN_SCRIPTS = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"}


@dataclass(frozen=True, slots=True)
class Metadata:
    """One page in one language. `addresses` are the same page in each, `address` is this one.

    `address` is canonical: it has neither a source nor a language that need not be said.
    `default` is for readers whose language we do not speak. `event` is JSON-LD.
    """

    title: str
    description: str
    address: str
    addresses: dict[str, str]
    default: str
    picture: str
    event: SafeString | None = None

    @property
    def locale(self) -> str:
        return LOCALES[_language()]

    @property
    def other_locales(self) -> list[str]:
        return [locale for code, locale in LOCALES.items() if code != _language()]

    @property
    def picture_width(self) -> int:
        return picture.WIDTH

    @property
    def picture_height(self) -> int:
        return picture.HEIGHT


def of_site_page(name: str, title: str, description: str) -> Metadata:
    """Of a page of no webinar, by the name of its path."""
    addresses = {code: links.site_url(name, code) for code, _name in settings.LANGUAGES}
    return Metadata(
        title=title,
        description=description,
        address=addresses[_language()],
        addresses=addresses,
        default=addresses[settings.LANGUAGE_CODE],
        picture=links.site_url("home_picture", _language()),
    )


def of_webinar(webinar: Webinar, stage: Stage) -> Metadata:
    """Of a webinar's page. `stage` decides whether places are offered."""
    addresses = {code: links.page_url(webinar, code) for code, _name in settings.LANGUAGES}
    return Metadata(
        title=webinar.title,
        description=_description(webinar),
        address=addresses[_language()],
        addresses=addresses,
        default=links.page_url(webinar),
        picture=links.picture_url(webinar, _language()),
        event=_json_ld(
            events.event(
                webinar,
                page_url=links.page_url(webinar),
                picture_url=links.picture_url(webinar, webinar.language),
                offer=OFFERS.get(stage, ""),
            )
        ),
    )


def home_picture() -> picture.Words:
    """What the site's picture says, in the active language."""
    return picture.Words(
        organisation=settings.ORGANISATION_NAME,
        title=gettext("Webinars for patients"),
        days=(("", (home_lead(),)),),
    )


def home_lead() -> str:
    return gettext(
        "Learn from people who know, from home, by phone or computer. "
        "Choose one and save your place."
    )


def webinar_picture(webinar: Webinar) -> picture.Words:
    """What a webinar's picture says, in the active language: with the year, for others keep it."""
    days: dict[str, list[str]] = {}
    zones = webinar.display_zones[:ZONES_IN_PICTURE]
    for face in times.faces(webinar.starts_at, zones, _language()):
        days.setdefault(capfirst(face.day), []).append(face.words)
    return picture.Words(
        organisation=settings.ORGANISATION_NAME,
        title=webinar.title,
        days=tuple((day, tuple(words)) for day, words in days.items()),
        notice=gettext("Cancelled") if _is_off(webinar) else "",
    )


def _description(webinar: Webinar) -> str:
    """When, then what: search engines cut its end off."""
    said = f"{webinar.announcement(_language())}. {webinar.summary}"
    return f"{gettext('Cancelled')}: {said}" if _is_off(webinar) else said


def _is_off(webinar: Webinar) -> bool:
    return webinar.state == Webinar.State.CANCELLED


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _json_ld(data: dict[str, Any]) -> SafeString:
    """For a data block, which no browser runs (so our policy has no say) and no text can end."""
    return mark_safe(json.dumps(data).translate(UNSAFE_IN_SCRIPTS))  # noqa: S308 - escaped here
