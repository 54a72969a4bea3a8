"""A webinar, and as plain arguments one attendee, as calendar entries: RFC 5545, 5546 and 7986.

Files, the invite and its cancellation as bytes, and the links that open a web calendar. What is
mailed to whom, and with which headers, is not decided here; no queries, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.encoding import iri_to_uri, punycode
from django.utils.html import escape
from django.utils.text import capfirst
from django.utils.translation import gettext
from icalendar import Alarm, Calendar, Event
from icalendar.prop import vCalAddress, vDatetime, vDuration, vInt, vText, vUri

from webinars import times
from webinars.models import Webinar

PRODID = "-//Webinars//Invites 1.0//EN"
ALARM_BEFORE = timedelta(minutes=15)
LINK_LIMIT = 2000
LINE_OCTETS = 74  # of 75: one is for the space that begins a continued line

OutlookHost = Literal["outlook.live.com", "outlook.office.com"]

# Line breaks and control characters; RFC 5545 lets none of them stand in a value.
UNSAFE = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
TEXT_ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})
# What no two calendars read alike in a parameter: libical loses the address behind a backslash,
# node-ical cuts at a semicolon, and only some know RFC 6868's carets, which stand for quotes.
NAME_SIGNS = str.maketrans({'"': "'", ";": ",", "\\": "/", "^": "-"})
# What RFC 6068 lets stand unencoded before the @ of a mailto address, beside letters and digits.
MAILBOX_SIGNS = "!$'*+"


class Text(vText):
    r"""TEXT of RFC 5545 3.3.11. icalendar's own takes a written `\N` for a line break."""

    def to_ical(self) -> bytes:
        return self.translate(TEXT_ESCAPES).encode()


@dataclass(frozen=True, slots=True)
class Attendee:
    """Whose entry it is. `sequence` is this person's share of SEQUENCE, `join_url` absolute.

    `shows_title`: they chose the full title of a sensitive webinar. `is_carer`: they have no place
    of their own, but help somebody who has.
    """

    name: str
    email: str
    uid: UUID
    sequence: int
    join_url: str
    time_zone: str
    language: str
    shows_title: bool = False
    is_carer: bool = False


def invite(webinar: Webinar, attendee: Attendee, *, stamp: datetime) -> bytes:
    """The METHOD:REQUEST of RFC 5546 3.2.2: a first invite, or the update of an earlier one.

    `stamp` is the instant at which this message was first composed (DTSTAMP).
    """
    with translation.override(attendee.language):
        event = _personal(webinar, attendee, stamp)
        _add_parties(event, webinar, attendee)
        return _file(event, method="REQUEST")


def cancellation(
    webinar: Webinar, attendee: Attendee, *, stamp: datetime, has_moved_mailbox: bool = False
) -> bytes:
    """The METHOD:CANCEL of RFC 5546 3.2.5, for whoever cancelled or whose webinar is called off.

    `has_moved_mailbox`: the place is kept, and its entry is in another mailbox now.

    Each attendee has a UID of their own, so it is the whole event of that UID that is cancelled.
    """
    with translation.override(attendee.language):
        event = _theirs(webinar, attendee, stamp)
        event["STATUS"] = Text("CANCELLED")
        why = gettext("Our emails for this session go to another address now.")
        if not has_moved_mailbox:
            why = _why_cancelled(webinar, attendee)
        lines = [why, "", _when(webinar, attendee), "", *_help(webinar)]
        event["DESCRIPTION"] = Text("\n".join(lines).strip())
        _add_parties(event, webinar, attendee)
        return _file(event, method="CANCEL")


def personal_file(webinar: Webinar, attendee: Attendee) -> bytes:
    """The download of somebody registered: the invite's UID and content, without the parties."""
    with translation.override(attendee.language):
        return _file(_personal(webinar, attendee, webinar.changed_at))


def public_file(webinar: Webinar, *, page_url: str) -> bytes:
    """The download of anybody: it leads to the webinar's page, and has no phone code."""
    with translation.override(webinar.language):
        event = public_entry(webinar, page_url=page_url)
        _add_alarm(event)
        return _file(event)


def public_entry(webinar: Webinar, *, page_url: str) -> Event:
    """The entry of anybody, in the active language and without an alarm."""
    title, number = webinar.discreet_title, webinar.sequence
    event = _facts(webinar, title, webinar.uid, number, webinar.changed_at)
    _add_session(event, page_url, _public_lines(webinar, page_url, webinar.language))
    return event


def google_url(webinar: Webinar, attendee: Attendee) -> str:
    """A link that opens the entry in Google Calendar, shown in the attendee's zone."""
    title, lines = _title(webinar, attendee), _lines(webinar, attendee)
    return _google(webinar, title, attendee.join_url, attendee.time_zone, lines)


