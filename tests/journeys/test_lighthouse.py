"""What Lighthouse says of a webinar's page on a slow phone: speed, access, practices, search.

Against the site as `make run` serves it: no DEBUG, static files compressed and named by content.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import tools
from tests.journeys.conftest import FLAGS, Said
from tests.patient.states import a_webinar, with_everything
from tests.registrations.pages import page
from tests.rig import ROOT, Rig

pytestmark = pytest.mark.matrix

# Of 100. A busy machine only takes from the speed, so the best of some runs counts.
LEAST = {"accessibility": 100, "best-practices": 100, "seo": 100, "performance": 95}
RUNS = 5
SLOW = "slower CPU"  # Lighthouse's own warning, when its measure of the machine is below 1000
AS_DEPLOYED = {"DJANGO_SETTINGS_MODULE": "config.settings"}


@pytest.fixture
def lighthouse() -> list[str]:
    try:
        return tools.lighthouse()
    except tools.Absent as absent:
        pytest.skip(f"NO LIGHTHOUSE: no page is measured. {absent}")


@pytest.fixture
def site(rig: Rig) -> str:
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    assert rig.start(*collect, **AS_DEPLOYED).wait(300) == 0, rig.printed()
    rig.web(**AS_DEPLOYED)
    return rig.site


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_webinars_page_is_quick_and_clean(
    site: str, lighthouse: list[str], language: str, said: Said, tmp_path: Path
) -> None:
    address = f"{site}{page(with_everything(a_webinar(language)))}?language={language}"

    best = measured(lighthouse, address, tmp_path / "report.json")
    for _run in range(RUNS - 1):
        if not too_low(best):
            break
        again = measured(lighthouse, address, tmp_path / "report.json")
        best = max(best, again, key=lambda report: score(report, "performance"))

    said(f"Lighthouse, {language}, a webinar's page on a phone: {figures(best)}")
    if [*too_low(best)] == ["performance"] and any(SLOW in each for each in best["runWarnings"]):
        pytest.skip("THE MACHINE IS TOO BUSY, by Lighthouse's own measure: no speed is judged.")
    assert too_low(best) == {}, lost(best)


def too_low(report: dict[str, Any]) -> dict[str, int]:
    found = {name: score(report, name) for name in LEAST}
    return {name: found[name] for name in LEAST if found[name] < LEAST[name]}


def measured(lighthouse: list[str], address: str, file: Path) -> dict[str, Any]:
    """Lighthouse's report by its preset for phones."""
    command = [
        *(*lighthouse, address, "--quiet", "--no-enable-error-reporting"),
        *(f"--only-categories={','.join(LEAST)}", "--output=json", f"--output-path={file}"),
        f"--chrome-flags={' '.join(['--headless=new', *FLAGS])}",
    ]
    chrome = {"CHROME_PATH": os.environ["CHROMIUM"]}
    subprocess.run(command, check=True, timeout=300, env={**os.environ, **chrome}, cwd=ROOT)
    report: dict[str, Any] = json.loads(file.read_text())
    return report


def score(report: dict[str, Any], category: str) -> int:
    return round(100 * report["categories"][category]["score"])


def figures(report: dict[str, Any]) -> str:
    names = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
    values = ((name, report["audits"][name]["displayValue"]) for name in names)
    return ", ".join(
        [
            *(f"{name} {score(report, name)}" for name in LEAST),
            *(f"{name.replace('-', ' ')} {value}" for name, value in values),
        ]
    )


def lost(report: dict[str, Any]) -> list[str]:
    """The audits that cost points, for whoever mends them."""
    weighed = (
        report["audits"][each["id"]]
        for category in LEAST
        for each in report["categories"][category]["auditRefs"]
        if each["weight"]
    )
    return [f"{each['id']}: {each['title']}" for each in weighed if (each["score"] or 0) < 1]
