"""How the admin is named, coloured and navigated. What its pages do is in the apps' admins."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

SITE = "Patient Webinars"


def _organisation(request: HttpRequest) -> str:
    name = str(settings.ORGANISATION_NAME)
    return name if name != SITE else "For organizers"


def _style(request: HttpRequest) -> str:
    return static("webinars/admin/organizer.css")


def _icon(request: HttpRequest) -> str:
    return static("site/icon.svg")


def _link(title: str, icon: str, app: str, model: str, page: str = "changelist") -> dict[str, Any]:
    def is_permitted(request: HttpRequest) -> bool:
        return any(request.user.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "change"))

    address = reverse_lazy(f"admin:{app}_{model}_{page}")
    return {"title": title, "icon": icon, "link": address, "permission": is_permitted}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": SITE,
    "SITE_HEADER": SITE,
    "SITE_SUBHEADER": _organisation,
    "SITE_SYMBOL": "event_available",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _icon}],
    "SHOW_HISTORY": False,  # a webinar's page shows what people were told, and by whom
    "STYLES": [_style],
    "DASHBOARD_CALLBACK": "webinars.admin.dashboard.fill",
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "#eefafb",
            "100": "#d3f0f2",
            "200": "#a9e0e5",
            "300": "#7fd4dc",
            "400": "#5cc0ca",
            "500": "#35a9b5",
            "600": "#0b6670",
            "700": "#0a555e",
            "800": "#0b444b",
            "900": "#0c383e",
            "950": "#04252a",
        },
    },
    "SIDEBAR": {
        "navigation": [
            {
                "items": [
                    {"title": "Today", "icon": "today", "link": reverse_lazy("admin:index")},
                    _link("Webinars", "event", "webinars", "webinar"),
                    _link("Series", "event_repeat", "webinars", "series"),
                    _link("Announce the next", "campaign", "webinars", "webinar", "next"),
                    _link("Registrations", "group", "registrations", "registration"),
                ],
            },
            {
                "title": "Messages",
                "separator": True,
                "items": [
                    _link("Deliveries", "mail", "notifications", "delivery"),
                    _link("Waves", "schedule_send", "notifications", "wave"),
                    _link("Suppressions", "block", "notifications", "suppression"),
                    _link("Heartbeats", "monitor_heart", "notifications", "heartbeat"),
                    _link("Senders", "dns", "notifications", "sender"),
                ],
            },
            {
                "title": "Staff",
                "separator": True,
                "items": [
                    _link("Users", "badge", "auth", "user"),
                    _link("Roles", "shield_person", "auth", "group"),
                ],
            },
        ],
    },
}
