"""What an email may say: the facts for its templates, the same for everybody whom it reaches.

No words of our own here, and nothing of the topic: a sensitive webinar's summary, description and
speakers are in no context, so no template can name them; nor is its title, but for whoever chose
to read it. Nor is a person: the names and the tokens in the links are added by `wording`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from notifications.emails.countdown import Nearness, Stage, countdown
from notifications.emails.occasion import Occasion
from notifications.models import Purpose
from registrations import links
from webinars import times
from webinars.scheduling import RULES_CHANGED

Facts = dict[str, object]

# A phone number would lead into a session that does not take place, or not for this person.
NOTHING_TO_JOIN: Facts = {"length": "", "dial_in": ""}
NO_LINKS: Facts = dict.fromkeys(
    ["join_url", "manage_url", "calendar_url", "not_me_url", "answer_url"], ""
)


@dataclass(frozen=True, slots=True)
class When:
    """One start in words: for the reader's clock, then for the zones of the announcement.

    `day` and `time` are the reader's, `here` is both in one line, `elsewhere` a line per other
    zone (each with its date where any differs), `whole` the long form of all of them.
    """

    day: str
    time: str
    here: str
    elsewhere: list[str]
    whole: str


def facts(occasion: Occasion) -> Facts:
    """Everything that its purpose's templates know but the person."""
    with translation.override(occasion.language):
        return _common(occasion) | MORE[occasion.purpose](occasion, *occasion.details)


def _common(occasion: Occasion) -> Facts:
    webinar, language = occasion.webinar.row, occasion.language
    return {
        "language": language,
        "organisation": occasion.organisation,
        "colours": occasion.colours,
        "shows_title": occasion.shows_title,
        "is_carer": occasion.is_carer,
        "discreet_title": _title(occasion),
        "when": when(webinar.starts_at, occasion),
        "length": times.until(webinar.ends_at, webinar.starts_at, language),
        "opens_before": times.until(webinar.starts_at, webinar.opens_at, language),
        "dial_in": webinar.dial_in,
        "help_line": webinar.help_line,
        "join_url": links.join_link(links.PLACE, language),
        "manage_url": links.manage_link(links.PLACE, language),
        "calendar_url": links.calendar_link(links.PLACE, language),
        "not_me_url": links.not_me_link(links.PLACE, language),
        "answer_url": links.answer_link(links.PLACE, language),
        "stop_url": "",
        "proof_url": "",
    }


def _title(occasion: Occasion) -> str:
    """As the reader chose to read it, in the active language."""
    return occasion.webinar.row.title_for(shows_title=occasion.shows_title)


def when(starts_at: datetime, occasion: Occasion) -> When:
    """The start as the reader's clocks show it, and then as the announcement named it."""
    language = occasion.language
    zones = [occasion.time_zone, *occasion.webinar.row.display_zones]
    first, *rest = times.faces(starts_at, zones, language)
    is_one_day = all(face.day == first.day for face in rest)
    return When(
        day=first.day,
        time=first.words,
        here=times.long_form(starts_at, [first.zone], language),
        elsewhere=[
            face.words if is_one_day else times.long_form(starts_at, [face.zone], language)
            for face in rest
        ],
        whole=times.long_form(starts_at, zones, language),
    )


def _confirmation(occasion: Occasion, due: tuple[datetime, ...]) -> Facts:
    """How long before the start: "7 days, 1 day, 1 hour and 10 minutes"; empty when none is."""
    starts_at, language = occasion.webinar.row.starts_at, occasion.language
    spans = [times.until(starts_at, each, language) for each in due]
    return {"reminders": get_text_list(spans, _("and"))}


def _reminder(occasion: Occasion, near: Nearness, own_subject: str, own_text: str) -> Facts:
    webinar = occasion.webinar.row
    is_open = near.stage is Stage.SOON  # "You can join now": not also when it opens
    return {
        **({"opens_before": ""} if is_open else {}),
        "stop_url": links.stop_link(links.PLACE, occasion.language),
        "own_subject": own_subject,
        "own_text": own_text,
        "countdown": countdown(
            webinar.starts_at,
            near,
            title=_title(occasion),
            zone=occasion.time_zone,
            language=occasion.language,
        ),
    }


