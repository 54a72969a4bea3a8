"""What somebody was last told of their webinar, and what is new since. Reads deliveries only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from notifications.models import INVITING, Delivery, Purpose
from webinars import times, titles
from webinars.models import Revision

State = Delivery.State


class NotApplicable(Exception):
    """There is nothing (new) to tell; `reason` is for the delivery's outcome."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooEarly(Exception):
    """Another invite of the same person is being handed over: what they know is not settled."""


def last_told(delivery: Delivery) -> Revision | None:
    """The revision of the last email that surely told this person of the schedule in this epoch.

    An invite; or, where there was none yet, that they wait for a place.
    """
    told = _invites(delivery) or _telling(delivery, [Purpose.WAITLISTED])
    return next((each.revision for each in told if _is_sure(each)), None)


def ever_told(delivery: Delivery) -> Revision:
    """The revision of the last invite that may have reached this mailbox in this epoch.

    Raises `NotApplicable` when none did, and `TooEarly`.
    """
    invites = _invites(delivery)
    if any(each.state == State.SENDING for each in invites):
        raise TooEarly
    for each in invites:
        if each.revision:
            return each.revision
    raise NotApplicable("never invited")


def old_and_news(delivery: Delivery, revision: Revision) -> tuple[Revision, list[str]]:
    """What they knew, and what is new besides the start, a sentence each.

    Raises `TooEarly`, and `NotApplicable` for whoever knows it all, or was told nothing yet while
    their confirmation is still to come: it tells the new state as the only one.
    """
    invites = _invites(delivery)
    if any(each.state == State.SENDING for each in invites):
        raise TooEarly
    # The last sure one comes first; a hand-over whose answer was lost since may have told more.
    doubtful = list(takewhile(lambda each: not _is_sure(each), invites))
    told = [*filter(_is_sure, invites)][:1] + doubtful
    for old in [each.revision for each in told] or _known_without_invite(delivery):
        if old and (news := _difference(old, revision, delivery)) is not None:
            return old, news
    raise NotApplicable("already told")


def _known_without_invite(delivery: Delivery) -> list[Revision | None]:
    """What a reminder told, or the page when they registered: their confirmation was refused."""
    theirs = Delivery.objects.filter(registration=delivery.registration_id, epoch=delivery.epoch)
    waiting = theirs.filter(purpose__in=INVITING, state__in=[State.READY, State.CLAIMED])
    if waiting.exclude(pk=delivery.pk).exists():
        raise NotApplicable("never told the old time")
    reminded = theirs.handed_over().filter(revision__isnull=False).order_by("-stamped_at").first()
    if reminded:
        return [reminded.revision]
    registration = delivery.registration
    return [registration.webinar.revisions.filter(at__lte=registration.active_since).last()]


def _invites(delivery: Delivery) -> list[Delivery]:
    """Whatever told, or may have told, this person's calendar; the newest first."""
    return _telling(delivery, INVITING)


def _telling(delivery: Delivery, purposes: Sequence[Purpose]) -> list[Delivery]:
    told = Q(state__in=Delivery.HANDED_OVER) | Q(state=State.SENDING) | Q(ambiguous__gt=0)
    invites = Delivery.objects.filter(
        told,
        registration=delivery.registration_id,
        epoch=delivery.epoch,
        purpose__in=purposes,
        revision__isnull=False,
    )
    newest_first = Coalesce(F("stamped_at"), F("settled_at")).desc(nulls_last=True)
    return [*invites.select_related("revision").order_by(newest_first, "-pk")]


def _is_sure(delivery: Delivery) -> bool:
    return delivery.state in Delivery.HANDED_OVER


def _difference(old: Revision, new: Revision, delivery: Delivery) -> list[str] | None:
    """None when nothing that they see differs; empty when only the start does."""
    if old.tells_the_same_as(new):
        return None
    webinar, language = delivery.registration.webinar, delivery.registration.language
    is_neutral = webinar.is_sensitive and not delivery.registration.shows_title
    news = [
        *_new_length(old, new, language),
        *_new_title(old, new, is_neutral=is_neutral),
        *_new_dial_in(old, new),
        *_new_help_line(old, new),
    ]
    return news if news or old.starts_at != new.starts_at else None


def _new_length(old: Revision, new: Revision, language: str) -> Iterable[str]:
    if old.duration != new.duration:
        before, now = (
            times.until(each.starts_at + each.duration, each.starts_at, language)
            for each in (old, new)
        )
        yield _("It now takes %(now)s. Before, it was %(before)s.") % {"now": now, "before": before}


def _new_title(old: Revision, new: Revision, *, is_neutral: bool) -> Iterable[str]:
    before, now = (
        titles.spoken(each.calendar_title) if is_neutral else each.title for each in (old, new)
    )
    if before != now:
        yield _("It is now called “%(title)s”.") % {"title": now}


def _new_dial_in(old: Revision, new: Revision) -> Iterable[str]:
    if old.dial_in != new.dial_in and new.dial_in:
        yield _("To join by phone, the number is now: %(dial_in)s") % {"dial_in": new.dial_in}
    elif old.dial_in != new.dial_in:
        yield _("You can no longer join by phone.")


def _new_help_line(old: Revision, new: Revision) -> Iterable[str]:
    if old.help_line != new.help_line and new.help_line:
        yield _("The help line is now: %(help_line)s") % {"help_line": new.help_line}
