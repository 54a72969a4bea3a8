"""One scene's world: a database, processes, a mail server and a clock of its own.

What it measures and which bar it holds is said here; what a scene does is in `scenes`.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import psutil
from celery import Celery
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.test import override_settings

from notifications.models import Delivery, Sender, Wave
from tests import clock as clocks
from tests.clock import Clock, movable
from tests.faults.cluster import Cluster
from tests.faults.crowds import crowd, webinar_in
from tests.faults.post import Post
from tests.rig import Rig
from webinars import times
from webinars.models import Webinar

LEASE = timedelta(seconds=61)
RENEWED = timedelta(seconds=15)  # it is renewed every ten
REST = timedelta(seconds=10)
IDLE, NUDGE = 1.5, 0.3  # seconds without a sender, and between two looks
PATIENCE = 240  # seconds
POLL = 0.05
WHOLE = 0.3  # the share of kills that take a whole worker
Process = subprocess.Popen[bytes]


@dataclass
class Act:
    """Something that makes messages void. `at` was asked of the database after its commit."""

    kind: str
    pk: int  # of the registration or the webinar
    at: datetime
    number: int = 0  # of the revision, for a move


@dataclass
class World:
    """`is_patient`: time passes by itself; else it is moved on where everybody only waits."""

    cluster: Cluster
    database: str
    rig: Rig
    post: Post
    clock: Clock
    seed: int
    folder: Path
    is_patient: bool = False
    allowed_repeats: int = 0
    explained: list[str] = field(default_factory=list)  # what sentences of the audit begin with
    unsent: set[int] = field(default_factory=set)  # registrations that the scene keeps mail from
    acts: list[Act] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    habits: dict[str, str] = field(default_factory=dict)  # the last workers' environment
    paused: set[int] = field(default_factory=set)
    has_sleepers: bool = False  # who wake up after their lease, finish one message, and say QUIT
    webinar: Webinar | None = None  # where a scene lets people register
    peak: int = 0  # bytes, of the largest product process

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.idle_since = self.nudged_at = time.monotonic()

    # ---- People -----------------------------------------------------------------------------

    def a_reminder_due(self, number: int, **span: float) -> Webinar:
        """So many people, whose reminder of the day before is due now, or `span` from now."""
        webinar = webinar_in(days=2)
        crowd(webinar, number)
        self.clock.move_to(webinar.starts_at - timedelta(hours=24) - timedelta(**span))
        return webinar

    # ---- Processes --------------------------------------------------------------------------

    def workers(self, number: int = 1, **environment: str) -> list[Process]:
        started = [self.rig.worker(name=self.a_name(), **environment) for _ in range(number)]
        self.habits = environment
        self.ring("tick", *["drain"] * number)
        return started

    def a_name(self) -> str:
        return f"n{len(self.rig.running)}"

    def dispatch(self, **environment: str) -> Process:
        """One sweep without Celery."""
        return self.manage("senddue", **environment)

    def manage(self, *command: str, **environment: str) -> Process:
        """What an operator types."""
        return self.rig.start(sys.executable, "manage.py", *command, **environment)

    def ring(self, *tasks: str) -> None:
        """Ask for these tasks, as beat or a registration does."""
        with Celery(broker=self.rig.broker_url, set_as_current=False) as app:
            for task in tasks:
                queue = "urgent" if task == "drain_urgent" else "bulk"
                app.send_task(f"notifications.tasks.{task}", queue=queue, ignore_result=True)

    def senders(self) -> list[int]:
        """The processes that live and renew their lease; the scene's victims."""
        lately = Sender.objects.filter(renewed_at__gt=Now() - RENEWED)
        pids = lately.values_list("pid", flat=True)
        return [pid for pid in pids if is_alive(pid) and pid not in self.paused]

    def kill_a_sender(self) -> bool:
        """One pool child alone, or its whole worker. Whether there was one."""
        senders = self.ask(self.senders)
        if not senders:
            return False
        pid = self.random.choice(senders)
        if self.random.random() < WHOLE:
            self.kill_whole_worker_of(pid)
        else:
            send(pid, signal.SIGKILL)
        return True

    def kill_whole_worker_of(self, pid: int) -> None:
        """And put a new one in its place, as a supervisor would."""
        for process in self.rig.running:
            if self.rig.is_running(process) and os.getpgid(pid) == process.pid:
                self.rig.kill(process)
                self.workers(1, **self.habits)
                return

    # ---- Time -------------------------------------------------------------------------------

    def jump(self, span: timedelta) -> None:
        """Everybody's clock, and the leases of the living with it: only the dead are late."""
        with transaction.atomic():
            living = Sender.objects.filter(pid__in=self.senders())
            living.update(renewed_at=F("renewed_at") + span)
            self.clock.forward(seconds=span.total_seconds())

    def ask(self, question: Callable[[], list[int]]) -> list[int]:
        """The empty list while the database is away."""
        try:
            return question()
        except DatabaseError:
            connection.close()
            return []

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Until it is so. A database that is away is asked again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if condition():
                    return
                self._nudge()
            except DatabaseError:
                connection.close()
            time.sleep(POLL)
        raise AssertionError(f"waited {seconds} s in vain until {what}")

    def settle(self, seconds: float = PATIENCE) -> None:
        """Until nothing that is due by now is open."""
        self.wait(is_quiet, "nothing is open any more", seconds)

    def is_settled(self, webinar: Webinar) -> bool:
        """Nothing of this webinar is open, nor to be expanded."""
        rows = Delivery.objects.filter(registration__webinar=webinar, state__in=OPEN)
        waves = Wave.objects.to_expand().filter(webinar=webinar)
        return not rows.filter(due_at__lte=Now()).exists() and not waves.exists()

    def _nudge(self) -> None:
        """Where everybody waits, for a retry, a lease or a rest to end, move to that instant."""
        if self.is_patient or time.monotonic() - self.nudged_at < NUDGE:
            return
        self.nudged_at = time.monotonic()
        if self.senders():
            self.idle_since = time.monotonic()
        elif time.monotonic() - self.idle_since > IDLE and not is_quiet():
            self.jump(self._next())
            self.idle_since = time.monotonic()
            if self.rig.broker is not None:
                self.ring("tick")

    def _next(self) -> timedelta:
        if Delivery.objects.held().exists():
            return LEASE
        waiting = Delivery.objects.filter(state="ready", due_at__lte=Now())
        first = waiting.order_by("next_attempt_at").first()
        return max(first.next_attempt_at - times.now() if first else REST, REST)

    # ---- Bars -------------------------------------------------------------------------------

    def bar(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.broken.append(sentence)

    def database_time(self) -> datetime:
        """Later than whatever this process has committed."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement_timestamp()")
            at: datetime = cursor.fetchone()[0]
            return at

    def explains(self, sentence: str) -> bool:
        return sentence.removeprefix("manage.py audit: ").startswith(tuple(self.explained))

    def committed(self, kind: str, pk: int, number: int = 0) -> None:
        self.acts.append(Act(kind, pk, self.database_time(), number))

    def longest_silence(self) -> float:
        """Most seconds from one accepted message to the next."""
        at = sorted(copy.at for copy in self.post.book().copies)
        return max((after - before for before, after in pairwise(at)), default=0) / 1e9

    def slowest(self, purpose: str = "confirmation") -> float:
        """Most seconds from due to the mail server, where the clock stands as it did then."""
        firsts = {name: copies[0].at for name, copies in self.post.book().of().items()}
        rows = Delivery.objects.filter(purpose=purpose, message_id__in=firsts)
        due = rows.values_list("message_id", "due_at")
        return max(firsts[name] / 1e9 + clocks.offset() - at.timestamp() for name, at in due)


OPEN = (Delivery.State.READY, Delivery.State.CLAIMED, Delivery.State.SENDING)


def is_quiet() -> bool:
    """Every wave that is due is expanded; every delivery that is due is settled."""
    return not (
        Wave.objects.to_expand().exists()
        or Delivery.objects.filter(state__in=OPEN, due_at__lte=Now()).exists()
    )


def is_alive(pid: int) -> bool:
    """A killed process that nobody has asked for yet (a zombie) is not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def send(pid: int, number: signal.Signals) -> None:
    with suppress(psutil.Error):  # it ended by itself
        psutil.Process(pid).send_signal(number)


def _watch_memory(world: World, stop: Event) -> None:
    """Each started process leads a group of its own."""
    while not stop.wait(0.5):
        ours = {process.pid for process in world.rig.running}
        for pid in psutil.pids():
            with suppress(psutil.Error, OSError):
                if os.getpgid(pid) in ours:
                    world.peak = max(world.peak, psutil.Process(pid).memory_info().rss)


@contextmanager
def worlds(cluster: Cluster, seed: int) -> Iterator[World]:
    """A new one, and its end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = f"scene_{time.time_ns()}"
        stack.enter_context(cluster.database(database))
        clock = stack.enter_context(movable())
        post = Post(folder)
        stack.callback(post.stop)
        rig = Rig(folder, post.port)
        stack.callback(rig.stop)
        # The same site as theirs: the ledger notes which one it belongs to.
        stack.enter_context(override_settings(SITE_URL=rig.site, SITE_HOST="127.0.0.1"))
        rig.start_broker()
        world = World(cluster, database, rig, post, clock, seed, folder)
        stop = Event()
        watcher = Thread(target=_watch_memory, args=(world, stop))
        watcher.start()
        stack.callback(watcher.join)
        stack.callback(stop.set)
        yield world
