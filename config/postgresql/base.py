"""PostgreSQL as Django has it, but that a connection which is surely alive is not asked so."""

from __future__ import annotations

from select import POLLIN, poll
from time import monotonic
from typing import Any

from django.db.backends.postgresql import base

# A firewall on the way may have forgotten a connection that was silent for long.
SILENT_SECONDS = 10


class DatabaseWrapper(base.DatabaseWrapper):
    """See CONN_HEALTH_CHECKS, which costs each request one more statement."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked_at = 0.0

    def is_usable(self) -> bool:
        """Whether it still works. A server that ends a connection says so, and is heard at once."""
        was_asked_at, self._asked_at = self._asked_at, monotonic()
        is_silent = self._asked_at - was_asked_at > SILENT_SECONDS
        if self.errors_occurred or is_silent or self._has_something_to_say():
            return bool(super().is_usable())
        return True

    def _has_something_to_say(self) -> bool:
        """Nothing was asked: it can only be a farewell, or a notice."""
        if self.connection is None or self.connection.closed:
            return True
        answers = poll()
        answers.register(self.connection.fileno(), POLLIN)
        return bool(answers.poll(0))
