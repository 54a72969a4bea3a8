"""Run a command with PostgreSQL, Valkey and an inbox up: `python -m config.embedded COMMAND...`

DATABASE_URL, REDIS_URL and EMAIL_URL, where set, replace the engine of that kind; `--join` uses
those of a run that is up. The engines are in `engines`, their data in `folders`, the product's
own processes in `config.launch`.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from config.embedded import engines, folders, leftovers, ports

ENGINES: tuple[type[engines.Engine], ...] = (engines.PostgreSQL, engines.Valkey, engines.Inbox)
SECRETS = ("SECRET_KEY", "LINK_KEYS")
STOP_WORDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOT_FOUND = 127  # what a shell answers for a command that does not exist


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; its exit code is ours."""
    options = _parse(arguments)
    _on_stop_words(_leave)
    try:
        if options.remove:
            return _remove()
        if options.join:
            return _run(options.command, _with_tools(folders.noted(options.name)), [])
        with folders.claimed(options.name) as folder:
            leftovers.stop(folder)
            with _engines(folder) as started:
                found = _found(folder, started)
                folders.note(folder, found)
                return _run(options.command, _with_tools(found), started)
    except (folders.DataSetError, ports.PortError, engines.EngineError) as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    parser.add_argument("--name", default="run", help="the data set to use (run)")
    parser.add_argument("--remove", action="store_true", help="delete all data instead")
    parser.add_argument("--join", action="store_true", help="use the engines of a run that is up")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run")
    options = parser.parse_args(arguments)
    if bool(options.command) == options.remove:
        parser.error("name a command to run, or say --remove")
    return options


def _remove() -> int:
    """Delete everything embedded of this clone, unless one of its data sets is in use."""
    with ExitStack() as claims:
        for name in folders.names():
            leftovers.stop(claims.enter_context(folders.claimed(name)))
        if folders.home().exists():
            shutil.rmtree(folders.home())
    return 0


@contextmanager
def _engines(folder: Path) -> Iterator[list[engines.Engine]]:
    """The engines that nothing in the environment replaces, ready; stopped at the end."""
    needed = [kind(folder) for kind in ENGINES if not os.environ.get(kind.replaced_by)]
    started: list[engines.Engine] = []
    try:
        for engine in needed:
            engine.start()
            started.append(engine)
        for engine in started:
            engine.wait()
        yield started
    finally:
        _on_stop_words(signal.SIG_IGN)  # a second Ctrl-C must not cut the database's stop short
        for engine in reversed(started):
            engine.stop()
        leftovers.stop(folder)


def _found(folder: Path, started: Sequence[engines.Engine]) -> dict[str, str]:
    """Where everything of this run is, whoever provides it."""
    given = (kind.replaced_by for kind in ENGINES)
    found = {name: os.environ[name] for name in given if os.environ.get(name)}
    for engine in started:
        found.update(engine.environment())
    for name in SECRETS:
        found[name] = os.environ.get(name) or folders.secret(folder, name)
    site = f"http://{ports.HOST}:{os.environ.get('PORT') or 8000}"
    return {
        **found,
        "SITE_URL": os.environ.get("SITE_URL") or site,
        "EMBEDDED_DATA": str(folder),
        "EMBEDDED_ENGINES": ",".join(engine.replaced_by for engine in started),
    }


def _with_tools(found: Mapping[str, str]) -> dict[str, str]:
    """Our environment and what was found; `python` is the one that runs this module."""
    environment = {**os.environ, **found}
    # Importing the package set it, and pytest would take it for somebody's wish.
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    tools = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([tools, os.environ.get("PATH", os.defpath)])
    return environment


def _run(
    command: Sequence[str], environment: dict[str, str], started: Sequence[engines.Engine]
) -> int:
    """Run the command to its end, in our process group: Ctrl-C at the terminal reaches it, too."""
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as problem:
        print(f"{command[0]}: {problem.strerror}", file=sys.stderr)
        return NOT_FOUND

    def pass_on(word: int, frame: FrameType | None) -> None:
        if word != signal.SIGINT or not sys.stdin.isatty():
            process.send_signal(word)

    _on_stop_words(pass_on)
    return _watched(process, list(started))


def _watched(process: subprocess.Popen[bytes], alive: list[engines.Engine]) -> int:
    """The command's exit code. Without its database it is stopped; the others can be missed."""
    while True:
        try:
            code = process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            for engine in [engine for engine in alive if not engine.is_running()]:
                alive.remove(engine)
                _mourn(engine, process)
            continue
        return code if code >= 0 else 128 - code


def _mourn(engine: engines.Engine, process: subprocess.Popen[bytes]) -> None:
    print(f"{engine.name} stopped by itself; its log is {engine.log}", file=sys.stderr)
    if isinstance(engine, engines.PostgreSQL):
        print("Nothing works without the database: stopping.", file=sys.stderr)
        process.terminate()


def _leave(word: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + word)


def _on_stop_words(handler: object) -> None:
    for word in STOP_WORDS:
        signal.signal(word, handler)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
