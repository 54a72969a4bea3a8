"""Acts that make messages void, raced against the hand-over of those very messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

from django.db import connection, transaction

from notifications.models import Delivery
from registrations import signup
from registrations.models import Registration
from tests.faults.crowds import crowd, webinar_in
from tests.faults.scenes.dying import FEW, reach
from tests.faults.world import World
from tests.makers import make_registration
from webinars import scheduling, times
from webinars.models import Webinar

AFTER = 900  # seconds, at most, until all that the acts say is out
PACE = range(1, 6)  # messages for each act: a farewell or two, and one or two reminders
NEXT = 8  # of those that a sender holds, which it hands over next


def cancels(world: World, *, number: int, mails: int) -> None:
    """People opt out or correct their address while their reminder is in somebody's hands.

    With each act the mail server takes a few more messages, so that neither runs away.
    """
    webinar = world.a_reminder_due(mails)
    limit, done = 1, set[int]()
    world.post.script(limit=limit)
    world.workers(2, **FEW)
    world.rig.beat()
    reach(world, 1)
    while len(done) < number and (pk := _one_in_hand(world, webinar)):
        limit += world.random.choice(PACE)
        world.post.script(limit=limit)
        done.add(pk)
        _void(world, Registration.objects.get(pk=pk))
    world.post.script(limit=None)
    world.settle(AFTER)
    _who_won(world, done)
    world.bar(len(done) == number, f"only {len(done)} of {number} could be raced")


def _one_in_hand(world: World, webinar: Webinar) -> int | None:
    """A registration not yet raced whose reminder a sender holds, or else one that waits.

    Asked more than once: between the two questions those that wait may have been claimed.
    """
    active = Delivery.objects.filter(registration__state="active", registration__epoch=0)
    rows = active.filter(registration__webinar=webinar, purpose="reminder")
    for states in [["claimed", "sending"], ["ready"]] * 5:
        next_ones = rows.filter(state__in=states).order_by("pk")[:NEXT]
        if found := list(next_ones.values_list("registration", flat=True)):
            return world.random.choice(found)
    return None


def _void(world: World, person: Registration) -> None:
    if world.random.random() < 0.7:
        signup.cancel(person)
        world.committed("opt-out", person.pk)
    else:
        kept = signup.correct_address(person, email=f"new.{person.email}")
        world.committed("address", person.pk, kept.epoch)


def _who_won(world: World, done: set[int]) -> None:
    rows = Delivery.objects.filter(registration__in=done, purpose="reminder")
    sent, skipped = (rows.filter(state=state).count() for state in ("sent", "skipped"))
    world.notes.append(f"{len(done)} raced: {sent} were sent before, {skipped} stopped")


def moves(world: World, *, number: int, webinars: int, people: int) -> None:
    """Webinars move again and again while the news of the last move are in somebody's hands."""
    moving = [webinar_in(hours=20) for _ in range(webinars)]
    for webinar in moving:
        crowd(webinar, people)
    world.post.script(latency=0.01)
    world.workers(2)
    world.rig.beat()
    for _ in range(number):
        _move(world, world.random.choice(moving))
    world.post.script(latency=0)
    world.settle(AFTER)
    for webinar in moving:
        _all_know(world, webinar)
    newest = Delivery.objects.filter(state="skipped", purpose="moved").count()
    world.notes.append(f"{number} moves, {newest} messages stopped")


def _move(world: World, webinar: Webinar) -> None:
    """To some minute of the next day; where it can, while it is being told."""
    busy = Delivery.objects.held().filter(registration__webinar=webinar)
    if world.random.random() < 0.9:
        world.wait(lambda: busy.exists() or world.is_settled(webinar), "it is being told", 60)
    start = times.now() + timedelta(minutes=world.random.randint(3 * 60, 20 * 60))
    moved = reschedule(webinar, start)
    world.committed("move", webinar.pk, moved.sequence)


def reschedule(webinar: Webinar, start: datetime) -> Webinar:
    local = times.wall_clock(start, webinar.time_zone)
    return scheduling.reschedule(
        webinar,
        date=local.date(),
        time=local.time().replace(second=0, microsecond=0),
        time_zone=webinar.time_zone,
        reason="",
        by=None,
    )


def _all_know(world: World, webinar: Webinar) -> None:
    """The last thing that everybody was told is where it is now."""
    webinar.refresh_from_db()
    told = Delivery.objects.filter(
        registration__webinar=webinar, state="sent", revision__number=webinar.sequence
    )
    ignorant = webinar.registrations.active().exclude(deliveries__in=told)
    same = webinar.revisions.filter(starts_at=webinar.starts_at).exclude(number=webinar.sequence)
    if not same.exists():  # back to an hour that they knew: nothing to tell
        world.bar(not ignorant.exists(), f"{ignorant.count()} do not know of the last move")


def called_off(world: World, *, webinars: int, people: int) -> None:
    """Webinars are cancelled in the middle of their reminders."""
    running = [webinar_in(days=2) for _ in range(webinars)]
    for webinar in running:
        crowd(webinar, people)
    world.clock.move_to(running[0].starts_at - timedelta(hours=24))
    world.post.script(latency=0.005)
    world.workers(2)
    world.rig.beat()
    for number, webinar in enumerate(running):
        reach(world, webinars * people * number // (webinars * 2) + 1)
        scheduling.cancel(webinar, reason="", by=None)
        world.committed("cancel", webinar.pk)


def start_passes(world: World, *, mails: int) -> None:
    """A reminder is late: the start comes while it goes out, and none goes out after it."""
    webinar = webinar_in(days=2)
    crowd(webinar, mails)
    world.clock.move_to(webinar.starts_at - timedelta(minutes=2))
    world.post.script(latency=0.05)
    world.workers(1)
    world.rig.beat()
    reach(world, 10)
    world.clock.move_to(webinar.starts_at - timedelta(seconds=1))
    world.settle()
    late = Delivery.objects.filter(purpose="reminder", state="expired")
    world.bar(late.exists(), "nothing was too late: the scene proves nothing")
    world.unsent = set(late.values_list("registration", flat=True))
    world.explained += ["deliveries expired unsent"]
    world.explained += ["waves missed", "people whom missed waves left out"]  # of days before


def late_commits(world: World, *, people: int) -> None:
    """Registrations begun before a wave is expanded, and committed while it is, or after."""
    webinar = world.a_reminder_due(50, minutes=10, seconds=3)
    world.webinar = webinar
    world.workers(1)
    world.rig.beat()
    writers = [Thread(target=_slow_registration, args=(webinar, world.random.uniform(0, 8)))
               for _ in range(people)]  # fmt: skip
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    world.settle()
    world.clock.forward(minutes=10, seconds=5)
    world.ring("tick")


def _slow_registration(webinar: Webinar, seconds: float) -> None:
    try:
        with transaction.atomic():
            make_registration(webinar=webinar)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(%s)", [seconds])
    finally:
        connection.close()
