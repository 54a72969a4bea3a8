"""The mail server's book against the ledger: a sentence for each thing that must not be.

It asks the rows in its own words, not with the product's queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from io import StringIO

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from notifications.models import Delivery, Sender
from tests.faults.crowds import BEFORE
from tests.faults.post import Book, Copy
from tests.faults.world import OPEN, Act, World, is_alive

# (registration, wave): how many deliveries, of those that must have exactly one. Of missed waves
# `manage.py audit` speaks.
PAIRS = """
    SELECT registration.id, wave.id, count(delivery.id)
    FROM notifications_wave AS wave
    JOIN registrations_registration AS registration
        ON registration.webinar_id = wave.webinar_id AND registration.state = 'active'
        AND registration.active_since < wave.active_by
        AND (wave.zone = '' OR registration.time_zone = wave.zone)
    LEFT JOIN notifications_delivery AS delivery
        ON delivery.registration_id = registration.id AND delivery.epoch = registration.epoch
        AND delivery.wave_id = wave.id
    WHERE wave.state NOT IN ('superseded', 'missed') AND wave.due_at <= statement_timestamp()
    GROUP BY 1, 2 HAVING count(delivery.id) <> 1
"""
FEW = 3  # examples in a sentence


def violations(world: World) -> list[str]:
    """Nothing, when the promise was kept."""
    return [sentence for sentence in _found(world) if not world.explains(sentence)]


def _found(world: World) -> Iterator[str]:
    book = world.post.book()
    yield from _ledger(world)
    yield from _copies(book, book.last_of_connections(with_goodbyes=world.has_sleepers))
    yield from _too_late()
    yield from _after(world.acts)
    if not world.has_sleepers and book.most_at_once > settings.RELAY_CONNECTIONS:
        yield f"connections at once: {book.most_at_once}, more than the relay allows"
    yield from _left_behind()
    yield from _unexplained()


def lost(world: World) -> int:
    """Messages that somebody was to get and that the mail server has not seen."""
    seen = set(world.post.book().of())
    wanted = _rows().exclude(state="skipped").exclude(registration__in=world.unsent)
    due = wanted.filter(due_at__lte=Now()).values_list("message_id", flat=True)
    return sum(name not in seen for name in due)


def repeated(world: World) -> int:
    return sum(len(copies) - 1 for copies in world.post.book().of().values())


def _rows() -> QuerySet[Delivery]:
    return Delivery.objects.exclude(outcome=BEFORE)


def _count(what: str, rows: QuerySet[Delivery]) -> Iterator[str]:
    found = list(rows.values_list("pk", flat=True))
    if found:
        yield f"{what}: {len(found)}, such as {found[:FEW]}"


def _ledger(world: World) -> Iterator[str]:
    """Every eligible pair has exactly one delivery, and every delivery that is due an end."""
    with connection.cursor() as cursor:
        cursor.execute(PAIRS)
        if found := cursor.fetchall():
            yield f"pairs without exactly one delivery: {len(found)}, such as {found[:FEW]}"
    yield from _count("without an end", _rows().filter(state__in=OPEN, due_at__lte=Now()))
    unsent = _rows().exclude(state__in=["sent", "skipped"]).exclude(state__in=OPEN)
    yield from _count("not sent", unsent.exclude(registration__in=world.unsent))
    skipped = _rows().filter(state="skipped", epoch=F("registration__epoch"))
    here = skipped.filter(registration__state="active", registration__webinar__state="published")
    wanted = here.filter(Q(wave=None) | Q(wave__state="expanded"))
    yield from _count("skipped without need", wanted.exclude(outcome__startswith="already told"))


def _copies(book: Book, in_doubt: set[Copy]) -> Iterator[str]:
    """Ledger and mail server agree; a repeat is explained, and the very same message."""
    of = book.of()
    rows = {row.message_id: row for row in _rows().exclude(message_id="")}
    yield from _some("at the server, of no delivery", [name for name in of if name not in rows])
    sent = [name for name, row in rows.items() if row.state == "sent"]
    yield from _some("sent, not at the server", [name for name in sent if name not in of])
    wrong = {name: _wrong(of[name], rows[name], in_doubt) for name in of if name in rows}
    for what in sorted({what for whats in wrong.values() for what in whats}):
        pks = [rows[name].pk for name, whats in wrong.items() if what in whats]
        yield f"{what}: {len(pks)}, such as {pks[:FEW]}"


def _wrong(copies: list[Copy], row: Delivery, in_doubt: set[Copy]) -> list[str]:
    return [
        what
        for what, is_so in (
            ("more copies than doubts", len(copies) - 1 > row.ambiguous),
            ("copies differ", len({copy.sha256 for copy in copies}) > 1),
            ("another message than stamped", copies[-1].sha256 != row.sha256),
            ("two recipients", len({copy.recipient for copy in copies}) > 1),
            # All but one were the last of a connection that broke.
            ("repeated without need", sum(copy in in_doubt for copy in copies) < len(copies) - 1),
        )
        if is_so
    ]


def _some(what: str, names: list[str]) -> Iterator[str]:
    if names:
        yield f"{what}: {len(names)}, such as {names[:FEW]}"


def _too_late() -> Iterator[str]:
    begun = _rows().filter(stamped_at__isnull=False)
    yield from _count("begun after it expired", begun.filter(stamped_at__gt=F("expires_at")))
    yield from _count("begun before it was due", begun.filter(stamped_at__lt=F("due_at")))
    told = begun.filter(purpose__in=["reminder", "moved"])
    late = told.filter(stamped_at__gt=F("revision__starts_at"))
    yield from _count("begun after the start that it tells", late)


def _after(acts: list[Act]) -> Iterator[str]:
    """Nothing that an act made void was begun by a statement later than its commit."""
    begun = _rows().filter(stamped_at__isnull=False).select_related("registration", "revision")
    of_person, of_webinar = defaultdict(list), defaultdict(list)
    for row in begun if acts else ():
        of_person[row.registration_id].append(row)
        of_webinar[row.registration.webinar_id].append(row)
    for kind, is_void in VOID.items():
        rows = of_person if kind in OF_PERSONS else of_webinar
        found = [
            row.pk
            for act in acts
            if act.kind == kind
            for row in rows[act.pk]
            if row.stamped_at > act.at and is_void(row, act)
        ]
        if found:
            yield f"begun after the commit of {kind}: {len(found)}, such as {found[:FEW]}"


OF_PERSONS = ("opt-out", "address")
VOID: dict[str, Callable[[Delivery, Act], bool]] = {
    "opt-out": lambda row, act: row.purpose != "registration_cancelled",
    # The act raised the epoch to `number`.
    "address": lambda row, act: row.epoch < act.number and row.purpose != "address_changed",
    "move": lambda row, act: row.revision.number < act.number,
    "cancel": lambda row, act: row.purpose not in {"cancelled", "registration_cancelled"},
}


def _left_behind() -> Iterator[str]:
    lost = [sender.pk for sender in Sender.objects.all() if not is_alive(sender.pid)]
    held = Delivery.objects.held().filter(Q(sender=None) | Q(sender__in=lost))
    yield from _count("held by nobody who lives", held)


def _unexplained() -> Iterator[str]:
    """What `manage.py audit` says."""
    output = StringIO()
    try:
        call_command("audit", stdout=output)
    except CommandError:
        for line in output.getvalue().splitlines():
            yield f"manage.py audit: {line}"
