"""A PostgreSQL server of the suite's own, to be killed, and where Django finds its databases."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import environ
import psycopg
from django.core.management import call_command
from django.db import connections

from config.embedded import engines, folders, leftovers

TEMPLATE = "template_webinars"


class Cluster:
    """The server, with one migrated database to copy from."""

    def __init__(self, folder: Path) -> None:
        self.engine = engines.PostgreSQL(folder)

    def start(self) -> None:
        self.engine.start()
        self.engine.wait()
        connections["default"].close()  # one that broke is made anew

    def crash(self) -> None:
        """`pg_ctl stop -m immediate`: no goodbye to anybody, and recovery at the next start."""
        self.engine.process.send_signal(signal.SIGQUIT)
        self.engine.process.wait(30)

    def url(self, database: str) -> str:
        whole = self.engine.environment()["DATABASE_URL"]
        return whole.rpartition("/")[0] + f"/{database}"

    def say(self, *statements: str) -> None:
        """As an administrator would, each by itself."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def disconnect_everybody(self) -> None:
        self.say(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = user AND pid <> pg_backend_pid()"
        )
        connections["default"].close()

    def dump(self, database: str, folder: Path) -> Path:
        """A backup, taken while everything runs."""
        backup = folder / "backup"
        self._run("pg_dump", "--format", "custom", "--file", str(backup), self.url(database))
        return backup

    def restore(self, database: str, backup: Path) -> None:
        connections["default"].close()
        self.say(f"DROP DATABASE {database} WITH (FORCE)", f"CREATE DATABASE {database}")
        self._run("pg_restore", "--dbname", self.url(database), str(backup))

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([str(self.engine.programs / program), *arguments], check=True)

    def trust_the_machine(self) -> None:
        """Wait for no disk: the crashes here are PostgreSQL's, and the kernel outlives them."""
        self.say("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def make_template(self) -> None:
        self.say(f"CREATE DATABASE {TEMPLATE}")
        point_at(self.url(TEMPLATE))
        call_command("migrate", verbosity=0)
        connections["default"].close()

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """A fresh one, and Django at it; its address."""
        self.say(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        point_at(self.url(name))
        try:
            yield self.url(name)
        finally:
            connections["default"].close()
            self.say(f"DROP DATABASE {name} WITH (FORCE)")


def point_at(url: str) -> None:
    """From now on Django's database, in all threads, is this one."""
    connections["default"].close()
    place = environ.Env.db_url_config(url)
    for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT"):
        connections.settings["default"][part] = place[part]


@contextmanager
def running() -> Iterator[Cluster]:
    """A server in a folder of its own; afterwards Django is pointed back to where it was."""
    before = dict(connections.settings["default"])
    with tempfile.TemporaryDirectory(prefix="webinars-faults-") as name:
        folder = Path(name)
        folders.reachable(folder)
        cluster = Cluster(folder)
        try:
            cluster.start()
            cluster.trust_the_machine()
            cluster.make_template()
            yield cluster
        finally:
            leftovers.stop(folder)
            if cluster.engine.is_running():
                cluster.engine.stop()
            connections["default"].close()
            connections.settings["default"].update(before)
