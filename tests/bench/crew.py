"""The processes of a bench: the sink, a broker, and Celery workers with the product's settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import Celery

from notifications.models import Heartbeat
from tests.rig import Rig, wait_for

HERE = Path(__file__).resolve().parent
RING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What the sink has seen since it was last told to begin; `seconds`: from first to last."""

    messages: int
    octets: int
    seconds: float
    connections: int

    @property
    def rate(self) -> float:
        return (self.messages - 1) / self.seconds


class Sink:
    """The relay's process, spoken to over its pipes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "sink.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.orders, self.words = self.process.stdin, self.process.stdout
        self.port: int = self._line()["port"]

    def begin(self, **manners: Any) -> None:
        """Count from nothing. `answer_after` (seconds), `is_serial`, `log`, `keep` (paths)."""
        self._ask({"answer_after": 0.0, **manners})

    def counts(self) -> Counts:
        return Counts(**self._ask({}))

    @contextmanager
    def on(self, cores: set[int]) -> Iterator[None]:
        """The sink, and whatever is started meanwhile, on these cores only."""
        everywhere = os.sched_getaffinity(0)
        pids = (0, self.process.pid)
        try:
            for pid in pids:
                os.sched_setaffinity(pid, cores)
            yield
        finally:
            for pid in pids:
                os.sched_setaffinity(pid, everywhere)

    def stop(self) -> None:
        self.orders.close()
        self.process.wait(10)

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        self.orders.write(json.dumps(order) + "\n")
        self.orders.flush()
        return self._line()

    def _line(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.words.readline())
        return found


class Crew(Rig):
    """A rig with the product's own settings and clock; `more` is added to the environment."""

    def __init__(self, folder: Path, sink: Sink, more: dict[str, str]) -> None:
        super().__init__(folder, sink.port)
        self.sink, self.more = sink, more
        self.bells = Celery("bells", broker=self.broker_url, set_as_current=False)

    def _environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "REDIS_URL": self.broker_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "LOG_LEVEL": "WARNING",
            **self.more,
        }

    @property
    def broker_url(self) -> str:
        return f"redis://127.0.0.1:{self.broker_port}/0"

    def workers(self, number: int, queue: str = "bulk") -> list[subprocess.Popen[bytes]]:
        """So many of them, up and listening."""
        started = [self.worker(queue, f"{queue}{each}") for each in range(number)]
        wait_for(lambda: self.listening() >= number, f"{number} workers listen")
        return started

    def listening(self) -> int:
        return len(self.bells.control.ping(timeout=0.5))

    def task(self, name: str, *arguments: object, queue: str, **options: object) -> None:
        self.bells.send_task(name, arguments, queue=queue, **options)

    def beat_has_ticked(self) -> None:
        """Wait for the first tick: from then on everything runs as it does in production."""
        wait_for(Heartbeat.objects.filter(name="tick").exists, "beat ticks")

    def listens(self, name: str) -> bool:
        return bool(self.bells.control.ping([name], timeout=0.5))

    def listen_to(self, queue: str, name: str, *, no_more: bool = False) -> None:
        """Tell a worker to take tasks from one more queue, or no more; it says so when it does."""
        control = self.bells.control
        tell = control.cancel_consumer if no_more else control.add_consumer
        tell(queue, destination=[name], reply=True)

    def ring(self, workers: int) -> None:
        """What beat's tick does when something is due, for each worker."""
        for _ in range(workers):
            self.task("notifications.tasks.drain", queue="bulk", expires=RING_SECONDS)

    def stop(self) -> None:
        self.bells.close()
        super().stop()


@contextmanager
def crew(sink: Sink, **more: str) -> Iterator[Crew]:
    """A broker and whatever is started; all of it ends with the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = Crew(folder, sink, more)
        stack.callback(found.stop)
        found.start_broker()
        yield found


@contextmanager
def sinking() -> Iterator[Sink]:
    sink = Sink()
    try:
        yield sink
    finally:
        sink.stop()


def run(script: str, *arguments: object) -> str:
    """What one of our scripts prints; it runs alone, without Django."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def fall_silent() -> None:
    """Until no bell that was rung still wakes anybody."""
    time.sleep(RING_SECONDS + 0.2)


def wait_quietly(
    is_done: Callable[[], bool],
    what: str,
    *,
    ring: Callable[[], object] = int,
    patience: float = 600,
) -> None:
    """Until it is done, ringing each second."""
    end, next_ring = time.monotonic() + patience, 0.0
    while not is_done():
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"waited {patience} s until {what}")
        if now >= next_ring:
            ring()
            next_ring = now + RING_SECONDS
        time.sleep(0.05)
