"""Several messages at once over kept connections: what each reply means, with and without
pipelining. No database: the outbox's part is played by `carried`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from socket import SHUT_RD, socketpair
from threading import Event
from time import monotonic, sleep

import pytest
from pytest_django import Settings

from notifications.models import Delivery
from notifications.transport import Answer, Parcel, Verdict, channel, smtp
from notifications.transport.channel import Channel, Report, stuffed
from notifications.transport.smtp import SmtpRelay
from tests.scripted import Script, Scripted

Serve = Callable[..., Scripted]

PIPELINING = [True, False]


@dataclass(frozen=True)
class Letter:
    """As much of an email as a relay looks at."""

    recipient: str
    content: bytes = b"Subject: hello\r\n\r\nGood morning.\r\n"
    sender: str = "us@example.org"


@pytest.fixture
def serve(settings: Settings) -> Iterator[Serve]:
    """A scripted server that offers pipelining, or not; connections after the first come `late`."""
    made: list[Scripted] = []

    def start(script: Script, *, pipelining: bool = True, late: float = 0) -> Scripted:
        def greeting(command: str, connection: int) -> str | None:
            if command.upper().startswith("EHLO"):
                sleep(late if connection > 1 else 0)
                return "250-here\r\n250 PIPELINING" if pipelining else "250 here"
            return script(command, connection)

        made.append(Scripted(greeting))
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", made[-1].port
        return made[-1]

    yield start
    for each in made:
        each.close()


def yes(command: str, connection: int) -> str | None:
    return "354 go on" if command == "DATA" else "250 2.0.0 OK"


def parcels(number: int) -> list[Parcel]:
    return [Parcel(Delivery(), Letter(f"p{each}@example.com")) for each in range(number)]


def carried(
    relay: SmtpRelay,
    waiting: list[Parcel],
    *,
    seconds: float = 30,
    stamp: Callable[[Parcel], bool] = lambda parcel: True,
) -> list[Answer | None]:
    """The answers in the parcels' order; None for one called off or never answered."""
    answers: dict[Parcel, Answer] = {}
    queue, called_off, until = list(waiting), set(), monotonic() + seconds
    while len(answers) + len(called_off) < len(waiting) and monotonic() < until:
        while queue and relay.room():
            relay.take(queue.pop(0))
        for parcel in relay.at_the_door():
            if stamp(parcel):
                relay.hand_over(parcel)
            else:
                relay.call_off(parcel)
                called_off.add(parcel)
        for parcel, answer in relay.wait(0.1):
            assert parcel not in answers, "answered twice"
            answers[parcel] = answer
        if relay.failure and not relay.carriers and not any(c.body for c in relay.channels):
            answers.update(relay.wait(0))
            break
    relay.close()
    return [answers.get(parcel) for parcel in waiting]


def verdicts(found: list[Answer | None]) -> list[Verdict | None]:
    return [answer and answer.verdict for answer in found]


def all_say_goodbye(server: Scripted) -> bool:
    """Those too that are still being made when the last message has gone."""
    until = monotonic() + 30
    while not (said := [heard[-1:] == ["QUIT"] for heard in server.heard]) or not all(said):
        if monotonic() > until:
            return False
        sleep(0.01)
    return True


@pytest.mark.parametrize("pipelining", PIPELINING)
@pytest.mark.parametrize("connections", [1, 5])
def test_every_message_is_accepted_once(
    serve: Serve, *, pipelining: bool, connections: int
) -> None:
    server = serve(yes, pipelining=pipelining)
    found = carried(SmtpRelay(connections), parcels(40))
    assert verdicts(found) == [Verdict.ACCEPTED] * 40
    assert server.accepted() == 40
    assert len(server.heard) <= connections
    assert all_say_goodbye(server)


def test_a_connection_that_comes_when_all_is_done_is_ended_politely_too(serve: Serve) -> None:
    server = serve(yes, late=1)
    assert verdicts(carried(SmtpRelay(5), parcels(8))) == [Verdict.ACCEPTED] * 8
    assert server.heard[0].count(".") == 8
    assert len(server.heard) > 1
    assert all_say_goodbye(server)


def test_a_few_messages_share_one_connection(serve: Serve) -> None:
    server = serve(yes)
    carried(SmtpRelay(12), parcels(3))
    assert len(server.heard) == 1


