"""The announcement: which webinar it speaks of now, and in which words. No addresses here.

It ends itself: at the start it turns to the next date, afterwards to the recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models.functions import Now
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop

from webinars import times
from webinars.models import Webinar, WebinarQuerySet


class State(StrEnum):
    """What there is to say."""

    COMING = "coming"
    NOT_YET = "not_yet"
    FULL = "full"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    NOW = "now"
    RECORDED = "recorded"
    OVER = "over"
    NOTHING = "nothing"


AHEAD = {State.COMING, State.NOT_YET, State.FULL, State.CLOSED}

# The customer's own words, and the one text for patients that may end with an exclamation mark.
INVITATION = gettext_noop("Attend %(name)s on %(when)s!")
SENTENCES = {
    State.COMING: INVITATION,
    State.NOT_YET: gettext_noop("%(Name)s is on %(when)s. Sign-up opens on %(opens)s."),
    State.FULL: gettext_noop("%(Name)s is on %(when)s. All places are taken."),
    State.CLOSED: gettext_noop("%(Name)s is on %(when)s. Sign-up has closed."),
    State.CANCELLED: gettext_noop("%(Name)s on %(when)s is cancelled."),
    State.NOW: gettext_noop("%(Name)s is on now."),
    State.RECORDED: gettext_noop("You can watch %(name)s of %(day)s when you like."),
    State.OVER: gettext_noop("%(Name)s is over."),
    State.NOTHING: gettext_noop("Nothing is planned right now. Please look again soon."),
}
LINK = gettext_noop("More Information")
TO_RECORDING = gettext_noop("Watch the recording")
TO_ALL = gettext_noop("See what is coming")
LINKS = {State.RECORDED: TO_RECORDING, State.OVER: TO_ALL, State.NOTHING: TO_ALL}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is to be announced now. `called_off` would have come sooner than `webinar`."""

    state: State
    webinar: Webinar | None = None
    called_off: Webinar | None = None

    @property
    def changes(self) -> list[datetime]:
        """The instants at which it may become another one by itself."""
        spoken_of = [webinar for webinar in (self.webinar, self.called_off) if webinar]
        return [at for webinar in spoken_of for at in webinar.changes]

    @property
    def leads_to(self) -> Webinar | None:
        """Whose page tells more; None where only the list of what is coming does."""
        return None if LINKS.get(self.state) == TO_ALL else self.webinar


@dataclass(frozen=True, slots=True)
class Announcement:
    """The words in one language. `label` says where the link leads, for who hears it alone."""

    sentence: str
    note: str
    link: str
    label: str


def of_webinar(webinar: Webinar) -> Occasion:
    """One webinar until its start; then its recording, the next of its series or language."""
    now = times.now()
    if now < webinar.starts_at:
        return Occasion(_ahead(webinar), webinar)
    is_over = webinar.ends_at <= now
    if webinar.state == Webinar.State.PUBLISHED and is_over and webinar.recording_url:
        return Occasion(State.RECORDED, webinar)
    following = _next(_kin(webinar))
    if following and following.state in AHEAD:
        return following
    if webinar.state == Webinar.State.CANCELLED:
        return Occasion(State.CANCELLED, webinar)
    return Occasion(State.OVER if is_over else State.NOW, webinar)


def of_next(webinars: WebinarQuerySet) -> Occasion:
    """The next of these; where none is to come, the one that is on, or the latest recording."""
    return _next(webinars) or _begun(webinars)


def told(occasion: Occasion, language: str) -> Announcement:
    """The occasion in words; an organizer's own words stay as they are."""
    with translation.override(language):
        words = _words(occasion.webinar, language) if occasion.webinar else {}
        link = gettext(LINKS.get(occasion.state, LINK))
        label = gettext("%(link)s: %(title)s, %(when)s") % {"link": link, **words} if words else ""
        return Announcement(
            sentence=gettext(SENTENCES[occasion.state]) % words,
            note=_note(occasion, language),
            link=link,
            label=label if occasion.leads_to else link,
        )


def former_start(webinar: Webinar, since: datetime | None = None) -> datetime | None:
    """When it was to begin before it was moved; None if it was not (since then).

    None too where only the zone's rules changed: nobody was told another hour.
    """
    move = webinar.last_move()
    if move is None:
        return None
    before, after = move
    return None if since and since >= after.at else before.starts_at


def _ahead(webinar: Webinar) -> State:
    if webinar.state == Webinar.State.CANCELLED:
        return State.CANCELLED
    if webinar.is_yet_to_open():
        return State.NOT_YET
    return State.COMING if webinar.takes_registrations() else State.CLOSED


def _kin(webinar: Webinar) -> WebinarQuerySet:
    if webinar.series_id:
        return Webinar.objects.filter(series=webinar.series_id)
    return Webinar.objects.filter(language=webinar.language)


def _next(webinars: WebinarQuerySet) -> Occasion | None:
    ahead = webinars.public().filter(starts_at__gt=Now()).order_by("starts_at", "pk")
    called_off = ahead.filter(state=Webinar.State.CANCELLED)
    webinar = ahead.published().first()
    if webinar:
        sooner = called_off.filter(starts_at__lt=webinar.starts_at).first()
        return Occasion(_ahead(webinar), webinar, sooner)
    off = called_off.first()
    return Occasion(State.CANCELLED, off) if off else None


def _begun(webinars: WebinarQuerySet) -> Occasion:
    if on := webinars.published().upcoming().first():
        return Occasion(State.NOW, on)
    if recorded := webinars.published().past().exclude(recording_url="").first():
        return Occasion(State.RECORDED, recorded)
    return Occasion(State.NOTHING)


def _words(webinar: Webinar, language: str) -> dict[str, str]:
    name = webinar.announced_as or gettext("our National Patient Webinar")
    opens_at = webinar.registration_opens_at
    return {
        "name": name,
        "Name": capfirst(name),
        "title": webinar.title,
        "when": webinar.announcement(language),
        "opens": times.announcement(opens_at, webinar.display_zones, language) if opens_at else "",
        "day": times.day(webinar.starts_at, webinar.display_zones[0], language),
    }


def _note(occasion: Occasion, language: str) -> str:
    """What somebody who saw an earlier announcement must hear."""
    webinar, off, said = occasion.webinar, occasion.called_off, []
    before = former_start(webinar) if webinar and occasion.state in AHEAD else None
    if webinar and before:
        then = times.announcement(before, webinar.display_zones, language)
        said.append(gettext("The time has changed. It was %(when)s.") % {"when": then})
    if off:
        when = off.announcement(language)
        said.append(gettext("The one on %(when)s is cancelled.") % {"when": when})
    return " ".join(said)
