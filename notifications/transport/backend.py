"""Any Django email backend as a relay: a thread with a connection of its own per message under way.

Nothing here knows a provider; what a backend raises is judged by `raised`. The threads touch no
database. For SMTP there is `smtp`, which knows more: each phase has its timeout there.
"""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from notifications.transport import raised
from notifications.transport.answers import Answer, Verdict
from notifications.transport.relay import Parcel

GOODBYE_SECONDS = 2
LOSSES = 3  # answers lost one after the other: it is the service, and no message is to suffer
STOPPING = (Verdict.RELAY_DOWN, Verdict.MISCONFIGURED)
HTML = "text/html"
CALENDAR = "text/calendar"


class BackendRelay:
    """A `Relay` over EMAIL_BACKEND: up to `limit` messages at once, and threads only for those."""

    def __init__(self, limit: int) -> None:
        self.failure: Answer | None = None
        self.limit = limit
        self._works = False  # something was answered that is neither lost nor a failure
        self._losses = 0  # one after the other
        self._taken = 0  # and neither answered nor called off
        self._handed_over = 0  # and not answered
        self._door: list[Parcel] = []
        self._threads: list[Thread] = []
        self._to_send: SimpleQueue[Parcel | None] = SimpleQueue()
        self._answered: SimpleQueue[tuple[Parcel, Answer]] = SimpleQueue()

    def room(self) -> int:
        """One message at first: where its answer is lost, no other's is risked.

        None at all once the connection, the settings or the service failed.
        """
        limit = self.limit if self._works else 1
        return 0 if self.failure else max(0, limit - self._taken)

    def take(self, parcel: Parcel) -> None:
        """There is no envelope to begin with: it stands at the door at once."""
        self._taken += 1
        self._door.append(parcel)

    def take_back(self) -> list[Parcel]:
        """None: each stands at the door at once."""
        return []

    def at_the_door(self) -> list[Parcel]:
        """Those taken since this was last asked."""
        door, self._door = self._door, []
        return door

    def hand_over(self, parcel: Parcel) -> None:
        """A thread sends it at once: there are as many as there are messages under way."""
        self._handed_over += 1
        if self._handed_over > len(self._threads):
            self._threads.append(Thread(target=self._work, name="email", daemon=True))
            self._threads[-1].start()
        self._to_send.put(parcel)

    def call_off(self, parcel: Parcel) -> None:
        """Nothing of it has gone anywhere."""
        self._taken -= 1

    def wait(self, seconds: float) -> list[tuple[Parcel, Answer]]:
        """The answers that are there, or the next one within so many seconds."""
        answered = []
        with suppress(Empty):
            answered.append(self._answered.get(timeout=0 if self._door else seconds))
            while True:
                answered.append(self._answered.get_nowait())
        for _parcel, answer in answered:
            self._count(answer)
        return answered

    def close(self) -> None:
        """End the threads. One that is in the middle of a message ends by itself, unwaited for."""
        for _each in self._threads:
            self._to_send.put(None)
        until = monotonic() + GOODBYE_SECONDS
        for each in self._threads:
            each.join(max(0, until - monotonic()))

    def _count(self, answer: Answer) -> None:
        self._taken -= 1
        self._handed_over -= 1
        if answer.verdict in STOPPING:
            self.failure = self.failure or answer
        elif answer.verdict is not Verdict.UNKNOWN:
            self._works, self._losses = True, 0
        else:
            self._losses += 1
            if not self._works or self._losses >= LOSSES:
                down = Answer(Verdict.RELAY_DOWN, answer.code, answer.text)
                self.failure = self.failure or down

    def _work(self) -> None:
        kept = Kept()
        while (parcel := self._to_send.get()) is not None:
            self._answered.put((parcel, kept.send(parcel)))
        kept.drop()


class Kept:
    """One connection of the backend, made when first needed and anew after any error."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend | None = None

    def send(self, parcel: Parcel) -> Answer:
        """What became of the message; never raises, or the outbox would wait for ever."""
        try:
            connection = self._connected()
        except BaseException as error:
            return raised.before(error)
        try:
            sent = _send(connection, parcel.email.as_django())
        except BaseException as error:
            self.drop()
            return raised.answer(error)
        return Answer(Verdict.ACCEPTED) if sent else Answer(Verdict.REFUSED, text="none was sent")

    def drop(self) -> None:
        """Close what there is; whether that works is nobody's concern any more."""
        if self.connection is not None:
            with suppress(Exception):
                self.connection.close()
        self.connection = None

    def _connected(self) -> BaseEmailBackend:
        """Opened here, because a backend that opens for a message closes after it, too."""
        if self.connection is None:
            connection = get_connection()
            connection.open()
            self.connection = connection
        return self.connection


def _send(connection: BaseEmailBackend, message: EmailMultiAlternatives) -> int | None:
    """How many the backend says that it sent."""
    try:
        return connection.send_messages([message])
    except Exception as error:
        if not raised.is_unsupported(error) or not _has_card(message):
            raise
    return connection.send_messages([with_card_attached(message)])


def _has_card(message: EmailMultiAlternatives) -> bool:
    return any(kind.startswith(CALENDAR) for _content, kind in message.alternatives)


def with_card_attached(message: EmailMultiAlternatives) -> EmailMultiAlternatives:
    """The same message for a service whose API knows text and HTML only.

    The invite becomes its attachment, which then says its method as well: services that pass the
    type on as it is given make mail programs show the card of that.
    """
    changed = copy(message)
    [(octets, kind)] = [each for each in message.alternatives if each[1].startswith(CALENDAR)]
    changed.alternatives = [each for each in message.alternatives if each[1] == HTML]
    changed.attachments = []
    changed.attach("invite.ics", octets, kind)
    return changed
