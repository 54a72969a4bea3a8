"""New rules for the clocks, in earnest: with zone data as they were, in processes of their own.

The change is a real one: from November 2026 on British Columbia keeps its summer hours for good.
The world before it is a copy of pytz and tzdata in which Vancouver has the rules of Los Angeles,
as it had until then, put ahead of the installed ones for processes of their own.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

import pytest
import vobject
from django.conf import settings
from django.core.management import call_command

from notifications import sweeping
from notifications.auditing import unexplained
from registrations.models import Registration
from tests.clock import Clock
from tests.makers import make_webinar
from tests.notifications.emails.reading import move
from tests.notifications.test_reminders import purposes
from tests.notifications.test_retiming import OCTOBER, OLD_RELEASE, schedule
from tests.rig import ROOT, database_url
from tests.sink import Sink, free_port
from webinars.models import ZONE_RELEASE, Webinar

Deliver = Callable[[], int]

# In the old world the first zone of each pair has the rules of the second.
OLD_RULES = {
    "America/Vancouver": "America/Los_Angeles",
    "America/Chicago": "America/Regina",  # invented: no summer time, so no skipped hours either
}
DECEMBER_15 = date(2026, 12, 15)
FOUR_PM = time(16)
BEFORE = datetime(2026, 12, 16, 0, tzinfo=UTC)
AFTER = datetime(2026, 12, 15, 23, tzinfo=UTC)

MAKE = """
from datetime import date, time
import django
django.setup()
from notifications.models import ReminderRule
from tests.makers import make_draft, make_registration, make_webinar
from tests.notifications.test_reminders import only_rule
on_december_15 = {"local_date": date(2026, 12, 15), "local_time": time(16)}
"""
SEND = """
from django.core.management import call_command
call_command("senddue")
"""
VANCOUVER = f"""{MAKE}
webinar = make_webinar(time_zone="America/Vancouver", **on_december_15)
make_registration(webinar=webinar, email="bc@example.com", time_zone="America/Vancouver")
make_registration(webinar=webinar, email="ny@example.com", time_zone="America/New_York")
"""


# ---- The world before --------------------------------------------------------------------------


def old_copy(package: str, folder: Path) -> Path:
    source = Path(str(importlib.import_module(package).__file__)).parent
    copy = folder / package
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for zone, rules in OLD_RULES.items():
        shutil.copyfile(source / "zoneinfo" / rules, copy / "zoneinfo" / zone)
    for file in (copy / "__init__.py", copy / "zoneinfo" / "tzdata.zi"):
        file.write_text(file.read_text().replace(ZONE_RELEASE, OLD_RELEASE))
    return folder


@pytest.fixture(scope="session")
def old_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pytz and tzdata as they were."""
    folder = tmp_path_factory.mktemp("old-world")
    old_copy("pytz", folder)
    return old_copy("tzdata", folder)


