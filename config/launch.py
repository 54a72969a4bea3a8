"""The whole product on one machine, under `config.embedded`: this is what `make run` shows.

Prepares the database, the translations and the static files, then runs what docker-compose.yml
runs in containers. The engines are not started here.
"""

import hashlib
import os
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import OperationalError, connections

from config import catalogs, probe
from config.embedded import leftovers, ports
from config.together import Together, say

PATIENCE = 60  # seconds for the site to answer before we say that it does not
NO_ROOT_WARNING = "ignore:You're running the worker with superuser privileges"
RULE = "-" * 78


def main() -> int:
    """Prepare, run, and stop it all; 0 where a person ended it."""
    if "EMBEDDED_DATA" not in os.environ:
        say(
            "This needs its engines: make run, or python -m config.embedded python -m config.launch"
        )
        return 2
    try:
        port = ports.chosen("PORT", 8000)
        prepare()
    except (ports.PortError, OperationalError) as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 0
    folder = Path(os.environ["EMBEDDED_DATA"])
    say("Starting the site, the workers and the clock")
    return Together(programs(port, folder), environment(folder)).run(Panel(port).show_when_up)


def prepare() -> None:
    """Bring the translations, the database and the static files up to date."""
    say("Preparing the translations and the database")
    catalogs.compile_catalog()
    django.setup()
    call_command("migrate", verbosity=0)
    if is_demo():
        call_command("demo", verbosity=0)
    connections.close_all()
    collect_static_files()


def is_demo() -> bool:
    """Whether to make an organizer with a known password: not where others may come in."""
    return settings.IS_LOCAL and has_embedded_database()


def has_embedded_database() -> bool:
    return "DATABASE_URL" in os.environ["EMBEDDED_ENGINES"].split(",")


def collect_static_files() -> None:
    """Only when one of them changed: compressing them takes longer than all the rest."""
    stamp = Path(settings.STATIC_ROOT).with_suffix(".stamp")
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Collecting the static files")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(wanted)


def programs(port: int, folder: Path) -> dict[str, list[str]]:
    """What runs beside the engines, by name."""
    celery = [sys.executable, "-W", NO_ROOT_WARNING, "-m", "celery", "-q", "-A", "config"]
    quietly = ["--loglevel", "WARNING"]
    worker = ["--concurrency", "1", "--without-gossip", "--without-mingle", *quietly]
    return {
        "web": [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--log-level", "warning"),
            *("--host", ports.HOST, "--port", str(port), "--blocking-threads", "4"),
            "config.wsgi:application",
        ],
        "worker": [*celery, "worker", "-Q", "bulk", "-n", "bulk@%h", *worker],
        "urgent": [*celery, "worker", "-Q", "urgent", "-n", "urgent@%h", *worker],
        "beat": [*celery, "beat", "-s", str(folder / "celerybeat-schedule"), *quietly],
        "watch": [sys.executable, "manage.py", "watch"],
    }


def environment(folder: Path) -> dict[str, str]:
    """Ours, without DEBUG, with few log lines, and with the mark by which leftovers are found."""
    ours = {name: value for name, value in os.environ.items() if name != "DEBUG"}
    ours.setdefault("LOG_LEVEL", "WARNING")
    return {**ours, "PYTHONUNBUFFERED": "1", **leftovers.marked(folder)}


class Panel:
    """Says where everything is, once, as soon as the site answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.deadline = time.monotonic() + PATIENCE
        self.is_shown = False

    def show_when_up(self) -> None:
        if self.is_shown:
            return
        if probe.site_answers(self.port):
            say(panel())
        elif time.monotonic() > self.deadline:
            say("The site does not answer yet. Its lines above, marked `web`, may say why.")
        else:
            return
        self.is_shown = True


def panel() -> str:
    """Where to go, how to sign in, what is kept, how to stop."""
    site = os.environ["SITE_URL"]
    rows = [("Site", f"{site}/"), ("Admin", f"{site}/admin/")]
    if is_demo():
        rows.append(("", "user organizer, password demo (demo only)"))
    else:
        rows.append(("", "no demo data here: manage.py createsuperuser makes an organizer"))
    if "INBOX_URL" in os.environ:
        rows.append(("Inbox", f"{os.environ['INBOX_URL']}  (every email lands here)"))
    rows.append(("Data", os.environ["EMBEDDED_DATA"]))
    if has_embedded_database():
        rows.append(("", "demo database only: everything here may be deleted"))
    rows.append(("Beside", ".venv/bin/python -m config.embedded --join python manage.py audit"))
    rows.append(("Stop", "Ctrl-C. If one part ends, all of it ends: start it again."))
    lines = [f"  {name:<7}{text}" for name, text in rows]
    return "\n".join([RULE, "  Patient Webinars is running.", "", *lines, RULE])


def _fingerprint() -> str:
    """Changes whenever a static file does."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
