"""Make .venv and install one hash-pinned list into it: `python3 config/install.py run`.

Runs by its path, before anything is installed: standard library only, and it says what is
missing in words. Does nothing, quickly, where the list was installed whole before.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDED = (3, 11)
LAST_WORDS = 30  # lines


def main(name: str) -> int:
    """Install requirements-`name`.txt; 0 when all of it is there."""
    lock = PROJECT / f"requirements-{name}.txt"
    stamp = VENV / f"installed-{name}"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if works() and stamp.exists() and stamp.read_text() == wanted:
        return 0
    problem = make_venv() or install(lock)
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    stamp.write_text(wanted)
    return 0


def works() -> bool:
    """Whether .venv was made for this place, and its Python is new enough and has pip."""
    ask = "import pip, sys; print(sys.version_info >= (3, 11), sys.prefix)"
    try:
        found = subprocess.run(  # noqa: S603 - our own .venv, no shell
            [str(PYTHON), "-I", "-c", ask], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return found.stdout.strip() == f"True {VENV}"


def make_venv() -> str:
    """Make .venv afresh unless a working one is there; what went wrong, or nothing."""
    if works():
        return ""
    problem = missing()
    if problem:
        return problem
    say(f"Making a virtual environment in .venv, with {sys.executable}")
    made = subprocess.run(  # noqa: S603 - this very Python, no shell
        [sys.executable, "-I", "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return made.stdout if made.returncode else ""


def missing() -> str:
    """What this Python lacks, for a person; empty when it lacks nothing."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if sys.version_info[:2] < NEEDED:
        return f"Python 3.11 or newer is needed; {sys.executable} is {version}."
    try:
        __import__("venv")
        __import__("ensurepip")
    except ImportError:
        return (
            f"{sys.executable} cannot make virtual environments: its venv module is not whole.\n"
            f"On Debian and Ubuntu: apt-get install python{version}-venv, then try again."
        )
    return ""


def install(lock: Path) -> str:
    """Install the list, counting aloud; what pip said last where it failed."""
    total = sum("==" in line for line in lock.read_text().splitlines())
    say(f"Installing the {total} packages of {lock.name} (once, about a minute)")
    with subprocess.Popen(  # noqa: S603 - our own .venv, no shell
        [
            *(str(PYTHON), "-I", "-m", "pip", "install", "--require-hashes", "-r", str(lock)),
            *("--disable-pip-version-check", "--no-input", "--progress-bar", "off"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        lines = list(follow(pip.stdout or (), total))
    if pip.returncode:
        return "pip could not install them:\n" + "".join(lines[-LAST_WORDS:])
    return ""


def follow(lines: Iterable[str], total: int) -> Iterator[str]:
    """Pass pip's lines through; say every tenth package, and that the long last step began."""
    seen = 0
    for line in lines:
        yield line
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            if seen % 10 == 0:
                say(f"  {seen} of {total}")
        elif line.startswith("Installing collected"):
            say("  all fetched; unpacking")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