def run(*command: str, world: Path) -> subprocess.CompletedProcess[str]:
    """A process of the product on the test's database, clock and mail sink."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT or 9}",
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "PYTHONPATH": str(world),
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def in_the_old(world: Path, *command: str) -> None:
    """A process begun there does this and ends well."""
    done = run(*command, world=world)
    assert done.returncode == 0, done.stderr


def retime(*options: str) -> list[str]:
    """What `manage.py retime` prints, by the rules of today."""
    printed = StringIO()
    call_command("retime", *options, stdout=printed)
    return printed.getvalue().splitlines()


def registered(webinar: Webinar, zone: str) -> Registration:
    return Registration.objects.get(webinar=webinar, time_zone=zone)


# ---- British Columbia, 2026 ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_british_columbia_leaves_pacific_time_and_everybody_is_told_once(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver, old_world: Path
) -> None:
    clock.move_to(OCTOBER)
    in_the_old(old_world, "-c", f"{VANCOUVER}{SEND}")
    webinar = Webinar.objects.get()
    assert (webinar.starts_at, webinar.zone_release) == (BEFORE, OLD_RELEASE)
    assert "4:00 pm Pacific Time (PST), your time" in sent.to("bc@example.com")[0].text

    moves = (
        f"webinar {webinar.pk} (published) moves: 2026-12-16T00:00:00+00:00 -> "
        "2026-12-15T23:00:00+00:00, 1 hour earlier; "
        "Tuesday, December 15, 2026, 4:00 pm British Columbia Time (MST)"
    )
    summary = (
        f"By the rules of {ZONE_RELEASE}, of 1 webinars to come 1 move and 0 have no valid time."
    )
    dry = retime("--dry-run")
    assert dry == [moves, f"{summary} Nothing was changed."]
    assert schedule(webinar) == (BEFORE, 0, 0)

    assert retime() == [moves, summary]
    assert retime() == [
        f"By the rules of {ZONE_RELEASE}, of 0 webinars to come 0 move and 0 have no valid time."
    ]
    assert schedule(webinar) == (AFTER, 1, 1)
    assert webinar.ends_at == AFTER + timedelta(hours=1)
    assert (webinar.local_date, webinar.local_time) == (DECEMBER_15, FOUR_PM)
    revision = webinar.revisions.last()
    assert (revision.number, revision.reason) == (1, "The time zone rules changed.")
    due = webinar.waves.filter(purpose="reminder", schedule_revision=1).values_list("due_at")
    assert {AFTER - at for (at,) in due} == {
        timedelta(days=7), timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)
    }  # fmt: skip

    clock.forward(minutes=6)
    deliver_everything_due()
    clock.forward(minutes=6)
    deliver_everything_due()
    for zone in ("America/Vancouver", "America/New_York"):
        person = registered(webinar, zone)
        first, update = (vobject.readOne(each.calendar.decode()).vevent
                         for each in sent.to(person.email))  # fmt: skip
        assert purposes(sent, person) == ["confirmation", "moved"]
        assert (first.dtstart.value, update.dtstart.value) == (BEFORE, AFTER)
        assert (first.uid.value, first.sequence.value) == (update.uid.value, "0")
        assert update.sequence.value == "1"
    assert list(unexplained()) == []


@pytest.mark.django_db(transaction=True)
def test_reminders_on_the_attendees_clocks_follow_their_own_zones_rules(
    clock: Clock, sent: Sink, old_world: Path
) -> None:
    clock.move_to(OCTOBER)
    program = f"""{MAKE}
webinar = make_webinar(time_zone="America/New_York", **on_december_15)
make_registration(webinar=webinar, email="bc@example.com", time_zone="America/Vancouver")
make_registration(webinar=webinar, email="ny@example.com", time_zone="America/New_York")
only_rule(webinar, days_before=1, local_time=time(9))
"""
    in_the_old(old_world, "-c", program)
    webinar = Webinar.objects.get()
    before = schedule(webinar)
    assert due_of_waves(webinar) == {
        "America/Vancouver": datetime(2026, 12, 14, 17, tzinfo=UTC),
        "America/New_York": datetime(2026, 12, 14, 14, tzinfo=UTC),
    }

    lines = retime()

    after = {
        "America/Vancouver": datetime(2026, 12, 14, 16, tzinfo=UTC),
        "America/New_York": datetime(2026, 12, 14, 14, tzinfo=UTC),
    }
    assert lines[0] == (
        f"webinar {webinar.pk} (published) stays; reminders due at another instant: 1"
    )
    assert due_of_waves(webinar) == after
    wave = webinar.waves.get(zone="America/Vancouver", state="planned")
    assert wave.expand_at == wave.due_at - timedelta(minutes=10)
    assert wave.active_by == wave.due_at
    assert schedule(webinar) == before
    in_the_old(old_world, "manage.py", "senddue")  # a process with older rules changes nothing
    clock.forward(minutes=2)
    in_the_old(old_world, "manage.py", "senddue")
    assert due_of_waves(webinar) == after


def due_of_waves(webinar: Webinar) -> dict[str, datetime]:
    local = webinar.waves.filter(purpose="reminder", state="planned", rule__before=None)
    return dict(local.values_list("zone", "due_at"))


@pytest.mark.django_db(transaction=True)
def test_a_process_with_older_rules_moves_nothing_back(
    clock: Clock, sent: Sink, old_world: Path
) -> None:
    clock.move_to(OCTOBER)
    webinar = make_webinar(
        time_zone="America/Vancouver", local_date=DECEMBER_15, local_time=FOUR_PM
    )

    refused = run("manage.py", "retime", world=old_world)
    in_the_old(old_world, "manage.py", "senddue")

    assert refused.returncode == 1
    assert refused.stderr.strip().endswith(
        f"newer zone rules than those of {OLD_RELEASE}, which are installed here. "
        "Install newer ones."
    )
    assert schedule(webinar) == (AFTER, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_a_process_with_older_rules_publishes_is_put_right(
    clock: Clock, sent: Sink, old_world: Path
) -> None:
    clock.move_to(OCTOBER)
    make_webinar(time_zone="America/Vancouver", local_date=DECEMBER_15, local_time=FOUR_PM)
    in_the_old(old_world, "-c", VANCOUVER)
    webinar = Webinar.objects.latest("pk")
    assert schedule(webinar) == (BEFORE, 0, 0)

    sweeping.repair()

    assert schedule(webinar) == (AFTER, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_wall_clock_that_is_skipped_or_doubled_by_now_keeps_its_instant_and_alerts_the_organizer(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver, old_world: Path
) -> None:
    clock.move_to(OCTOBER)
    program = f"""{MAKE}
