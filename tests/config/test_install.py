"""What `make` says to somebody whose Python will not do, and what it leaves alone."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import install
from config.embedded.folders import PROJECT


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that needs nothing, in a folder of its own."""
    monkeypatch.setattr(install, "PROJECT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / "requirements-run.txt").write_text("")
    return tmp_path


def test_without_any_python_make_says_which_one_is_needed(tmp_path: Path) -> None:
    make, shell = shutil.which("make"), shutil.which("sh")
    assert make is not None

    done = subprocess.run(
        [make, f"SHELL={shell}", "install-run"],
        cwd=PROJECT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    first = done.stderr.splitlines()[0]
    assert first == "Python 3.11 or newer is needed, and there is none on the PATH."
    assert done.returncode == 2


def test_a_python_without_ensurepip_names_debians_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert install.missing().splitlines()[1] == (
        f"On Debian and Ubuntu: apt-get install python{version}-venv, then try again."
    )


def test_an_old_python_is_refused_with_both_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))

    assert install.missing() == f"Python 3.11 or newer is needed; {sys.executable} is 3.10."


def test_an_interrupted_installation_is_resumed_and_a_whole_one_left_alone(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)  # what Ctrl-C left behind

    resumed = install.main("run")
    said = capsys.readouterr().out
    again = install.main("run")

    stamp = (clone / ".venv" / "installed-run").read_text()
    assert (resumed, again) == (0, 0)
    assert said.startswith("Making a virtual environment in .venv")
    assert stamp == hashlib.sha256(b"").hexdigest()
    assert capsys.readouterr().out == ""
