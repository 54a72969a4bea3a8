"""Who is served first: lanes, turns between waves, domains that are left alone for a while."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from notifications import claims, resting
from notifications.models import Delivery, Heartbeat, Lane, Sender, Wave
from notifications.transport import Answer, Parcel, Verdict
from tests.clock import Clock
from tests.makers import make_registration, make_wave, make_webinar
from tests.sink import Sink
from webinars.models import Webinar

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def claimed(limit: int, *, lane: Lane = Lane.BULK) -> Counter[int | None]:
    """How many of which wave one claim takes."""
    sender = Sender.objects.create(host="here", pid=1)
    batch = claims.claim(sender, lane=lane, limit=limit)
    return Counter(delivery.wave_id for delivery in batch.take())


def test_a_small_wave_takes_turns_with_a_large_one_that_was_due_long_before() -> None:
    large, small = make_wave(30, due_ago=timedelta(hours=1)), make_wave(4)
    assert claimed(6) == {large.pk: 3, small.pk: 3}
    assert claimed(6) == {large.pk: 3, small.pk: 1}
    assert claimed(6) == {large.pk: 6}


def test_messages_without_a_wave_take_turns_like_one() -> None:
    wave = make_wave(10, lane=Lane.URGENT)
    for _each in range(10):
        make_registration()
    assert claimed(8) == {wave.pk: 4, None: 4}


def test_a_more_urgent_lane_goes_first_whatever_waits_in_the_others() -> None:
    bulk, soon = make_wave(5, due_ago=timedelta(hours=1)), make_wave(2, lane=Lane.SOON)
    urgent = make_wave(2, lane=Lane.URGENT)
    assert claimed(10) == {urgent.pk: 2}
    assert claimed(10) == {soon.pk: 2}
    assert claimed(10) == {bulk.pk: 5}


def test_the_urgent_worker_takes_nothing_else() -> None:
    make_wave(5)
    urgent = make_wave(1, lane=Lane.URGENT)
    assert claimed(10, lane=Lane.URGENT) == {urgent.pk: 1}
    assert claimed(10, lane=Lane.URGENT) == {}


def test_waves_not_due_yet_and_superseded_ones_take_no_turn() -> None:
    now, later = make_wave(5), make_wave(5, due_ago=timedelta(minutes=-5))
    void = make_wave(5, due_ago=timedelta(hours=1))
    Wave.objects.filter(pk=void.pk).update(state="superseded")
    assert claimed(4) == {now.pk: 4}
    assert later.pk not in claimed(4)


def test_what_was_due_first_goes_first_within_a_wave() -> None:
    wave = make_wave(6)
    first = Delivery.objects.filter(wave=wave).order_by("-pk")[0]
    Delivery.objects.filter(pk=first.pk).update(next_attempt_at=Now() - timedelta(minutes=1))
    sender = Sender.objects.create(host="here", pid=1)
    assert [each.pk for each in claims.claim(sender, lane=2, limit=1).take()] == [first.pk]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=30)])
def test_whether_anything_is_due_is_known_without_claiming(late: timedelta) -> None:
    assert not claims.is_anything_due(lane=Lane.BULK, late_by=late)
    make_wave(1, due_ago=timedelta(seconds=20))
    assert claims.is_anything_due(lane=Lane.BULK, late_by=late) is (late < timedelta(seconds=20))
    assert not claims.is_anything_due(lane=Lane.SOON)


def test_loading_a_batch_takes_as_many_queries_as_loading_one(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    make_wave(30)
    ids = list(Delivery.objects.values_list("pk", flat=True))
    with django_assert_num_queries(2):
        claims.loaded(ids[:1])
    with django_assert_num_queries(2):
        batch = claims.loaded(ids)
    webinars: set[Webinar] = {each.registration.webinar for each in batch}
    assert len(batch) == 30
    assert len({id(webinar) for webinar in webinars}) == 1


def test_a_domain_that_defers_three_in_a_row_is_left_alone_for_a_minute(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar()
    theirs = [make_registration(webinar=webinar, email=f"p{n}@full.example") for n in range(40)]
    other = make_registration(webinar=webinar, email="other@fine.example")
    for person in theirs:
        sent.replies[person.email] = ["452 4.2.2 full", "452 4.2.2 full"]
    deliver_everything_due()
    deferred = Delivery.objects.filter(deferrals=1).count()
    assert 3 <= deferred < 40
    assert len(sent.to(other.email)) == 1
    rest = Heartbeat.objects.get(name="rests until: full.example")
    assert Delivery.objects.filter(state="ready", next_attempt_at__lt=Now()).count() == 0
    clock.move_to(rest.at + timedelta(days=2))
    assert resting.forget_domains() == 1


def test_an_accepted_message_ends_a_domains_row_of_deferrals() -> None:
    domains = resting.Domains(connections=4)
    for verdict in (Verdict.DEFERRED, Verdict.DEFERRED, Verdict.ACCEPTED, Verdict.DEFERRED):
        parcel = Parcel(Delivery(), _to("a@one.example"))
        domains.began(parcel)
        domains.ended(parcel, Answer(verdict))
    assert domains.rest("b@one.example") is None
    assert not Heartbeat.objects.exists()


def test_a_domain_is_forgotten_once_nothing_is_under_way_to_it() -> None:
    domains = resting.Domains(connections=4)
    first, second = (Parcel(Delivery(), _to(f"p@{name}.example")) for name in ("one", "two"))
    for parcel in (first, second):
        domains.began(parcel)
        assert domains.rest(parcel.email.recipient) is None
    domains.ended(first, Answer(Verdict.ACCEPTED))
    domains.ended(second)
    assert not domains.begun


def test_a_slow_domain_never_has_all_connections() -> None:
    domains = resting.Domains(connections=8)
    for number in range(2):
        domains.began(Parcel(Delivery(), _to(f"p{number}@slow.example")))
    assert domains.rest("q@slow.example") is None
    for begun in domains.begun.values():
        for parcel in begun:
            begun[parcel] -= 6  # seconds ago
    assert domains.rest("q@slow.example") == resting.SLOW_REST
    assert domains.rest("q@quick.example") is None


class _Email:
    """As much of an email as `Domains` looks at."""

    def __init__(self, recipient: str) -> None:
        self.recipient = recipient


def _to(address: str) -> _Email:
    return _Email(address)
