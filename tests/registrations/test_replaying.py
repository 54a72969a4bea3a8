"""A restored backup brings back whoever was erased since: the evidence erases them again."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from notifications import restoring
from notifications.auditing import unexplained
from registrations import erasing, replaying, signup
from registrations.models import Erasure, Refusal, Registration
from tests.makers import make_registration, make_webinar
from tests.registrations.test_erasing import make_ada, traces

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    said = StringIO()
    call_command("erasures", *args, stdout=said)
    return said.getvalue().strip()


def brought_back(registration: Registration) -> None:
    """As a backup from before has it: the row with its name and uuid, and no evidence."""
    Erasure.objects.all().delete()
    Refusal.objects.all().delete()
    registration.save()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "erasures.jsonl"


def test_what_was_erased_and_refused_is_erased_and_refused_again(file: Path) -> None:
    ada, bo = make_ada(), make_registration(email="bo@example.com")
    kept = make_registration(email="kept@example.com")
    erasing.erase(ada)
    erasing.refuse(bo)
    assert run("--export", str(file)) == "Erasures and refusals written: 3."
    evidence = file.read_text()
    brought_back(ada)
    brought_back(bo)
    assert traces()

    assert run("--replay", str(file)) == "Erased again: 2. Refused again: 1. Known already: 0."

    assert traces() == []
    assert Registration.objects.active().get() == kept
    with pytest.raises(signup.Refused):
        make_registration(webinar=bo.webinar, email="bo@example.com")
    assert run("--replay", str(file)) == "Erased again: 0. Refused again: 0. Known already: 3."
    run("--export", str(file))
    assert sorted(file.read_text().splitlines()) == sorted(evidence.splitlines())


def test_the_evidence_names_nobody(file: Path) -> None:
    ada = make_ada()
    erasing.refuse(ada)
    run("--export", str(file))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [sorted(line) for line in lines] == [["at", "erased"], ["at", "refused", "webinar"]]
    assert lines[0]["erased"] == ada.uuid.hex
    assert "adalberta" not in file.read_text().lower()


def test_erasing_twice_is_one_line_of_evidence() -> None:
    ada = make_ada()
    erasing.erase(ada)
    erasing.erase(ada)
    assert len(list(replaying.evidence())) == 1


def test_exporting_before_replaying_takes_nothing_out_of_the_file(file: Path) -> None:
    ada = make_ada()
    erasing.erase(ada)
    run("--export", str(file))
    brought_back(ada)
    run("--export", str(file))
    run("--replay", str(file))
    assert traces() == []


def test_of_what_came_after_the_backup_only_the_evidence_is_left(file: Path) -> None:
    webinar = make_webinar()
    ada = make_registration(webinar=webinar)
    erasing.refuse(ada)
    lines = list(replaying.evidence())
    Registration.objects.all().delete()
    Erasure.objects.all().delete()
    Refusal.objects.all().delete()
    other = json.loads(lines[1]) | {"webinar": webinar.pk + 1}

    assert replaying.replay([lines[0], json.dumps(other)]) == {
        "erased": 0,
        "refused": 0,
        "known": 2,
    }
    assert list(replaying.evidence()) == [lines[0]]


@pytest.mark.parametrize("line", ["{}", "nonsense", '{"erased": "x", "at": "2026-11-22"}', "[]"])
def test_a_file_that_is_not_ours_is_refused_by_its_line(file: Path, line: str) -> None:
    file.write_text(f"\n{line}\n")
    with pytest.raises(CommandError, match="line 2 is not evidence of an erasure"):
        run("--replay", str(file))


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(CommandError):
        run("--replay", "/nowhere/erasures.jsonl")


def test_audit_and_resume_remind_of_it_while_mail_is_held() -> None:
    restoring.hold("It was restored from a dump.")
    said = StringIO()
    call_command("resume", stdout=said)
    assert "First erase them again: manage.py erasures --replay FILE" in said.getvalue()
    assert "manage.py erasures --replay FILE" in "\n".join(unexplained())