def public_google_url(webinar: Webinar, *, page_url: str, language: str) -> str:
    """The same for anybody: it leads to the page, and is shown in the first announced zone."""
    lines = _public_lines(webinar, page_url, language)
    zone = times.canonical(webinar.display_zones[0])
    return _google(webinar, webinar.discreet_title, page_url, zone, lines)


def _google(webinar: Webinar, title: str, link: str, time_zone: str, lines: Sequence[str]) -> str:
    start, end = (_iso(at) for at in _ends(webinar))
    query = {
        "action": "TEMPLATE",
        "text": _line(title),
        "dates": f"{start}/{end}".replace("-", "").replace(":", ""),
        "location": link,
        "ctz": time_zone,
    }
    address = "https://calendar.google.com/calendar/render"
    return _link(address, query, "details", lines, "\n")


def outlook_url(
    webinar: Webinar, attendee: Attendee, host: OutlookHost = "outlook.live.com"
) -> str:
    """A link that opens the entry in Outlook on the web; each host refuses the other's accounts."""
    title, lines = _title(webinar, attendee), _lines(webinar, attendee)
    return _outlook(webinar, host, title, attendee.join_url, lines)


def public_outlook_url(
    webinar: Webinar, *, page_url: str, language: str, host: OutlookHost = "outlook.live.com"
) -> str:
    """The same for anybody: it leads to the page."""
    lines = _public_lines(webinar, page_url, language)
    return _outlook(webinar, host, webinar.discreet_title, page_url, lines)


def _outlook(
    webinar: Webinar, host: OutlookHost, title: str, link: str, lines: Sequence[str]
) -> str:
    start, end = (_iso(at) for at in _ends(webinar))
    query = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "startdt": start,
        "enddt": end,
        "subject": _line(title),
        "location": link,
    }
    # Outlook reads the body as HTML and drops plain line breaks.
    body = [escape(line) for line in lines]
    return _link(f"https://{host}/calendar/0/deeplink/compose", query, "body", body, "<br>")


def calendar_line(webinar: Webinar, attendee: Attendee, language: str) -> str:
    """What the calendar must then show: "Online session: Friday, July 31, 2026, 4:00 pm to …"."""
    span = times.span(webinar.starts_at, webinar.ends_at, [attendee.time_zone], language)
    return f"{_line(_title(webinar, attendee))}: {span}"


def _title(webinar: Webinar, attendee: Attendee) -> str:
    return webinar.title_for(shows_title=attendee.shows_title)


def _file(event: Event, method: str = "") -> bytes:
    whole = calendar(method)
    whole.add_component(event)
    return octets(whole)


def calendar(method: str = "") -> Calendar:
    """The frame of a file, for its events."""
    calendar = Calendar()
    calendar["VERSION"] = Text("2.0")
    calendar["PRODID"] = Text(PRODID)
    calendar["CALSCALE"] = Text("GREGORIAN")
    if method:
        calendar["METHOD"] = Text(method)
    return calendar


def octets(calendar: Calendar) -> bytes:
    """The file: CRLF, lines of at most 75 octets."""
    # icalendar's own writer takes three times as long as all the rest, most of it to fold.
    return b"".join(_folded(_content_line(*item)) for item in calendar.property_items(sorted=False))


def _content_line(name: str, value: Any) -> bytes:
    """`NAME;params:value` of RFC 5545 3.1; BEGIN and END come as bytes."""
    if isinstance(value, bytes):
        return f"{name}:".encode() + value
    params = value.params.to_ical(sorted=False)
    line: bytes = name.encode() + (b";" + params if params else b"") + b":" + value.to_ical()
    return line


def _folded(line: bytes) -> bytes:
    """The line in pieces of at most 75 octets, cut within no character and no escape."""
    pieces, begin = [], 0
    while len(line) - begin > LINE_OCTETS:
        end = begin + LINE_OCTETS
        while line[end] & 0xC0 == 0x80:
            end -= 1
        escapes = len(line[begin:end]) - len(line[begin:end].rstrip(b"\\"))
        end -= escapes % 2
        pieces.append(line[begin:end])
        begin = end
    return b"\r\n ".join([*pieces, line[begin:]]) + b"\r\n"


