"""Any Django email backend as a relay: several messages at once, and what it is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from notifications.transport import SMTP_BACKEND, Answer, Verdict
from notifications.transport.backend import BackendRelay
from tests.provider import Provider, Reply, Request
from tests.services import (
    MAILGUN,
    SES,
    Letter,
    Service,
    everything,
    hand_over,
    mailgun,
    mailgun_error,
    parcel,
    send,
    working,
)
from tests.sink import Sink, free_port

Playing = Callable[..., Provider]

both = pytest.mark.parametrize("service", [MAILGUN, SES], ids=["mailgun", "ses"])


# ---- Several at once ----------------------------------------------------------------------------


@both
def test_as_many_are_under_way_at_once_as_there_is_room_for(
    playing: Playing, service: Service
) -> None:
    together = Barrier(3)

    def waiting_for_the_others(request: Request) -> Reply:
        if len(there.requests) > 1:
            together.wait(20)
        return service.answering(request)

    there = playing(service, waiting_for_the_others)
    relay = working(3)
    handed = [hand_over(relay) for _each in range(3)]
    assert relay.room() == 0
    answers = dict(everything(relay, 3))
    assert answers == dict.fromkeys(handed, Answer(Verdict.ACCEPTED))
    assert (relay.room(), there.connections) == (3, 3)
    relay.close()


@both
def test_one_after_the_other_go_over_one_connection(playing: Playing, service: Service) -> None:
    there = playing(service)
    relay = BackendRelay(5)
    for _each in range(4):
        hand_over(relay)
        assert [answer.verdict for _parcel, answer in relay.wait(20)] == [Verdict.ACCEPTED]
    relay.close()
    assert (len(there.requests), there.connections) == (4, 1)


def test_nothing_goes_out_before_it_is_handed_over_nor_once_it_is_called_off(
    playing: Playing,
) -> None:
    there = playing(MAILGUN)
    relay = BackendRelay(1)
    relay.take(taken := parcel())
    assert (relay.room(), relay.wait(0.1)) == (0, [])
    assert relay.at_the_door() == [taken]
    relay.call_off(taken)
    assert (relay.room(), relay.at_the_door(), relay.wait(0)) == (1, [], [])
    relay.close()
    assert there.requests == []


def test_a_relay_that_is_down_takes_nothing_more_but_answers_what_it_has(playing: Playing) -> None:
    replies = iter([None, mailgun_error(429), mailgun_error(429)])
    there = playing(MAILGUN, lambda request: next(replies) or mailgun(request))
    relay = working(3)
    handed = [hand_over(relay) for _each in range(2)]
    answers = dict(everything(relay, 2))
    relay.close()
    assert answers == dict.fromkeys(handed, Answer(Verdict.RELAY_DOWN, 429, "429"))
    assert relay.failure == Answer(Verdict.RELAY_DOWN, 429, "429")
    assert relay.room() == 0
    assert len(there.requests) == 3


def test_one_message_finds_out_whether_a_service_answers_and_the_others_follow(
    playing: Playing,
) -> None:
    playing(MAILGUN)
    relay = BackendRelay(5)
    assert relay.room() == 1
    hand_over(relay)
    assert relay.room() == 0
    relay.wait(20)
    assert relay.room() == 5
    relay.close()


def test_a_service_that_loses_its_first_answer_is_left_alone(playing: Playing) -> None:
    playing(MAILGUN, lambda _request: Reply(500))
    relay = BackendRelay(5)
    hand_over(relay)
    assert [answer.verdict for _parcel, answer in relay.wait(20)] == [Verdict.UNKNOWN]
    assert (relay.room(), relay.failure) == (0, Answer(Verdict.RELAY_DOWN, 500, "500"))
    relay.close()


@pytest.mark.parametrize(
    ("statuses", "is_left_alone"),
    [([200, 500, 500, 200, 500], False), ([200, 500, 500, 500], True)],
)
def test_a_service_that_loses_three_answers_in_a_row_is_left_alone(
    playing: Playing, statuses: list[int], *, is_left_alone: bool
) -> None:
    replies = iter(statuses)

    def answering(request: Request) -> Reply:
        status = next(replies)
        return mailgun(request) if status == 200 else Reply(status)

    playing(MAILGUN, answering)
    relay = BackendRelay(5)
    for _each in statuses:
        hand_over(relay)
        assert len(relay.wait(20)) == 1
    relay.close()
    assert (relay.failure is not None) is is_left_alone


def test_a_refused_message_keeps_nobody_from_sending_the_next(playing: Playing) -> None:
    replies = iter([mailgun_error(400), None])
    playing(MAILGUN, lambda request: next(replies) or mailgun(request))
    relay = BackendRelay(1)
    verdicts = []
    for _each in range(2):
        hand_over(relay)
        verdicts += [answer.verdict for _parcel, answer in relay.wait(20)]
    relay.close()
    assert verdicts == [Verdict.REFUSED, Verdict.ACCEPTED]
    assert relay.failure is None


def test_closing_does_not_wait_for_a_service_that_never_answers(
    playing: Playing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.transport.backend.GOODBYE_SECONDS", 0.1)
    let_go = Event()

    def never(request: Request) -> Reply:
        let_go.wait()
        return Reply(0)

    playing(MAILGUN, never)
    relay = BackendRelay(1)
    hand_over(relay)
    relay.close()
    assert all(thread.daemon for thread in relay._threads)
    let_go.set()


def test_closing_ends_the_threads_and_their_connections(playing: Playing) -> None:
    playing(MAILGUN)
    relay = working(2)
    for _each in range(2):
        hand_over(relay)
    everything(relay, 2)
    relay.close()
    assert [thread.is_alive() for thread in relay._threads] == [False, False]


# ---- Django's own backends, and others ----------------------------------------------------------


def test_the_file_backend_writes_messages_down(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    relay = working(2)
    letters = [Letter(), Letter()]
    for letter in letters:
        hand_over(relay, letter)
    assert {answer for _parcel, answer in everything(relay, 2)} == {Answer(Verdict.ACCEPTED)}
    relay.close()
    written = "".join(path.read_text() for path in tmp_path.iterdir())
    assert [written.count(f"Message-ID: {letter.message_id}") for letter in letters] == [1, 1]


def test_the_console_backend_prints_messages(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    letter = Letter()
    assert send(letter) == Answer(Verdict.ACCEPTED)
    assert f"Message-ID: {letter.message_id}" in capsys.readouterr().out


def test_the_memory_backend_keeps_messages(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    letter = Letter()
    assert send(letter) == Answer(Verdict.ACCEPTED)
    assert [each.extra_headers["Message-ID"] for each in mail.outbox] == [letter.message_id]


@pytest.fixture
def by_smtp(sent: Sink, settings: Settings) -> Sink:
    """Django's own SMTP backend, which the outbox would not use of itself."""
    settings.EMAIL_BACKEND = SMTP_BACKEND
    return sent


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("250 2.1.5 OK", Verdict.ACCEPTED),
        ("550 5.1.1 no such user", Verdict.BAD_ADDRESS),
        ("554 5.7.1 policy", Verdict.REFUSED),
        ("451 4.7.1 later", Verdict.DEFERRED),
    ],
)
@pytest.mark.parametrize("is_early", [True, False])
def test_djangos_smtp_backend_hands_on_what_the_relay_says(
    by_smtp: Sink, reply: str, verdict: Verdict, *, is_early: bool
) -> None:
    replies = by_smtp.replies if is_early else by_smtp.data_replies
    replies["ada@example.com"].append(reply)
    answer = send()
    assert answer.verdict is verdict
    assert answer.text == ("" if verdict is Verdict.ACCEPTED else reply[:9])
    assert len(by_smtp.mails) == (verdict is Verdict.ACCEPTED)


