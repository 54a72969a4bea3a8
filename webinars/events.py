"""A webinar as search engines read it: schema.org's Event. Plain data; views put it into a page.

Which properties and why: https://schema.org/Event, and Google's guide to Event structured data.
It says what the public page says, and nothing of the host.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from webinars import times
from webinars.models import Webinar

SCHEMA = "https://schema.org"


def event(webinar: Webinar, *, page_url: str, picture_url: str, offer: str = "") -> dict[str, Any]:
    """The Event. `offer` is an ItemAvailability such as "InStock"; without one no place is offered.

    A cancelled one keeps its start, as Google asks.
    """
    said = {
        "@context": SCHEMA,
        "@type": "Event",
        "name": webinar.title,
        "description": webinar.summary,
        "url": page_url,
        "image": [picture_url],
        "inLanguage": webinar.language,
        "startDate": _local(webinar, webinar.starts_at),
        "endDate": _local(webinar, webinar.ends_at),
        "eventAttendanceMode": f"{SCHEMA}/OnlineEventAttendanceMode",
        "location": {"@type": "VirtualLocation", "url": page_url},
        "organizer": _organisation(),
        "isAccessibleForFree": True,
        **_status(webinar),
    }
    if speakers := [{"@type": "Person", "name": each.name} for each in webinar.speakers.all()]:
        said["performer"] = speakers
    if offer:
        said["offers"] = _offer(webinar, page_url, offer)
    return said


def _status(webinar: Webinar) -> dict[str, str]:
    move = webinar.last_move()
    before = {"previousStartDate": _local(webinar, move[0].starts_at)} if move else {}
    if webinar.state == Webinar.State.CANCELLED:
        return {"eventStatus": f"{SCHEMA}/EventCancelled", **before}
    status = "EventRescheduled" if move else "EventScheduled"
    return {"eventStatus": f"{SCHEMA}/{status}", **before}


def _offer(webinar: Webinar, page_url: str, availability: str) -> dict[str, Any]:
    offer = {
        "@type": "Offer",
        "url": page_url,
        "price": 0,
        "priceCurrency": "USD",
        "availability": f"{SCHEMA}/{availability}",
    }
    opened_at = webinar.registration_opens_at or webinar.published_at
    if opened_at:
        offer["validFrom"] = _local(webinar, opened_at)
    return offer


def _organisation() -> dict[str, str]:
    return {"@type": "Organization", "name": settings.ORGANISATION_NAME, "url": settings.SITE_URL}


def _local(webinar: Webinar, instant: datetime) -> str:
    """With the offset of the webinar's zone: "2026-07-31T16:00:00-07:00"."""
    return times.faces(instant, [webinar.time_zone])[0].iso