def _moved(
    occasion: Occasion, old_start: datetime | None, is_retimed: bool, news: tuple[str, ...]
) -> Facts:
    is_said_already = is_retimed and occasion.revision.reason == RULES_CHANGED
    return {
        "old": when(old_start, occasion) if old_start else None,
        "stays_at": _on_the_webinars_clock(occasion) if is_retimed else "",
        "news": news,
        "reason": "" if is_said_already else _reason(occasion),
    }


def _on_the_webinars_clock(occasion: Occasion) -> str:
    """ "4:00 pm British Columbia Time (MST)"."""
    revision = occasion.revision
    return times.faces(revision.starts_at, [revision.time_zone], occasion.language)[0].words


def _reason(occasion: Occasion) -> str:
    """As the organizer gave it; our own is translated."""
    reason = occasion.revision.reason
    return _(RULES_CHANGED) if reason == RULES_CHANGED else reason


def _waitlisted(occasion: Occasion) -> Facts:
    """No way to join, and no phone number that leads there."""
    return {"dial_in": "", "join_url": "", "calendar_url": ""}


def _cancelled(occasion: Occasion, told_start: datetime, has_entry: bool) -> Facts:
    """When it would have been: as this person knows it, if a move did not reach them any more."""
    return {
        **NOTHING_TO_JOIN,
        "when": when(told_start, occasion),
        "reason": _reason(occasion),
        "has_entry": has_entry,
    }


def _registration_cancelled(occasion: Occasion, is_removed: bool, has_entry: bool) -> Facts:
    page_url = links.page_url(occasion.webinar.row, occasion.language)
    said = {"page_url": page_url, "is_removed": is_removed, "has_entry": has_entry}
    return {**NOTHING_TO_JOIN, **said}


def _address_changed(
    occasion: Occasion, told_start: datetime, is_kept: bool, is_used_again: bool
) -> Facts:
    """For whoever reads the mailbox now left, perhaps a stranger: no link of the person's."""
    return {
        **NOTHING_TO_JOIN,
        **NO_LINKS,
        "when": when(told_start, occasion),
        "is_kept": is_kept,
        "is_used_again": is_used_again,
    }


def _recording(occasion: Occasion) -> Facts:
    """It was live; the join link leads to the recording now."""
    return {**NOTHING_TO_JOIN}


def _carer_asked(occasion: Occasion) -> Facts:
    """For somebody who has not said yes, perhaps a stranger: not what it is, nor when."""
    return {
        **NOTHING_TO_JOIN,
        **NO_LINKS,
        "answer_url": links.answer_link(links.PLACE, occasion.language),
        "discreet_title": "",
        "when": None,
    }


def _address_proof(occasion: Occasion) -> Facts:
    """For whoever reads that mailbox, perhaps a stranger: the one link, and no other."""
    proof_url = links.proof_link(links.PLACE, occasion.language)
    return {**NOTHING_TO_JOIN, **NO_LINKS, "proof_url": proof_url}


def _nothing_more(occasion: Occasion) -> Facts:
    return {}


MORE: dict[Purpose, Callable[..., Facts]] = {
    Purpose.CONFIRMATION: _confirmation,
    Purpose.PROMOTED: _confirmation,
    Purpose.WAITLISTED: _waitlisted,
    Purpose.ALREADY_REGISTERED: _nothing_more,
    Purpose.REMINDER: _reminder,
    Purpose.MOVED: _moved,
    Purpose.CANCELLED: _cancelled,
    Purpose.REGISTRATION_CANCELLED: _registration_cancelled,
    Purpose.ADDRESS_CHANGED: _address_changed,
    Purpose.RECORDING: _recording,
    Purpose.TITLE_CHOSEN: _nothing_more,
    Purpose.CARER_ASKED: _carer_asked,
    Purpose.ADDRESS_PROOF: _address_proof,
}
