"""A webinar and an attendee that are in no database, the files of both, and texts that hurt."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from webinars import ics
from webinars.models import Webinar

STAMP = datetime(2026, 7, 2, 8, 30, tzinfo=UTC)
JOIN = "https://webinars.example.org/j/5fJk2Qx9ZrTb7Lm3Nc8Vw1Yh6Gd4Sp0AeUiOq2KtRzXy/"
PAGE = "https://webinars.example.org/w/k4m9p2xz/"
AWKWARD = [
    "Back pain: causes, care; and what you can do",
    'The "SI joint" in plain words',
    "Dolor lumbar: ¿qué es? Año 2026, mañana",
    "Move more 🧘‍♀️🇲🇽👩🏽‍⚕️ hurt less " + "🧘‍♀️" * 20,
    "\u200fכאבי גב\u200f, שאלות ותשובות; ‫ألم الظهر‬",
    r"A \sign, \; and \\, as text; 50 \% and \\",
    "One\ttab, a^caret and 'single' quotes = 5%, <b>not bold</b> & more",
    "x" * 300,
    "é" * 300,
    "\\" * 301,
]
AWKWARD_NAMES = [
    "Núñez, José",
    "O'Brien, Ann: Ms",
    "Zoë 🧘‍♀️",
    "\u200fדנה\u200f",
    "Ann " + "é" * 200,
    "Jo–Ann’s",
]
# What ends a line somewhere: in RFC 5545, in Python's splitlines, in JavaScript, in C.
LINE_ENDS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x00"]


def a_webinar(**fields: Any) -> Webinar:
    """A published webinar at 4 pm Pacific on July 31, 2026."""
    webinar = Webinar(
        **{
            "title": "Sacroiliac joint pain: what helps",
            "calendar_title": "Online session",
            "uid": UUID("0b8f3a52-51c9-4d1a-9f6e-2d7c1a4b8e90"),
            "local_date": date(2026, 7, 31),
            "local_time": time(16, 0),
            "time_zone": "America/Los_Angeles",
            "dial_in": "+1 555 010 0142, code 7731#",
            "help_line": "+1 555 010 0100",
            "organizer_name": "Back Care Education",
            "sender_email": "webinars@webinars.example.org",
            "state": Webinar.State.PUBLISHED,
            "sequence": 0,
            "changed_at": datetime(2026, 7, 1, 17, 0, 5, tzinfo=UTC),
        }
        | fields
    )
    webinar.set_wall_clock(webinar.local_date, webinar.local_time, webinar.time_zone)
    return webinar


def an_attendee(**fields: Any) -> ics.Attendee:
    return ics.Attendee(
        **{
            "name": "Ana",
            "email": "ana@example.com",
            "uid": UUID("6f1d2c3b-8a47-4e55-b0c9-13e7f5a9d204"),
            "sequence": 0,
            "join_url": JOIN,
            "time_zone": "America/Denver",
            "language": "en",
        }
        | fields
    )


def every_file(webinar: Webinar, attendee: ics.Attendee) -> dict[str, bytes]:
    return {
        "invite": ics.invite(webinar, attendee, stamp=STAMP),
        "cancellation": ics.cancellation(webinar, attendee, stamp=STAMP),
        "personal": ics.personal_file(webinar, attendee),
        "public": ics.public_file(webinar, page_url=PAGE),
    }
