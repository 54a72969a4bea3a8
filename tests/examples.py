"""How many examples a property is tried with: a few in `make test`, many in `make journeys`.

No example has a deadline: on a machine that does much else, any may take long.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., Any])

TIMES = int(os.environ.get("EXAMPLES") or 1)

settings.register_profile(
    "ours",
    settings.default,  # on CI, what Hypothesis finds right there
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("ours")


def examples(few: int, **how: Any) -> Callable[[Test], Test]:
    """At most so many; EXAMPLES times as many where that is set."""

    def limited(test: Test) -> Test:
        limits = settings(max_examples=few * TIMES, **how)
        marked: Test = pytest.mark.examples(limits(test))
        return marked

    return limited
