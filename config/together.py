"""Several long-running programs that live and die together, their lines on one screen.

A process manager in small: it stops each program by its leader, not by its group, so that a
Celery worker finishes the email in its hands before its pool goes.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType

STOP_SECONDS = 15
LOOK_SECONDS = 0.2


class Together:
    """Programs by name, in one environment."""

    def __init__(
        self, programs: Mapping[str, Sequence[str]], environment: Mapping[str, str]
    ) -> None:
        self.programs = programs
        self.environment = dict(environment)
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.readers: list[threading.Thread] = []
        self.is_asked_to_stop = False
        self.width = max(len(name) for name in programs)

    def run(self, look: Callable[[], None]) -> int:
        """Start all, stop all as soon as one ends or a signal comes; 0 where a person wished it.

        `look` is called about five times a second meanwhile.
        """
        for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(word, self._ask_to_stop)
        for name, command in self.programs.items():
            self._start(name, command)
        while not self.is_asked_to_stop and not self._ended():
            look()
            time.sleep(LOOK_SECONDS)
        return self._finish()

    def _ask_to_stop(self, word: int, frame: FrameType | None) -> None:
        self.is_asked_to_stop = True

    def _start(self, name: str, command: Sequence[str]) -> None:
        """In a session of its own: Ctrl-C at the terminal is ours to pass on."""
        process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        reader = threading.Thread(target=self._show, args=(name, process), daemon=True)
        reader.start()
        self.processes[name] = process
        self.readers.append(reader)

    def _show(self, name: str, process: subprocess.Popen[str]) -> None:
        for line in filter(str.strip, process.stdout or ()):
            say(f"{name:<{self.width}} | {line.rstrip()}")

    def _ended(self) -> list[str]:
        return [name for name, process in self.processes.items() if process.poll() is not None]

    def _finish(self) -> int:
        ended = [] if self.is_asked_to_stop else self._ended()
        for name in ended:
            say(f"{name} {_end(self.processes[name].returncode)}: stopping the others.")
        if not ended:
            say("Stopping.")
        self._stop()
        return 1 if ended else 0

    def _stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for reader in self.readers:
            reader.join(timeout=1)


def say(line: str) -> None:
    """One whole line at once: several threads and their programs share the screen."""
    with suppress(OSError):  # the window was closed
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _end(code: int) -> str:
    """In words: how a program ended."""
    if code >= 0:
        return f"ended (exit code {code})"
    return f"was killed ({signal.Signals(-code).name})"
