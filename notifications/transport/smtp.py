"""The relay by SMTP: connections made in the background, kept, and driven by one loop.

Django's SMTP backend swallows refused recipients and keeps dead connections, so the fast path
speaks SMTP itself (`channel`). No retry and no database here: see `outbox`.
"""

from __future__ import annotations

import socket
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from time import monotonic

from notifications.transport.answers import Answer, Misconfigured, RelayDown, Verdict, brief
from notifications.transport.channel import Channel, Report
from notifications.transport.connect import Connected, connect
from notifications.transport.relay import Parcel

LOSSES = 3  # connections that carried nothing, one after the other: it is the relay
CHECK_SECONDS = 1.0
BEHIND_SECONDS = 5.0  # that a message waits behind a body which the relay ponders over
GOODBYE_SECONDS = 2.0
AT_ONCE = 32  # connections being made
MORE = 7


class SmtpRelay:
    """Up to `limit` connections, opened as they are needed. See `relay.Relay`."""

    def __init__(self, limit: int) -> None:
        self.failure: Answer | None = None
        self.limit = limit
        self.report = Report()
        self.channels: set[Channel] = set()
        self.idle: set[Channel] = set()  # of those
        self.carriers: dict[Parcel, Channel] = {}  # of those at the door
        self.unplaced: deque[Parcel] = deque()  # taken, and on no connection yet
        self.losses = 0
        self.coming: set[Future[Connected]] = set()
        self.makers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="smtp")
        self.selector = DefaultSelector()
        self.bell, self.rope = socket.socketpair()
        self.bell.setblocking(False)
        self.selector.register(self.bell, EVENT_READ)
        self.check_at = 0.0

    # ---- Taking -------------------------------------------------------------------------------

    def room(self) -> int:
        """One for each idle or missing connection, and one to follow on each connection."""
        if self.failure is not None:
            return 0
        return max(self.limit + len(self.idle) - len(self.unplaced), 0)

    def take(self, parcel: Parcel) -> None:
        """It goes behind the next body that is handed over, or on a connection of its own."""
        self.unplaced.append(parcel)
        self._connect_more()

    def take_back(self) -> list[Parcel]:
        """Those for whom nothing has been said yet, and no connection is being made."""
        spare = len(self.unplaced) - len(self.coming)
        return [self.unplaced.pop() for _ in range(spare)]

    def _place(self) -> None:
        """What waits begins with its envelope on an idle connection, or on new ones."""
        while self.unplaced and self.idle:
            channel = self.idle.pop()
            channel.take(self.unplaced.popleft())
            channel.speak()
            self._look_after(channel)
        self._connect_more()

    def _connect_more(self) -> None:
        while len(self.coming) < self._wanted():
            self._connect()

    def _wanted(self) -> int:
        """How many connections should be on their way.

        One until it works, or a wrong password would be tried many times; then so many times as
        many, while more wait than these would soon have taken.
        """
        have, missing = len(self.channels), self.limit - len(self.channels)
        is_much = len(self.unplaced) > 2 * have or len(self.unplaced) >= missing
        return min(len(self.unplaced), missing, max(MORE * have, 1)) if is_much else 0

    # ---- At the door --------------------------------------------------------------------------

    def at_the_door(self) -> list[Parcel]:
        """Those whose body goes out next, once they are stamped; each is returned once."""
        arrived, self.report.door = self.report.door, {}
        self.carriers |= arrived
        return list(arrived)

    def hand_over(self, parcel: Parcel) -> None:
        """It was stamped: send it, and the next envelope behind it."""
        channel = self.carriers.pop(parcel, None)
        if channel is None:  # lost meanwhile
            self.report.answered.append((parcel, Answer(Verdict.RELAY_DOWN)))
            return
        channel.hand_over(self.unplaced.popleft() if self.unplaced else None)
        self._look_after(channel)

    def call_off(self, parcel: Parcel) -> None:
        """The relay waits for a body now, and only a lost connection tells it that none comes."""
        channel = self.carriers.pop(parcel, None)
        if channel is not None:
            channel.close()
            self._forget(channel)

    # ---- Letting time pass --------------------------------------------------------------------

    def wait(self, seconds: float) -> list[tuple[Parcel, Answer]]:
        """Until something happens, or so long. Returns what was answered meanwhile."""
        self._adopt()
        self._place()
        has_news = self.report.answered or self.report.door
        for key, events in self.selector.select(0 if has_news else min(seconds, CHECK_SECONDS)):
            if key.data is None:
                self.bell.recv(64)
            else:
                self._serve(key.data, events)
        self._adopt()
        self._check_deadlines()
        self._rehouse()
        self._place()
        answered, self.report.answered = self.report.answered, []
        self._learn(answered)
        return answered

    def _serve(self, channel: Channel, events: int) -> None:
        if events & EVENT_WRITE:
            channel.write()
        if events & EVENT_READ and channel.is_open:
            channel.listen()
        self._look_after(channel)

    def _look_after(self, channel: Channel) -> None:
        """Keep it, while it is open, and know what it waits for."""
        if not channel.is_open:
            self._forget(channel)
            self.losses += not channel.has_carried and not channel.is_last
            if self.losses >= LOSSES:
                self._fail(Answer(Verdict.RELAY_DOWN, text="connections are lost"))
            return
        wish = EVENT_READ | EVENT_WRITE if channel.unsent else EVENT_READ
        if wish != channel.wish:
            channel.wish = wish
            self.selector.modify(channel.sock, wish, channel)
        if channel.is_idle:
            self.idle.add(channel)
        else:
            self.idle.discard(channel)

    def _forget(self, channel: Channel) -> None:
        if channel in self.channels:
            self.channels.discard(channel)
            self.idle.discard(channel)
            self.selector.unregister(channel.sock)

    def _check_deadlines(self) -> None:
        now = monotonic()
        if now < self.check_at:
            return
        self.check_at = now + CHECK_SECONDS
        for channel in [each for each in self.channels if each.deadline < now]:
            channel.lost(TimeoutError())
            self._look_after(channel)
        for channel in self.channels:
            if channel.takes_longer_than(BEHIND_SECONDS) and (parcel := channel.let_next_go()):
                self.unplaced.appendleft(parcel)

    def _rehouse(self) -> None:
        """What lost its connection before it was stamped goes on another one, once, and what was
        turned away as often as it takes.
        """
        turned_away, self.report.turned_away = self.report.turned_away, []
        homeless, self.report.homeless = self.report.homeless, []
        if self.failure is None:
            self.unplaced.extendleft(turned_away)
        else:
            homeless += turned_away
        for parcel in homeless:
            if parcel in self.carriers:
                del self.carriers[parcel]  # whoever stamps it is told
            elif parcel.is_second_try or self.failure is not None:
                self.report.answered.append((parcel, Answer(Verdict.RELAY_DOWN)))
            else:
                self.report.door.pop(parcel, None)
                parcel.is_second_try = True
                self.unplaced.appendleft(parcel)

    def _learn(self, answered: list[tuple[Parcel, Answer]]) -> None:
        for _parcel, answer in answered:
            if answer.verdict is Verdict.ACCEPTED:
                self.losses = 0
            elif answer.verdict is Verdict.MISCONFIGURED:
                self._fail(answer)

    def _fail(self, answer: Answer) -> None:
        """Take nothing more. What is on its way goes on."""
        self.failure = self.failure or answer
        while self.unplaced:
            self.report.answered.append((self.unplaced.popleft(), self.failure))

    # ---- Connections --------------------------------------------------------------------------

    def _connect(self) -> None:
        future = self.makers.submit(connect)
        self.coming.add(future)
        future.add_done_callback(self._pull_the_rope)

    def _pull_the_rope(self, future: Future[Connected]) -> None:
        """Wake the loop up, unless it has ended meanwhile."""
        with suppress(OSError):
            self.rope.send(b"!")

    def _adopt(self) -> None:
        """Connections that are ready now, and those that could not be made."""
        for future in [each for each in self.coming if each.done()]:
            self.coming.discard(future)
            try:
                sock, is_pipelining = future.result()
            except Misconfigured as error:
                self._fail(Answer(Verdict.MISCONFIGURED, text=str(error)))
            except RelayDown as error:
                self._not_connected(error)
            else:
                channel = Channel(sock, self.report, is_pipelining=is_pipelining)
                self.channels.add(channel)
                self.idle.add(channel)
                self.selector.register(sock, EVENT_READ, channel)

    def _not_connected(self, error: RelayDown) -> None:
        """Perhaps it wants no more of them; without any, it is away."""
        self.limit = len(self.channels) + len(self.coming)
        if not self.limit:
            self._fail(Answer(Verdict.RELAY_DOWN, text=brief(error)))

    # ---- The end ------------------------------------------------------------------------------

    def close(self) -> None:
        """Say goodbye where nothing is on its way, and leave."""
        self.makers.shutdown(wait=False, cancel_futures=True)
        for future in self.coming:
            future.add_done_callback(_close)
        for channel in list(self.channels):
            if channel.is_idle:
                channel.say_goodbye()
            else:
                channel.close()
        self._wait_for_goodbyes(monotonic() + GOODBYE_SECONDS)
        self.selector.close()
        self.bell.close()
        self.rope.close()

    def _wait_for_goodbyes(self, until: float) -> None:
        while any(channel.is_open for channel in self.channels) and monotonic() < until:
            for key, _events in self.selector.select(until - monotonic()):
                if key.data is None:
                    self.bell.recv(64)
                else:
                    key.data.listen()
            for channel in [each for each in self.channels if not each.is_open]:
                self._forget(channel)
        for channel in self.channels:
            channel.close()


def _close(future: Future[Connected]) -> None:
    """A connection that nobody waits for any more: say goodbye there, too."""
    if future.cancelled() or future.exception() is not None:
        return
    with future.result().sock as sock, suppress(OSError):
        sock.sendall(b"QUIT\r\n")