@pytest.mark.parametrize("data", ["354 go on", "554 5.5.1 no valid recipients", "503 5.5.1 no"])
@pytest.mark.parametrize("pipelining", PIPELINING)
def test_a_refused_recipient_gets_the_refusals_own_code_and_the_next_one_their_mail(
    serve: Serve, data: str, *, pipelining: bool
) -> None:
    is_refused: dict[int, bool] = {}

    def script(command: str, connection: int) -> str | None:
        if command.startswith("RCPT"):
            is_refused[connection] = "p1@" in command
            return "550 5.1.1 unknown" if is_refused[connection] else yes(command, connection)
        if is_refused.get(connection) and command == "DATA":
            return data
        if is_refused.get(connection) and command == ".":
            return "554 5.5.1 nobody"
        return yes(command, connection)

    server = serve(script, pipelining=pipelining)
    found = carried(SmtpRelay(1), parcels(3))
    assert verdicts(found) == [Verdict.ACCEPTED, Verdict.BAD_ADDRESS, Verdict.ACCEPTED]
    assert found[1] == Answer(Verdict.BAD_ADDRESS, 550, "550 5.1.1")
    assert len(server.heard) == 1


@pytest.mark.parametrize("pipelining", PIPELINING)
def test_what_is_called_off_is_never_accepted_and_the_others_are(
    serve: Serve, *, pipelining: bool
) -> None:
    server = serve(yes, pipelining=pipelining)
    people = parcels(9)
    found = carried(SmtpRelay(2), people, stamp=lambda parcel: parcel is not people[4])
    assert [verdict is Verdict.ACCEPTED for verdict in verdicts(found)] == [
        number != 4 for number in range(9)
    ]
    assert server.accepted() == 8


@pytest.mark.parametrize(
    ("at", "reply", "expected"),
    [
        ("RCPT", "450 4.2.1 busy", Verdict.DEFERRED),
        ("RCPT", "553 bad mailbox", Verdict.BAD_ADDRESS),
        ("RCPT", "421 4.3.2 closing", Verdict.DEFERRED),
        ("DATA", "451 4.3.0 later", Verdict.DEFERRED),
        (".", "552 5.3.4 too big", Verdict.REFUSED),
        (".", "451 4.7.1 greylisted", Verdict.DEFERRED),
        (".", "421 4.3.2 closing", Verdict.DEFERRED),
        (".", None, Verdict.UNKNOWN),
        (".", "hello?", Verdict.UNKNOWN),
        (".", "250" + "x" * 10_000, Verdict.UNKNOWN),
        (".", "354 go on", Verdict.UNKNOWN),
        (".", "250-and\r\n250-so\r\n250 on", Verdict.ACCEPTED),
        ("MAIL", "535 5.7.8 log in", Verdict.MISCONFIGURED),
        ("MAIL", "451 4.3.2 not now", Verdict.RELAY_DOWN),
        ("MAIL", None, Verdict.RELAY_DOWN),
        ("DATA", "garbage", Verdict.RELAY_DOWN),
        ("DATA", None, Verdict.RELAY_DOWN),
    ],
)
@pytest.mark.parametrize("pipelining", PIPELINING)
def test_a_reply_is_understood(
    serve: Serve, at: str, reply: str | None, expected: Verdict, *, pipelining: bool
) -> None:
    def script(command: str, connection: int) -> str | None:
        return reply if command.startswith(at) else yes(command, connection)

    serve(script, pipelining=pipelining)
    assert verdicts(carried(SmtpRelay(1), parcels(1))) == [expected]


@pytest.mark.parametrize("pipelining", PIPELINING)
def test_the_message_behind_one_that_was_lost_goes_out_on_another_connection(
    serve: Serve, *, pipelining: bool
) -> None:
    dots: list[int] = []

    def script(command: str, connection: int) -> str | None:
        if command == ".":
            dots.append(connection)
        return None if dots == [1] and command == "." else yes(command, connection)

    serve(script, pipelining=pipelining)
    found = carried(SmtpRelay(1), parcels(4))
    assert verdicts(found) == [Verdict.UNKNOWN, *[Verdict.ACCEPTED] * 3]


def test_a_relay_that_loses_one_connection_after_the_other_is_left_alone(serve: Serve) -> None:
    server = serve(lambda command, number: None if command == "." else yes(command, number))
    relay = SmtpRelay(1)
    found = verdicts(carried(relay, parcels(9)))
    assert relay.failure is not None
    assert found.count(Verdict.UNKNOWN) == smtp.LOSSES
    assert len(server.heard) == smtp.LOSSES


