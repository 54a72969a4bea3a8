"""Where the embedded engines keep their data, as whom they run, and who may use a data set.

One data set is one folder with a lock and secrets of its own. Nothing is started here.
"""

import fcntl
import hashlib
import json
import os
import pwd
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

PROJECT = Path(__file__).resolve().parent.parent.parent
ROOTS_FOLDER = Path("/var/lib")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
READABLE = 0o755
NOTE = "environment.json"


class DataSetError(Exception):
    """A data set that cannot be had; the message says why, to a person."""


class Account(TypedDict, total=False):
    """As whom a process runs: keyword arguments of `subprocess.Popen`."""

    user: int
    group: int
    extra_groups: list[int]


def account() -> Account:
    """Ourselves; `nobody` when we are root, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def home() -> Path:
    """The one folder of everything embedded: `var/` in the project, ignored by git.

    For root it lies under /var/lib: the account that the engines then run as cannot reach into a
    clone in root's home, and nobody's permissions are widened for it.
    """
    if os.geteuid() != 0:
        return PROJECT / "var"
    clone = hashlib.sha256(bytes(PROJECT)).hexdigest()[:12]
    return ROOTS_FOLDER / f"patient-webinars-{clone}"


@contextmanager
def claimed(name: str) -> Iterator[Path]:
    """The folder of the data set `name`, ours alone until the block ends.

    The kernel drops the lock when this process dies, however it dies. Raises `DataSetError`.
    """
    folder = _folder(name)
    reachable(home())
    reachable(folder)
    with _locked(folder) as holder:
        if holder is not None:
            raise DataSetError(already_running(name, holder))
        (folder / NOTE).unlink(missing_ok=True)
        yield folder


@contextmanager
def _locked(folder: Path) -> Iterator[str | None]:
    """Hold the data set's lock, or say who does: the number of a process."""
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            yield lock.read()
            return
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield None


def _folder(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise DataSetError(f"{name!r} is no name for a data set: small letters, digits, hyphens.")
    return home() / name


def note(folder: Path, found: Mapping[str, str]) -> None:
    """Write down where a run's engines are, for `noted`."""
    _keep(folder / NOTE, json.dumps(dict(found)))


def noted(name: str) -> dict[str, str]:
    """Where the engines are of the run that is up with this data set. Raises `DataSetError`."""
    folder = _folder(name)
    if (folder / NOTE).exists():
        with _locked(folder) as holder:
            if holder is not None:
                return dict(json.loads((folder / NOTE).read_text()))
    raise DataSetError(f"Nothing is up with the data set {name!r}: start it first.")


def names() -> list[str]:
    """The data sets that this clone has."""
    return sorted(lock.parent.name for lock in home().glob("*/lock"))


def already_running(name: str, pid: str) -> str:
    return (
        f"The data set {name!r} of this clone is in use already, by process {pid or 'unknown'}. "
        "Stop that one first (Ctrl-C in its window), or use its engines with --join."
    )


def reachable(folder: Path) -> None:
    """Make a folder that the engines' account can pass through, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(READABLE)


def private(folder: Path) -> None:
    """Make a folder that nobody but the engines' account (and root) can open."""
    folder.mkdir(mode=0o700)
    hand_over(folder)


def hand_over(path: Path) -> None:
    """Give a file or folder to the engines' account; root can read it all the same."""
    owner = account()
    if owner:
        os.chown(path, owner["user"], owner["group"])


def secret(folder: Path, name: str) -> str:
    """The secret of that name: made at the first call, the same ever after, for our eyes only."""
    path = folder / name
    if not path.exists():
        _keep(path, secrets.token_urlsafe(48))
    return path.read_text()


def _keep(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.rename(path)