for day, clock in ((date(2027, 3, 14), time(2, 30)), (date(2027, 11, 7), time(1, 30))):
    webinar = make_webinar(time_zone="America/Chicago", local_date=day, local_time=clock)
    make_registration(webinar=webinar)
"""
    in_the_old(old_world, "-c", f"{program}{SEND}")
    webinars = list(Webinar.objects.all())
    before = [schedule(webinar) for webinar in webinars]
    confirmations = len(sent.mails)

    lines = retime()

    skip, repeat = webinars
    assert lines == [
        f"webinar {skip.pk} (published) keeps 2027-03-14T08:30:00+00:00: In Central Time, clocks "
        "skip 2:30 am on Sunday, March 14, 2027. Choose 1:30 am or 3:30 am.",
        f"webinar {repeat.pk} (published) keeps 2027-11-07T07:30:00+00:00: In Central Time, "
        "clocks show 1:30 am twice on Sunday, November 7, 2027. Choose 12:30 am or 2:30 am.",
        f"By the rules of {ZONE_RELEASE}, of 2 webinars to come 0 move and 2 have no valid time.",
    ]
    for minute in range(3):
        clock.forward(minutes=minute)
        deliver_everything_due()
    assert [schedule(webinar) for webinar in webinars] == before
    assert {webinar.clock_state for webinar in webinars} == {"alerted"}
    first, second = (each.message for each in sent.mails[confirmations:])
    assert first["To"] == "team@harbor.example.org"
    assert first["Subject"] == "Please choose a time: Online session"
    assert first.get_content().replace("\r\n", "\n") == (
        "The rules of a time zone have changed. In Central Time, clocks skip 2:30 am on Sunday, "
        "March 14, 2027. Choose 1:30 am or 3:30 am.\n\n"
        "“Online session” keeps the start that people were told. By the new rules that is:\n"
        "Sunday, March 14, 2027, 3:30 am Central Time (CDT), 12:30 am Pacific Time (PST), "
        "4:30 am Eastern Time (EDT)\n\n"
        "If that is not what you want, reschedule it. Everybody registered is told then:\n"
        f"http://testserver/admin/webinars/webinar/{skip.pk}/change/\n"
    )
    assert "clocks show 1:30 am twice" in second.get_content()
    move(skip, date(2027, 3, 14), time(3, 30))
    skip.refresh_from_db()
    assert skip.clock_state == "right"


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("pytz", ["manage.py", "senddue"]),
        ("tzdata", ["-c", "import config.wsgi"]),
        ("pytz", ["-m", "celery", "-A", "config", "worker", "--pool", "solo"]),
        ("tzdata", ["-m", "celery", "-A", "config", "beat", "-s", "{schedule}"]),
    ],
    ids=["command", "web", "worker", "beat"],
)
def test_a_process_whose_zone_data_disagree_does_not_start(
    package: str, command: list[str], tmp_path: Path, db: None
) -> None:
    words = [word.format(schedule=tmp_path / "schedule") for word in command]
    refused = run(*words, world=old_copy(package, tmp_path))

    assert refused.returncode == 1
    assert "webinars.E001" in refused.stderr