def test_a_relay_that_wants_no_more_connections_is_served_over_those_it_took(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(yes)
    real, made = smtp.connect, count(1)

    def connect() -> object:
        if next(made) > 2:
            raise smtp.RelayDown("421")
        return real()

    monkeypatch.setattr(smtp, "connect", connect)
    relay = SmtpRelay(8)
    assert verdicts(carried(relay, parcels(60))) == [Verdict.ACCEPTED] * 60
    assert relay.failure is None
    assert relay.limit <= 2


def test_nobody_there_fails_at_once_and_is_asked_once(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    relay = SmtpRelay(8)
    found = carried(relay, parcels(5))
    assert set(verdicts(found)) == {Verdict.RELAY_DOWN}
    assert relay.failure == Answer(Verdict.RELAY_DOWN, text="ConnectionRefusedError 111")


def test_a_reply_that_drips_in_does_not_last_for_ever(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(channel.SECONDS, channel.Step.BODY, 0.5)
    monkeypatch.setattr(smtp, "CHECK_SECONDS", 0.1)

    given_up = Event()

    def script(command: str, connection: int) -> str | None:
        if command == ".":
            given_up.wait(60)
        return yes(command, connection)

    serve(script)
    assert verdicts(carried(SmtpRelay(1), parcels(1))) == [Verdict.UNKNOWN]
    given_up.set()


def test_only_a_whole_reply_gives_the_relay_more_time() -> None:
    ours, theirs = socketpair()
    with ours, theirs:
        line = Channel(ours, Report(), is_pipelining=True)
        line.take(parcels(1)[0])
        line.speak()
        given = line.deadline
        theirs.sendall(b"250-a line of it\r\n250")
        line.listen()
        assert line.deadline == given
        theirs.sendall(b" OK\r\n")
        line.listen()
        assert line.deadline > given


def test_an_idle_connection_that_is_lost_gives_no_room(serve: Serve) -> None:
    serve(yes)
    relay = SmtpRelay(1)
    relay.take(parcels(1)[0])
    until = monotonic() + 30
    while not relay.wait(0.1) and monotonic() < until:
        for parcel in relay.at_the_door():
            relay.hand_over(parcel)
    assert relay.room() == 2  # one now, and one to follow
    [idle] = relay.channels
    idle.sock.shutdown(SHUT_RD)  # as if they had hung up
    while relay.channels and monotonic() < until:
        relay.wait(0.1)
    assert relay.room() == 1
    relay.close()


def test_a_slow_answer_holds_up_neither_the_other_connections_nor_who_is_behind(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "BEHIND_SECONDS", 0.3)
    monkeypatch.setattr(smtp, "CHECK_SECONDS", 0.1)
    slow: set[int] = set()
    all_others_are_done = Event()

    def script(command: str, connection: int) -> str | None:
        if "p0@" in command:
            slow.add(connection)
        if command == "." and connection in slow:
            slow.clear()
            all_others_are_done.wait(60)
        return yes(command, connection)

    serve(script)
    relay = SmtpRelay(3)
    people = parcels(40)
    relay.take(people[0])
    order: list[Parcel] = []
    queue, until = people[1:], monotonic() + 60
    while len(order) < 40 and monotonic() < until:
        for parcel in relay.at_the_door():
            relay.hand_over(parcel)
        while queue and relay.room():
            relay.take(queue.pop(0))
        order += [parcel for parcel, _answer in relay.wait(0.1)]
        if len(order) == 39:
            all_others_are_done.set()
    relay.close()
    assert order[-1] is people[0]


def test_the_body_is_sent_in_pieces_when_the_relay_reads_slowly(serve: Serve) -> None:
    def script(command: str, connection: int) -> str | None:
        if command == "DATA":
            sleep(0.2)
        return yes(command, connection)

    server = serve(script)
    large = Letter("p@example.com", b"Subject: x\r\n\r\n" + b"0123456789" * 100_000 + b"\r\n")
    assert verdicts(carried(SmtpRelay(1), [Parcel(Delivery(), large)])) == [Verdict.ACCEPTED]
    assert server.accepted() == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a\r\n", b"a\r\n"),
        (b"a", b"a\r\n"),
        (b".a\r\n", b"..a\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        (b"a\r\n..b\r\n", b"a\r\n...b\r\n"),
    ],
)
def test_dots_at_the_start_of_a_line_are_doubled(content: bytes, expected: bytes) -> None:
    assert stuffed(content) == expected
