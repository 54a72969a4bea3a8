"""Every page in every state: `states`, `later_states`, `rare_states`, in this order."""

from __future__ import annotations

from collections.abc import Iterator

from tests.patient.later_states import later_states
from tests.patient.rare_states import rare_states
from tests.patient.states import Seen, first_states


def every_state(language: str) -> Iterator[Seen]:
    """Look at each page before asking for the next: what is made for one stays."""
    yield from first_states(language)
    yield from later_states(language)
    yield from rare_states(language)
