"""The kit, opened once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.foreign import kit as kits


@pytest.fixture(scope="session")
def kit() -> Iterator[kits.Kit]:
    with kits.opened() as kit:
        yield kit