def _personal(webinar: Webinar, attendee: Attendee, stamp: datetime) -> Event:
    event = _theirs(webinar, attendee, stamp)
    _add_session(event, attendee.join_url, _lines(webinar, attendee))
    # One FEATURE only: icalendar quotes two wrongly.
    params = {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": _line(gettext("Join the session"))}
    event["CONFERENCE"] = vUri(iri_to_uri(attendee.join_url), params=params)
    _add_alarm(event)
    return event


def _theirs(webinar: Webinar, attendee: Attendee, stamp: datetime) -> Event:
    """The facts under the attendee's UID, in the words that they chose."""
    number = webinar.sequence + attendee.sequence
    return _facts(webinar, _title(webinar, attendee), attendee.uid, number, stamp)


def _facts(webinar: Webinar, title: str, uid: UUID, sequence: int, stamp: datetime) -> Event:
    """What every entry has. Times are in UTC: the one form that all calendars read alike."""
    start, end = _ends(webinar)
    event = Event()
    event["UID"] = Text(f"{uid}@{settings.UID_HOST}")
    event["SEQUENCE"] = vInt(sequence)
    event["DTSTAMP"] = vDatetime(stamp.astimezone(UTC))
    event["LAST-MODIFIED"] = vDatetime(webinar.changed_at.astimezone(UTC))
    event["DTSTART"] = vDatetime(start.astimezone(UTC))
    event["DTEND"] = vDatetime(end.astimezone(UTC))
    event["SUMMARY"] = Text(_line(title))
    event["TRANSP"] = Text("OPAQUE")
    if webinar.is_sensitive:
        event["CLASS"] = Text("PRIVATE")
    return event


def _add_session(event: Event, link: str, lines: Sequence[str]) -> None:
    event["STATUS"] = Text("CONFIRMED")
    event["DESCRIPTION"] = Text("\n".join(lines).strip())
    event["LOCATION"] = Text(iri_to_uri(link))
    event["URL"] = vUri(iri_to_uri(link))


def _add_alarm(event: Event) -> None:
    alarm = Alarm()
    alarm["ACTION"] = Text("DISPLAY")
    alarm["DESCRIPTION"] = event["SUMMARY"]
    alarm["TRIGGER"] = vDuration(-ALARM_BEFORE)
    event.add_component(alarm)


def _add_parties(event: Event, webinar: Webinar, attendee: Attendee) -> None:
    """The site's mailbox and exactly one attendee, who is coming already: no answer is asked."""
    event["ORGANIZER"] = organizer(webinar)
    params = {
        "CN": _name(attendee.name),
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
    }
    event["ATTENDEE"] = vCalAddress(_mailto(attendee.email), params=params)


def organizer(webinar: Webinar) -> vCalAddress:
    """The site's mailbox, under the site's name: it stands on lock screens, so it is neutral."""
    name = {"CN": _name(settings.ORGANISATION_NAME)}
    return vCalAddress(_mailto(webinar.sender_email), params=name)


def _ends(webinar: Webinar) -> tuple[datetime, datetime]:
    return webinar.starts_at, webinar.ends_at


def _iso(at: datetime) -> str:
    """The instant as "2026-07-31T23:00:00Z"."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _when(webinar: Webinar, attendee: Attendee) -> str:
    """The attendee's zone first, then those of the announcement."""
    zones = [attendee.time_zone, *webinar.display_zones]
    return capfirst(times.long_form(webinar.starts_at, zones, attendee.language))


def _lines(webinar: Webinar, attendee: Attendee) -> list[str]:
    """What a personal entry says: the join link, when in words, the phone, the help line."""
    with translation.override(attendee.language):
        lines = [attendee.join_url, "", _when(webinar, attendee), ""]
        if webinar.dial_in:
            lines.append(gettext("By phone: %(dial_in)s") % {"dial_in": _line(webinar.dial_in)})
        return lines + _help(webinar)


def _public_lines(webinar: Webinar, page_url: str, language: str) -> list[str]:
    """What an entry of anybody says: the page, when in words, the help line; no phone code."""
    when = times.long_form(webinar.starts_at, webinar.display_zones, language)
    with translation.override(language):
        return [page_url, "", capfirst(when), "", *_help(webinar)]


def _help(webinar: Webinar) -> list[str]:
    if not webinar.help_line:
        return []
    return [gettext("Help: %(help_line)s") % {"help_line": _line(webinar.help_line)}]


def _why_cancelled(webinar: Webinar, attendee: Attendee) -> str:
    if webinar.state == Webinar.State.CANCELLED:
        return gettext("This session is cancelled.")
    if attendee.is_carer:
        return gettext("You do not help with this session any more.")
    return gettext("Your place in this session is cancelled.")


def _line(text: str) -> str:
    """The text on one line, with nothing in it that could end the line."""
    return UNSAFE.sub(" ", text).strip()


def _name(text: str) -> str:
    """The text as a parameter's value, which all calendars read alike."""
    return _line(text).translate(NAME_SIGNS)


def _mailto(email: str) -> str:
    """The address as a URI (RFC 6068), its domain as in the message's own headers."""
    mailbox, _at, domain = _line(email).rpartition("@")
    return f"mailto:{quote(mailbox, safe=MAILBOX_SIGNS)}@{punycode(domain)}"


def _link(
    address: str, query: dict[str, str], name: str, lines: Sequence[str], newline: str
) -> str:
    """The address with the query and the lines under `name`; last lines go where it grows long."""
    for kept in range(len(lines), 0, -1):
        text = newline.join(lines[:kept])
        url = f"{address}?{urlencode({**query, name: text}, safe='/:', quote_via=quote)}"
        if len(url) < LINK_LIMIT:
            break
    return url
