"""Processes that a run which was killed left behind: found by the mark in their environment.

Whatever `config.embedded` and `config.launch` start carries the mark. Nothing else is touched.
"""

import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

MARK = "STARTED_FOR_DATA_IN"
PATIENCE = 20  # seconds, before a process is killed
ROUNDS = 3  # a killed leader may leave children of its own


def marked(folder: Path) -> dict[str, str]:
    """The variable that makes a process ours, for this data set."""
    return {MARK: str(folder)}


def stop(folder: Path) -> None:
    """End everything that was started for the data set in `folder`, PostgreSQL last."""
    for _ in range(ROUNDS):
        ours = _started_for(folder)
        if not ours:
            return
        databases = [process for process in ours if _name(process) == "postgres"]
        _end([process for process in ours if process not in databases], signal.SIGTERM)
        _end(databases, signal.SIGINT)  # its word for: now, but cleanly


def _started_for(folder: Path) -> list[psutil.Process]:
    """The leaders only: they end their own children with more care than we could."""
    ours = {process.pid: process for process in psutil.process_iter() if _is_for(process, folder)}
    return [process for process in ours.values() if _parent(process) not in ours]


def _is_for(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error, OSError):  # gone, or somebody else's
        return bool(process.environ().get(MARK) == str(folder))
    return False


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return str(process.name())
    return ""


def _parent(process: psutil.Process) -> int | None:
    with suppress(psutil.Error):
        return int(process.ppid())
    return None


def _end(processes: list[psutil.Process], word: signal.Signals) -> None:
    """psutil sends no signal to a process that merely has the number of one that ended."""
    _send(processes, word)
    deadline = time.monotonic() + PATIENCE
    while any(map(_is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    _send(processes, signal.SIGKILL)


def _send(processes: list[psutil.Process], word: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(word)


def _is_alive(process: psutil.Process) -> bool:
    """A process that ended and that nobody has asked for (a zombie) is not: it holds nothing."""
    with suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
