"""docker-compose.yml, the Dockerfile and .env.example say what the code says."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from config import launch
from config.embedded.folders import PROJECT

OURS = {"migrate", "web", "worker", "urgent", "beat", "watch"}
# Read by Amazon's own library.
OF_AMAZON = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"),
    "AWS_SESSION_TOKEN",
)
VARIABLE = re.compile(r"\$\{(\w+)(:\?)?")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(PROJECT / "docker-compose.yml"))


@pytest.fixture(scope="module")
def programs() -> dict[str, list[str]]:
    return launch.programs(8000, Path("/data"))


def read(name: str) -> str:
    return (PROJECT / name).read_text()


def queue(command: list[str]) -> str:
    return command[command.index("-Q") + 1]


def settings_read(ending: str) -> set[str]:
    """The variables that config/settings.py reads with a call that ends like this."""
    return set(re.findall(rf'\benv(?:\.\w+)?\(\s*"(\w+)"{ending}', read("config/settings.py")))


def test_compose_keeps_to_the_compose_specification() -> None:
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", str(PROJECT / "docker-compose.yml")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.stdout, checked.returncode) == ("ok -- validation done\n", 0)


def test_every_variable_that_compose_passes_is_one_that_the_settings_read(
    compose: dict[str, Any],
) -> None:
    for name in OURS:
        passed = set(compose["services"][name]["environment"])
        assert passed - settings_read(r"") - set(OF_AMAZON) == set()


def test_every_variable_that_the_settings_require_is_passed_and_never_empty(
    compose: dict[str, Any],
) -> None:
    required = settings_read(r"\)")

    for name in OURS:
        passed = compose["services"][name]["environment"]
        assert {variable for variable in required if not passed.get(variable)} == set()


def test_the_example_environment_names_exactly_what_compose_asks_for() -> None:
    asked = VARIABLE.findall(read("docker-compose.yml"))
    needed = {name for name, is_required in asked if is_required}
    filled_in = set(re.findall(r"^(\w+)=", read(".env.example"), re.MULTILINE))
    offered = set(re.findall(r"^#(\w+)=", read(".env.example"), re.MULTILINE))

    # Where a backend is named there need be no EMAIL_URL; the example names the usual one.
    assert filled_in == needed - {"EMAIL_BACKEND"} | {"EMAIL_URL"}
    assert offered - settings_read(r"") == {"PORT", *OF_AMAZON[:3]}


def test_workers_take_the_queues_that_make_run_and_the_settings_know(
    compose: dict[str, Any], programs: dict[str, list[str]]
) -> None:
    text = read("config/settings.py")
    known = re.findall(r'CELERY_TASK_DEFAULT_QUEUE = "(\w+)"|"queue": "(\w+)"', text)
    queues = {name: queue(compose["services"][name]["command"]) for name in ("worker", "urgent")}

    assert queues == {name: queue(programs[name]) for name in ("worker", "urgent")}
    assert set(queues.values()) == {first or second for first, second in known}


def test_compose_runs_the_programs_of_make_run(
    compose: dict[str, Any], programs: dict[str, list[str]]
) -> None:
    assert set(programs) | {"migrate"} == OURS
    assert compose["services"]["watch"]["command"][1:] == programs["watch"][1:]
    assert read("Dockerfile").rstrip().endswith(f'"{programs["web"][-1]}"]')


def test_nothing_of_ours_starts_before_the_database_is_migrated(compose: dict[str, Any]) -> None:
    services = compose["services"]
    migrated = {"condition": "service_completed_successfully"}

    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert [services[name]["depends_on"]["migrate"] for name in sorted(OURS - {"migrate"})] == [
        migrated
    ] * 5


def test_every_lasting_service_is_asked_for_its_health(compose: dict[str, Any]) -> None:
    services = compose["services"]
    unasked = {
        name for name, service in services.items() if "test" not in service.get("healthcheck", {})
    }

    assert unasked == {"migrate", "web"}  # migrate ends; the image itself asks the site
    assert "HEALTHCHECK" in read("Dockerfile")


def test_only_loopback_ports_are_published(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]

    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_broker_throws_nothing_away(compose: dict[str, Any]) -> None:
    assert "--maxmemory-policy noeviction" in shlex.join(compose["services"]["broker"]["command"])


def test_the_image_holds_every_room_of_the_code() -> None:
    rooms = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["root_packages"]
    copied = re.findall(r"^COPY (\w+) \./\w+$", read("Dockerfile"), re.MULTILINE)

    assert sorted(copied) == sorted(rooms)
    assert {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")} == {
        *rooms,
        "manage.py",
        "requirements.txt",
    }
