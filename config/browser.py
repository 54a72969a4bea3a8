"""The Chromium that the journeys drive: `python -m config.browser` prints its path.

Found on the machine, or installed by apt (as root), or by Playwright. Where nothing works it says
so on stderr; it fails where CI is set, and prints nothing otherwise: the journeys are skipped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-dejavu-core")
WAIT_SECONDS = 900


def main() -> int:
    """Print the path of a browser that starts, or complain."""
    for find in (chosen, on_the_path, from_apt, from_playwright):
        path = find()
        if path and starts(path):
            sys.stdout.write(f"{path}\n")
            return 0
    _say("*" * 78)
    _say("NO BROWSER: the journeys in tests/journeys are NOT tested.")
    _say("Install chromium, or set CHROMIUM to the path of one.")
    _say("*" * 78)
    return 1 if os.environ.get("CI") else 0


def chosen() -> str | None:
    return os.environ.get("CHROMIUM") or None


def on_the_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name)) and starts(path)), None)


def from_apt() -> str | None:
    """Debian's own, where we may install it."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt:
        return None
    _say("Installing Debian's chromium for the tests")
    install = [apt, "install", "--yes", "--no-install-recommends", *PACKAGES]
    succeeds([apt, "update"]) and succeeds(install)
    return on_the_path()


def from_playwright() -> str | None:
    """Playwright's own download, into the home folder."""
    _say("Installing Playwright's chromium for the tests")
    if not succeeds([sys.executable, "-m", "playwright", "install", "chromium"]):
        return None
    ask = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: print(playwright.chromium.executable_path)"
    )
    found = subprocess.run(  # noqa: S603 - this very Python, no shell
        [sys.executable, "-c", ask], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None


def starts(path: str) -> bool:
    """Whether it runs at all: some systems have a stand-in under that name."""
    return succeeds([path, "--version"])


def succeeds(command: Sequence[str]) -> bool:
    """Whether a command ends well; what it says goes to stderr only where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WAIT_SECONDS,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        _say(f"{command[0]}: {problem}")
        return False
    if done.returncode:
        _say(done.stdout[-500:])
    return done.returncode == 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
