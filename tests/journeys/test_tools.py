"""What the journeys take from npm is pinned by hash; where a tool is missing, that is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys import tools


def test_every_package_is_pinned_by_version_and_hash_and_no_host_is_named() -> None:
    lock = json.loads((tools.LISTS / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert {"node_modules/vnu-jar", "node_modules/lighthouse"} < set(packages)
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize(
    ("command", "missing"), [(tools.checker, "java"), (tools.lighthouse, "node")]
)
def test_a_machine_without_the_programs_is_told_what_it_lacks(
    command: Callable[[], list[str]], missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(tools.Absent, match=f"There is no {missing}"):
        command()
