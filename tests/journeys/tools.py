"""The two tools that the journeys take from npm: the Nu HTML checker, and Lighthouse.

`npm/package-lock.json` names them and all that they need, each with its version and its hash;
they are installed under var/. Where npm is missing or cannot reach them, that is said.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LISTS = Path(__file__).parent / "npm"
PLACE = PROJECT / "var" / "journeys"
INSTALL = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
PATIENCE = 600  # seconds


class Absent(Exception):
    """What is missing on this machine, for a person."""


def program(name: str) -> str:
    """Its path. Raises `Absent`."""
    found = shutil.which(name)
    if found is None:
        raise Absent(f"There is no {name} on the PATH.")
    return found


def checker() -> list[str]:
    """The command that checks HTML."""
    java = program("java")
    return [java, "-Xss1m", "-jar", str(installed() / "vnu-jar/build/dist/vnu.jar")]


def lighthouse() -> list[str]:
    """The command that measures a page."""
    return [program("node"), str(installed() / "lighthouse/cli/index.js")]


def installed() -> Path:
    """The folder of the installed packages, each as its hash says. Raises `Absent`."""
    npm, stamp = program("npm"), PLACE / "installed"
    wanted = hashlib.sha256((LISTS / "package-lock.json").read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(PLACE, ignore_errors=True)
        shutil.copytree(LISTS, PLACE)
        done = subprocess.run(
            [npm, *INSTALL], cwd=PLACE, capture_output=True, text=True, timeout=PATIENCE
        )
        if done.returncode:
            raise Absent(f"npm could not install {LISTS.name}/package-lock.json:\n{done.stderr}")
        stamp.write_text(wanted)
    return PLACE / "node_modules"