def test_djangos_smtp_backend_that_loses_the_last_answer_leaves_it_unknown(by_smtp: Sink) -> None:
    by_smtp.data_replies["ada@example.com"].append("drop")
    assert send() == Answer(Verdict.UNKNOWN, text="SMTPServerDisconnected")
    assert len(by_smtp.mails) == 1


def test_djangos_smtp_backend_without_a_relay_has_handed_nothing_over(settings: Settings) -> None:
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert send() == Answer(Verdict.RELAY_DOWN, text="ConnectionRefusedError 111")


class Silent(BaseEmailBackend):
    """Says that it sent none."""

    def send_messages(self, messages: object) -> int:
        return 0


class Failing(BaseEmailBackend):
    """Fails in a way that nobody foresaw."""

    def send_messages(self, messages: object) -> int:
        raise ZeroDivisionError


class Shut(BaseEmailBackend):
    """Cannot be opened, for no reason that anybody knows."""

    def open(self) -> bool:
        raise TimeoutError


@pytest.mark.parametrize(
    ("backend", "answer"),
    [
        ("Silent", Answer(Verdict.REFUSED, text="none was sent")),
        ("Failing", Answer(Verdict.UNKNOWN, text="ZeroDivisionError")),
        ("Shut", Answer(Verdict.RELAY_DOWN, text="TimeoutError")),
    ],
)
def test_a_backend_of_somebody_elses_is_believed_only_so_far(
    settings: Settings, backend: str, answer: Answer
) -> None:
    settings.EMAIL_BACKEND = f"tests.notifications.test_backends.{backend}"
    assert send() == answer
