"""Kills the process that it is loaded in, by SIGKILL, at a point of the product's own code.

`tests.settings` installs it where the environment asks for it; the product knows nothing of it.
Every function and method of `notifications` is a point, so the list follows the code:

CRASH_AT     module.function:n:before or :after, at the n-th call; once, as CRASH_FLAG (a file) says
POISON       a registration's id: whatever composes a message to it dies, each time
POINTS_FILE  where to write each point down when it is first reached
"""

from __future__ import annotations

import functools
import inspect
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from django.apps import AppConfig

VARIABLES = ("CRASH_AT", "POISON", "POINTS_FILE")
ENTRIES = ("notifications.outbox", "notifications.sweeping")
ROOM = "notifications"
ELSEWHERE = ("admin", "apps", "demo", "management", "migrations", "models", "tasks")
COMPOSING = f"{ROOM}.emails"


class Crashes(AppConfig):
    """The last app: all others are loaded when it is ready."""

    name = "tests.faults"
    label = "faults"

    def ready(self) -> None:
        for name in ENTRIES:
            import_module(name)
        for module in list(sys.modules.values()):
            if has_points(module.__name__):
                wrap_all(module)


def has_points(name: str) -> bool:
    room, _, rest = name.partition(".")
    return room == ROOM and rest.partition(".")[0] not in ELSEWHERE


def wrap_all(module: ModuleType) -> None:
    for holder, name, function in functions(module):
        replace(holder, name, function, wrapped(f"{function.__module__}.{function.__qualname__}",
                                                function))  # fmt: skip


def functions(module: ModuleType) -> Iterator[tuple[Any, str, FunctionType]]:
    """What is defined there: functions, and the methods of its classes."""
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", "") != module.__name__:
            continue
        if is_point(name, value):
            yield module, name, value
        elif inspect.isclass(value) and not issubclass(value, BaseException):
            for own, method in list(vars(value).items()):
                if is_point(own, method):
                    yield value, own, method


def is_point(name: str, value: object) -> bool:
    return (
        inspect.isfunction(value)
        and not inspect.isgeneratorfunction(value)
        and not name.startswith("__")
    )


def replace(holder: Any, name: str, function: FunctionType, new: Callable[..., Any]) -> None:
    """There, and wherever in the product it was imported to already."""
    setattr(holder, name, new)
    for module in list(sys.modules.values()):
        if module.__name__.partition(".")[0] == ROOM:
            for alias, value in list(vars(module).items()):
                if value is function:
                    setattr(module, alias, new)


def wrapped(point: str, function: FunctionType) -> Callable[..., Any]:
    @functools.wraps(function)
    def at_a_point(*arguments: Any, **keywords: Any) -> Any:
        if point.startswith(COMPOSING):
            die_of_poison([*arguments, *keywords.values()])
        reached(point, "before")
        result = function(*arguments, **keywords)
        reached(point, "after")
        return result

    return at_a_point


COUNTS: Counter[str] = Counter()


def reached(point: str, side: str) -> None:
    COUNTS[f"{point}:{side}"] += 1
    number = COUNTS[f"{point}:{side}"]
    if number == 1 and "POINTS_FILE" in os.environ:
        with Path(os.environ["POINTS_FILE"]).open("a") as file:
            file.write(f"{point}\n")
    if os.environ.get("CRASH_AT") == f"{point}:{number}:{side}" and is_first_time():
        die()


def is_first_time() -> bool:
    """For all processes together: the next one would die there, too."""
    try:
        Path(os.environ["CRASH_FLAG"]).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def die_of_poison(arguments: list[Any]) -> None:
    poison = os.environ.get("POISON")
    if poison and any(str(getattr(a, "registration_id", "")) == poison for a in arguments):
        die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
