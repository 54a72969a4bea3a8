"""Programs that live and die together, and the words that say which one died."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded.folders import PROJECT

PATIENT = "trap 'echo finished; exit 0' TERM; echo up; while :; do sleep 0.05; done"
RUN = """
import os, sys
from config.together import Together
programs = {"web": ["sh", "-c", sys.argv[1]], "worker": ["sh", "-c", sys.argv[2]]}
sys.exit(Together(programs, os.environ).run(lambda: None))
"""


def together(web: str, worker: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RUN, web, worker],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(
    ("death", "word"),
    [("exit 4", "ended (exit code 4)"), ("kill -9 $$", "was killed (SIGKILL)")],
)
def test_whoever_dies_is_named_and_takes_the_others_along(
    death: str, word: str, tmp_path: Path
) -> None:
    is_up = tmp_path / "up"
    web = PATIENT.replace("echo up;", f"echo up; : > {is_up};")
    worker = f"until test -e {is_up}; do sleep 0.05; done; sleep 0.2; {death}"
    with together(web, worker) as run:
        said, _ = run.communicate(timeout=20)

    assert said.splitlines() == [
        "web    | up",
        f"worker {word}: stopping the others.",
        "web    | finished",
    ]
    assert run.returncode == 1


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_person_who_stops_it_sees_no_failure(word: signal.Signals) -> None:
    with together(PATIENT, "sleep 60") as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "web    | up\n"
        run.send_signal(word)
        said, _ = run.communicate(timeout=20)

    assert (said, run.returncode) == ("Stopping.\nweb    | finished\n", 0)


def test_a_program_stops_its_own_children(tmp_path: Path) -> None:
    """A worker's pool finishes the email in its hands: only the worker itself is told to stop."""
    note = tmp_path / "note"
    child = f"trap 'echo told > {note}' TERM; sleep 1; test -e {note} || echo unharmed > {note}"
    leader = f"sh -c '{child.replace(chr(39), chr(34))}' & trap 'wait; exit 0' TERM; echo up; wait"

    with together(leader, "sleep 60") as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "web    | up\n"
        run.terminate()
        run.communicate(timeout=20)

    assert note.read_text() == "unharmed\n"
