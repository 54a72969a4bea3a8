"""What the tests of the admin share: a form as it is filled in, a page as it is read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from webinars.models import Webinar

ADD = "/admin/webinars/webinar/add/"
LIST = "/admin/webinars/webinar/"
JANUARY = datetime(2026, 1, 10, 18, tzinfo=UTC)
NATIONAL = {
    "local_date": date(2026, 7, 31),
    "local_time": time(16),
    "time_zone": "America/Los_Angeles",
}


def page(webinar: Webinar, name: str = "change") -> str:
    return f"/admin/webinars/webinar/{webinar.pk}/{name}/"


def text(answer: Any) -> str:
    """What the page says, tags and scripts taken out."""
    html = re.sub(r"<(script|style|template)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def typed(**fields: Any) -> dict[str, Any]:
    """A whole form as an organizer fills it in; what a test is about is named."""
    return {
        "title": "Pain after back surgery",
        "calendar_title": "Online session",
        "summary": "A surgeon explains where the pain may come from.",
        "description": "<p>What you will learn.</p>",
        "is_sensitive": "on",
        "language": "en",
        "local_date": "2026-07-31",
        "local_time": "4:00 pm",
        "time_zone": "America/Los_Angeles",
        "duration_0": "1",
        "duration_1": "hours",
        "display_zones": ["America/Los_Angeles", "America/New_York"],
        "join_url": "https://meet.example.com/host-room",
        "dial_in": "1-800-555-0100",
        "recording_url": "",
        "organizer_name": "Harbor Spine Institute",
        "organizer_email": "team@harbor.example.org",
        "help_line": "1-800-555-0199",
        "capacity": "",
        "registration_closes_0": "",
        "registration_closes_1": "days",
        **no_rows("speakers"),
        **no_rows("resources"),
        **no_rows("questions"),
        **no_rows("revisions"),
        **fields,
    }


def no_rows(prefix: str) -> dict[str, Any]:
    return {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}


def rule_rows(webinar: Webinar) -> dict[str, Any]:
    """The reminders as the page shows them, to be changed by a test."""
    rules = list(webinar.reminder_rules.filter(retired_at=None))
    rows: dict[str, Any] = {
        "reminder_rules-TOTAL_FORMS": len(rules),
        "reminder_rules-INITIAL_FORMS": len(rules),
    }
    for number, rule in enumerate(rules):
        assert rule.before is not None
        rows |= {
            f"reminder_rules-{number}-id": rule.pk,
            f"reminder_rules-{number}-webinar": webinar.pk,
            f"reminder_rules-{number}-before_0": int(rule.before / timedelta(minutes=1)),
            f"reminder_rules-{number}-before_1": "minutes",
            f"reminder_rules-{number}-subject": rule.subject,
            f"reminder_rules-{number}-text": rule.text,
            f"reminder_rules-{number}-is_enabled": "on",
        }
    return rows


def errors(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["adminform"].form.errors
    return found


def queries_of(client: Client, address: str) -> int:
    client.get(address)  # content types and permissions are looked up once
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
