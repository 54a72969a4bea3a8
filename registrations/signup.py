"""An attendee's acts: register, change zone, cancel. And the organizer's seat limit.

Each act is one short transaction that never waits for mail or for the broker.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

from django.db import IntegrityError, transaction

from registrations import erasing, questions, refusals, seats, waiting
from registrations.models import (
    CONSENT_VERSION,
    Consent,
    FormerAddress,
    Registration,
    RegistrationQuerySet,
    Seats,
    address_key,
    name_key,
)
from registrations.questions import Answers
from registrations.signals import News, registration_changed
from webinars import times
from webinars.models import Webinar

# What makes two of them the same person.
PERSON = ["webinar", "address", "name_key", "carer_of"]
# What somebody says anew when they come back.
RENEWED = (
    *("first_name", "last_name", "email", "time_zone", "language", "active_since"),
    *("consent_version", "consent_language", "consented_at"),
    *("phone", "access_needs", "speaker_question", "state", "waiting_since"),
)


class Closed(Exception):
    """Registration is not open: before publishing, after closing, or called off."""


class Refused(Exception):
    """Whoever has the address does not want it signed up. Whoever typed it must not learn that.

    `found_full`: whether every seat was taken.
    """

    def __init__(self, *, found_full: bool) -> None:
        super().__init__()
        self.found_full = found_full


class Full(Exception):
    """Every seat is taken, and the waiting list is over."""


class Taken(ValueError):
    """The address has a registration of that first name already; the text says so to staff."""


class _Otherwise(Exception):
    """The webinar or its seats are not as they were taken to be: begin anew."""


def register(
    webinar: Webinar,
    *,
    first_name: str,
    email: str,
    time_zone: str,
    language: str,
    last_name: str = "",
    source: str = "",
    phone: str = "",
    access_needs: str = "",
    speaker_question: str = "",
    answers: Answers | None = None,
    has_seat: bool = False,
    seems_full: bool = False,
) -> Registration:
    """Give somebody a place, or one on the waiting list where every seat is taken.

    A second time, by the same address and first name, mails the link. Safe to repeat and to race:
    one row, one email. `time_zone` is a canonical IANA name. `answers` take the place of those of
    an earlier, cancelled registration; None keeps them. `has_seat`: whoever is new takes over one
    that was somebody's until this transaction. `webinar` may have been read a while ago, and
    `seems_full` is what was found then: where they are not so any more it takes a little longer.
    Raises `Closed`, `Full` and `Refused`; then nothing is stored.
    """
    typed = {
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "time_zone": time_zone,
        "language": language,
        "source": source,
        "phone": phone,
        "access_needs": access_needs,
        "speaker_question": speaker_question,
    }
    while True:
        try:
            offered = _offered(webinar, typed)
            return _register(offered, answers, seems_full=seems_full, has_seat=has_seat)
        except _Otherwise:
            webinar.refresh_from_db()
            seems_full = is_full(webinar)


def _offered(webinar: Webinar, typed: dict[str, str]) -> Registration:
    """The row that somebody new would have."""
    at = times.now()
    return Registration(
        webinar=webinar,
        address=address_key(typed["email"]),
        name_key=name_key(typed["first_name"]),
        consent_version=CONSENT_VERSION,
        consent_language=typed["language"],
        consented_at=at,
        registered_at=at,
        active_since=at,
        changed_at=at,
        **typed,
    )


@transaction.atomic
def _register(
    offered: Registration, answers: Answers | None, *, seems_full: bool, has_seat: bool
) -> Registration:
    """Raises `_Otherwise` where that is not so."""
    if not offered.webinar.takes_registrations():
        raise Closed
    if seems_full and not has_seat:
        waiting.put_in_line(offered)
    uuid = offered.uuid
    kept = _kept(offered)
    kept.found_full = seems_full
    if kept.uuid != uuid and kept.is_signed_up:
        _take_as_long(offered, answers, seems_full=seems_full)
        registration_changed.send(Registration, registration=kept, news=News.ASKED_AGAIN)
        return kept
    if kept.uuid != uuid:
        _renew(kept, offered)
    kept.is_new = True
    _welcome(kept, answers, has_seat=has_seat)
    return kept


def _welcome(
    registration: Registration, answers: Answers | None, *, has_seat: bool = False
) -> None:
    if answers is not None:
        questions.store(registration, answers)
    news = News.WAITLISTED if registration.is_waiting else News.REGISTERED
    registration_changed.send(Registration, registration=registration, news=news)
    _seat(registration, has_seat=has_seat)


def _take_as_long(offered: Registration, answers: Answers | None, *, seems_full: bool) -> None:
    """Do for nobody what is done for somebody new, and undo it: the time taken tells little.

    Whoever has a place may ask for the link though it is `Full`; `Closed` is so for everybody.
    """
    with suppress(Full), transaction.atomic():
        if seems_full:
            waiting.put_in_line(offered)
        offered.pk, offered.uuid = None, uuid4()
        offered.address = f"nobody {offered.uuid}"  # no address has a space
        offered.save(force_insert=True)
        _welcome(offered, answers)
        transaction.set_rollback(True)


def _kept(offered: Registration) -> Registration:
    """The row of this person, held: the one offered, or theirs from before.

    The same for a new and for a known address, but that the known row is read then. Before that
    it is "updated" to what it is, which holds it and returns whose it is.
    """
    uuid = offered.uuid
    Registration.objects.bulk_create(
        [offered], update_conflicts=True, unique_fields=PERSON, update_fields=PERSON[-1:]
    )
    if offered.uuid == uuid:
        return offered
    kept = Registration.objects.get(pk=offered.pk)
    kept.webinar = offered.webinar
    return kept


def _renew(kept: Registration, offered: Registration) -> None:
    """Somebody who had cancelled comes back: a new epoch, and a new calendar entry.

    Gmail shows a re-used UID as cancelled for ever.
    """
    leave_behind(kept)  # its farewell may not have left yet
    if kept.consented_at:
        Consent.objects.create(
            registration=kept,
            text_version=kept.consent_version,
            language=kept.consent_language,
            at=kept.consented_at,
        )
    for name in RENEWED:
        setattr(kept, name, getattr(offered, name))
    kept.cancelled_at, kept.is_removed, kept.reminders_stopped_at = None, False, None
    kept.calendar_uid = uuid4()
    kept.epoch += 1
    kept.save_change()


def _seat(registration: Registration, *, has_seat: bool) -> None:
    """The transaction's last statement, so that the row everybody wants is held shortest.

    The webinar is read again with its key held, so `limit` either committed before this or waits
    for us. (The insert does not hold it: Django's foreign keys are checked at commit.)
    """
    webinar, is_waiting = registration.webinar, registration.is_waiting
    now = seats.last_look(
        webinar.pk,
        wants_seat=not is_waiting and not has_seat,
        stands_in_line=is_waiting,
        refusals=refusals.digests(webinar, registration.address),
    )
    if now is None or now.state != Webinar.State.PUBLISHED:
        raise Closed
    is_as_taken = now.is_full if is_waiting else has_seat or now.has_seat
    if not is_as_taken or now.schedule_revision != webinar.schedule_revision:
        raise _Otherwise
    if is_waiting and not waiting.is_open(webinar):
        raise Full
    if now.is_refused:  # last: until here it took the same time
        raise Refused(found_full=registration.found_full)


@transaction.atomic
def come_back(registration: Registration) -> Registration:
    """Take the place again after giving it up, under the same name and address.

    As registering does: it may be one on the waiting list. Raises `Closed` and `Full`. A carer is
    asked again by whom they helped.
    """
    registration = _not_forgotten(registration)
    if registration.is_carer:
        raise Closed
    return register(
        registration.webinar,
        first_name=registration.first_name,
        last_name=registration.last_name,
        email=registration.email,
        time_zone=registration.time_zone,
        language=registration.language,
        phone=registration.phone,
        access_needs=registration.access_needs,
        speaker_question=registration.speaker_question,
    )


@transaction.atomic
def limit(webinar: Webinar, *, capacity: int | None) -> None:
    """Set how many may come; None for no limit. Nobody who has a place loses it.

    Seats that there are more go to those who wait, in order.
    """
    Webinar.objects.select_for_update().get(pk=webinar.pk)  # waits for registrations under way
    Webinar.objects.filter(pk=webinar.pk).update(capacity=capacity)
    if capacity is None:
        Seats.objects.filter(webinar=webinar).delete()
    else:
        taken = webinar.registrations.active().attendees().count()
        Seats.objects.update_or_create(webinar=webinar, defaults={"taken": taken})
    waiting.fill(webinar.pk)


def is_full(webinar: Webinar) -> bool:
    """Whether the form should say so now; `register` decides in the end."""
    if webinar.capacity is None:
        return False
    return not Seats.objects.filter(webinar=webinar, taken__lt=webinar.capacity).exists()


@transaction.atomic
def change_zone(registration: Registration, *, time_zone: str) -> Registration:
    """From now on tell the time in this zone (a canonical IANA name). Raises `Closed`."""
    registration = _not_forgotten(registration)
    if registration.time_zone == time_zone:
        return registration
    registration.time_zone = time_zone
    registration.save_change()
    registration_changed.send(Registration, registration=registration, news=News.CHANGED)
    return registration


@transaction.atomic
def correct_address(registration: Registration, *, email: str) -> Registration:
    """From now on write to this mailbox; the one so far loses its calendar entry and its links.

    The new mailbox is told as if it registered now: the invite (with a UID of its own), the links,
    and the reminders due from now on. The same mailbox in another spelling is only spelled anew.
    Raises `Taken`, and `Closed` for a place that was given up or a webinar that is not to come.
    """
    registration = Registration.objects.locked(registration.pk)
    if not (registration.is_signed_up and registration.webinar.is_on()):
        raise Closed
    if registration.address == address_key(email):
        return _spell_anew(registration, email)
    leave_behind(registration)
    registration.email, registration.address = email, address_key(email)
    registration.calendar_uid = uuid4()
    if registration.is_active:  # who waits keeps their turn
        registration.active_since, registration.waiting_since = times.now(), None
    registration.shows_title = False  # perhaps a stranger's choice
    registration.sequence += 1  # of the old entry's CANCEL
    for name in ("epoch", "manage_epoch", "join_epoch"):
        setattr(registration, name, getattr(registration, name) + 1)
    _save_unless_taken(registration)
    news = News.REGISTERED if registration.is_active else News.WAITLISTED
    registration_changed.send(Registration, registration=registration, news=news)
    return registration


def leave_behind(registration: Registration) -> None:
    """Remember the mailbox and the calendar entry of this epoch, until they have been told."""
    FormerAddress.objects.create(
        registration=registration,
        epoch=registration.epoch,
        email=registration.email,
        address=registration.address,
        calendar_uid=registration.calendar_uid,
        at=times.now(),
    )


def _spell_anew(registration: Registration, email: str) -> Registration:
    if registration.email != email:
        registration.email = email
        registration.save_change()
    return registration


def _save_unless_taken(registration: Registration) -> None:
    try:
        with transaction.atomic():
            registration.save_change()
    except IntegrityError:  # its text names the address
        raise Taken("Somebody of this first name is registered with this address.") from None


@transaction.atomic
def cancel(registration: Registration, *, is_removal: bool = False) -> Registration:
    """Give the place up, or the one on the waiting list. A second time does nothing.

    Pending messages stop with this commit, and whoever waits longest has the place. `is_removal`:
    the organizer does it unasked, and the email does not say "as you asked".
    """
    registration = Registration.objects.locked(registration.pk)
    if not registration.is_signed_up:
        return registration
    had_a_place = registration.is_active
    registration.state = Registration.State.CANCELLED
    registration.is_removed = is_removal
    registration.cancelled_at = times.now()
    registration.sequence += 1
    registration.save_change()
    if registration.is_carer and not is_removal:  # nobody has them asked again
        refusals.note(registration.webinar, registration.address, what=refusals.CARE)
    registration_changed.send(Registration, registration=registration, news=News.CANCELLED)
    let_carers_go(registration.carers.all())
    if had_a_place and not registration.is_carer:
        waiting.free_a_seat(registration.webinar_id)
    return registration


def let_carers_go(carers: RegistrationQuerySet) -> None:
    """Whoever helps is told that it is over; whoever has not answered yet is forgotten.

    Within the transaction of the act, whose patient is locked.
    """
    for carer in carers.live().select_for_update(no_key=True).order_by("pk"):
        if carer.is_active:
            cancel(carer, is_removal=True)
        else:
            erasing.erase(carer)


def _not_forgotten(registration: Registration) -> Registration:
    """The row as it is now, held. Raises `Closed` where they were erased, perhaps in another tab:
    nothing may name them again.
    """
    found = Registration.objects.locked(registration.pk)
    if found.state in {Registration.State.ERASED, Registration.State.REPLACED}:
        raise Closed
    return found
