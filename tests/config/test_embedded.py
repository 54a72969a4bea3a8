"""`python -m config.embedded` in a clone of its own: real engines, real signals, real crashes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from config.embedded import folders, leftovers, ports

REPLACED = {
    "DATABASE_URL": "postgresql://elsewhere/webinars",
    "REDIS_URL": "redis://elsewhere/0",
    "EMAIL_URL": "smtp://elsewhere:25",
}
NO_INBOX = {"EMAIL_URL": REPLACED["EMAIL_URL"]}
ONLY_VALKEY = {"DATABASE_URL": REPLACED["DATABASE_URL"], **NO_INBOX}
WAIT_SECONDS = 30
SLEEP = "import time; print('up', flush=True); time.sleep(60)"


class Clone:
    """A copy of the plumbing, with the modes that its surroundings had before anything ran."""

    def __init__(self, place: Path) -> None:
        self.place = place
        shutil.copytree(folders.PROJECT / "config", place / "config")
        self.modes = modes_around(place)

    def command(self, *words: str, name: str) -> list[str]:
        return [sys.executable, "-m", "config.embedded", "--name", name, *words]

    def run(
        self, *words: str, name: str = "one", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words, name=name),
            cwd=self.place,
            env=bare(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS * 2,
            check=False,
        )

    def python(self, program: str, **environment: str) -> str:
        done = self.run("python", "-c", program, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def started(self, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A run in a session of its own, once its command has said that it is up."""
        with subprocess.Popen(
            self.command(*words, name="one"),
            cwd=self.place,
            env=bare(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "up\n", process.communicate()
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def data(self) -> Path:
        return Path(self.python("import os; print(os.environ['EMBEDDED_DATA'])", **REPLACED)[:-1])

    def engines(self) -> list[psutil.Process]:
        """What runs with the mark of our data set, children included."""
        data = self.data()
        return [process for process in psutil.process_iter() if is_marked(process, data)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    place = tmp_path_factory.mktemp("clone")
    clone = Clone(place)
    yield clone
    removed = subprocess.run(
        [sys.executable, "-m", "config.embedded", "--remove"], cwd=place, env=bare({}), check=False
    )
    assert removed.returncode == 0


def bare(environment: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment}


def modes_around(place: Path) -> dict[Path, int]:
    return {path: path.stat().st_mode for path in [place, *place.parents]}


def is_marked(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error, OSError):
        return process.environ().get(leftovers.MARK) == str(folder)
    return False


def wait_until_gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    deadline = time.monotonic() + WAIT_SECONDS
    left = processes
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [process for process in left if process.is_running() and not is_dead(process)]
    return left


def is_dead(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_the_exit_code_is_the_commands(clone: Clone) -> None:
    done = clone.run("sh", "-c", "exit 7", **REPLACED)

    assert (done.returncode, done.stderr) == (7, "")


def test_a_command_that_does_not_exist_is_named(clone: Clone) -> None:
    done = clone.run("no-such-program", **REPLACED)

    assert (done.returncode, done.stderr) == (127, "no-such-program: No such file or directory\n")


def test_an_address_in_the_environment_replaces_its_engine(clone: Clone) -> None:
    program = f"import os; print([os.environ[name] for name in {list(REPLACED)}])"

    assert clone.python(program, **REPLACED) == f"{list(REPLACED.values())}\n"
    assert clone.engines() == []


def test_every_engine_answers_where_the_environment_says(clone: Clone) -> None:
    smtp, inbox = str(ports.free()), str(ports.free())
    program = """
import os, smtplib, urllib.request, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("SHOW server_encoding").fetchone())
print(redis.from_url(os.environ["REDIS_URL"]).config_get("maxmemory-policy"))
host, port = os.environ["EMAIL_URL"].removeprefix("smtp://").split(":")
smtplib.SMTP(host, int(port)).sendmail("a@example.org", ["b@example.org"], "Subject: Hello\\n\\nHi")
print("Hello" in urllib.request.urlopen(os.environ["INBOX_URL"] + "messages/").read().decode())
"""
    said = clone.python(program, SMTP_PORT=smtp, INBOX_PORT=inbox)

    assert said == "('UTF8',)\n{'maxmemory-policy': 'noeviction'}\nTrue\n"


def test_rows_and_secrets_survive_a_restart(clone: Clone) -> None:
    connect = "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True)"
    tell = "print(c.execute('SELECT word FROM kept').fetchall(), os.environ['LINK_KEYS'])"
    write = "c.execute('CREATE TABLE kept AS SELECT 42 AS word')"

    before = clone.python(f"{connect}; {write}; {tell}", **NO_INBOX)
    after = clone.python(f"{connect}; {tell}", **NO_INBOX)

    assert before.startswith("[(42,)] ")
    assert after == before


def test_secrets_are_for_their_owner_only_and_yield_to_the_environment(clone: Clone) -> None:
    program = "import os; print(os.environ['SECRET_KEY'])"

    made = clone.python(program, **REPLACED).strip()
    kept = clone.data() / "SECRET_KEY"

    assert (made, kept.stat().st_mode & 0o777) == (kept.read_text(), 0o600)
    assert clone.python(program, **REPLACED, SECRET_KEY="mine") == "mine\n"


def test_a_taken_port_is_named_with_the_variable_that_changes_it(clone: Clone) -> None:
    with socket.create_server((ports.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        done = clone.run("true", **ONLY_VALKEY | {"EMAIL_URL": ""}, SMTP_PORT=str(port))

    advice = f"Choose another one, for example: SMTP_PORT={port + 1 if port < 65_000 else 8080}"
    assert done.stderr == f"Port {port} is taken by another program. {advice}\n"
    assert done.returncode == 1


def test_a_port_that_is_none_is_refused_in_words(clone: Clone) -> None:
    done = clone.run("true", **ONLY_VALKEY | {"EMAIL_URL": ""}, SMTP_PORT="mail")

    assert done.stderr == "SMTP_PORT must be a port number from 1 to 65535, not 'mail'.\n"


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_cleanly(clone: Clone, word: signal.Signals) -> None:
    with clone.started("python", "-c", SLEEP, **NO_INBOX) as run:
        family = psutil.Process(run.pid).children(recursive=True)
        os.killpg(run.pid, word)
        run.communicate(timeout=WAIT_SECONDS)

    assert wait_until_gone(family) == []
    log = (clone.data() / "postgresql.log").read_text()
    assert log.rstrip().endswith("LOG:  database system is shut down")
    assert run.returncode == 128 + word


def test_a_killed_run_leaves_nothing_that_keeps_the_next_from_starting(clone: Clone) -> None:
    with clone.started("python", "-c", SLEEP, **NO_INBOX) as run:
        orphans = psutil.Process(run.pid).children(recursive=True)
        run.kill()
        run.wait()
        engines = [
            process for process in orphans if process.name() in {"postgres", "valkey-server"}
        ]

        answered = clone.python("print('up again')", **NO_INBOX)

    assert answered == "up again\n"
    assert len(engines) > 1
    assert wait_until_gone(engines) == []


def test_a_dead_postmasters_number_may_belong_to_another_program(clone: Clone) -> None:
    clone.python("", **NO_INBOX)
    (clone.data() / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    assert clone.python("print('up again')", **NO_INBOX) == "up again\n"


def test_two_runs_share_no_data_set_and_do_not_harm_each_other(clone: Clone) -> None:
    with clone.started("python", "-c", SLEEP, **ONLY_VALKEY) as run:
        second = clone.run("true", **ONLY_VALKEY)
        other = clone.run("true", name="two", **ONLY_VALKEY)
        still_there = run.poll() is None

    assert second.stderr == (
        f"The data set 'one' of this clone is in use already, by process {run.pid}. "
        "Stop that one first (Ctrl-C in its window), or use its engines with --join.\n"
    )
    assert (second.returncode, other.returncode, still_there) == (1, 0, True)


def test_a_command_can_join_the_run_that_is_up(clone: Clone) -> None:
    tell = "import os; print(os.environ['REDIS_URL'], os.environ['SECRET_KEY'])"
    program = f"print('up', flush=True); {tell.replace(')', ', flush=True)')}; {SLEEP}"

    with clone.started("python", "-c", program, **ONLY_VALKEY) as run:
        assert run.stdout is not None
        first = run.stdout.readline()
        joined = clone.run("--join", "python", "-c", tell)
        still_there = run.poll() is None

    assert (joined.stdout, joined.stderr, still_there) == (first, "", True)


def test_there_is_nothing_to_join_once_a_run_has_ended(clone: Clone) -> None:
    clone.run("true", **REPLACED)

    joined = clone.run("--join", "true")

    assert joined.stderr == "Nothing is up with the data set 'one': start it first.\n"
    assert joined.returncode == 1


def test_without_its_database_the_command_is_stopped_with_a_word(clone: Clone) -> None:
    with clone.started("python", "-c", SLEEP, **NO_INBOX) as run:
        family = psutil.Process(run.pid).children()
        next(process for process in family if process.name() == "postgres").kill()
        _, said = run.communicate(timeout=WAIT_SECONDS)

    log = clone.data() / "postgresql.log"
    assert said == (
        f"PostgreSQL stopped by itself; its log is {log}\n"
        "Nothing works without the database: stopping.\n"
    )
    assert run.returncode == 128 + signal.SIGTERM


def test_a_lost_broker_is_named_and_the_command_goes_on(clone: Clone) -> None:
    program = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); "
        f"signal.alarm({WAIT_SECONDS}); print('up', flush=True); signal.pause()"
    )

    with clone.started("python", "-c", program, **ONLY_VALKEY) as run:
        next(
            iter(
                engine for engine in psutil.Process(run.pid).children() if engine.name() != "python"
            )
        ).kill()
        assert run.stderr is not None
        said, goes_on = run.stderr.readline(), run.poll() is None
        run.terminate()
        run.wait(WAIT_SECONDS)

    assert goes_on
    assert said == f"Valkey stopped by itself; its log is {clone.data() / 'valkey.log'}\n"
    assert run.returncode == 5


def test_only_what_carries_our_mark_is_stopped(tmp_path: Path) -> None:
    sleep = [sys.executable, "-c", SLEEP]
    marked = leftovers.marked(tmp_path / "ours")
    with (
        subprocess.Popen(sleep, env=bare(marked), stdout=subprocess.DEVNULL) as ours,
        subprocess.Popen(sleep, env=bare({}), stdout=subprocess.DEVNULL) as theirs,
    ):
        leftovers.stop(tmp_path / "ours")
        alive = (ours.poll() is None, theirs.poll() is None)
        theirs.kill()

    assert alive == (False, True)


def test_no_permission_between_the_clone_and_the_root_has_changed(clone: Clone) -> None:
    clone.python("", **NO_INBOX)

    assert modes_around(clone.place) == clone.modes
