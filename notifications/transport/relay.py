"""What the outbox asks of a relay. Several messages are on their way at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from notifications.emails import Email
from notifications.models import Delivery
from notifications.transport.answers import Answer


@dataclass(slots=True, eq=False)
class Parcel:
    """One delivery and the message that was composed of it."""

    delivery: Delivery
    email: Email
    is_second_try: bool = False  # its first connection was lost before anything was stamped


class Relay(Protocol):
    """Carries parcels: taken -> at the door -> handed over -> answered.

    A relay never waits but in `wait`, and never touches the database: between "at the door" and
    "handed over" the outbox stamps. Each parcel that was taken is answered exactly once, unless
    it was called off or taken back.
    """

    failure: Answer | None
    """Why it takes nothing at all now (RELAY_DOWN, MISCONFIGURED); None while it works."""

    def room(self) -> int:
        """How many more it would take at this moment."""
        ...

    def take(self, parcel: Parcel) -> None:
        """Begin with the envelope. Nothing of the message goes out yet."""
        ...

    def take_back(self) -> list[Parcel]:
        """Those with which it has not begun at all: they are not its own any more."""
        ...

    def at_the_door(self) -> list[Parcel]:
        """Those whose body goes out next, once they are stamped; each is returned once."""
        ...

    def hand_over(self, parcel: Parcel) -> None:
        """It was stamped: send it."""
        ...

    def call_off(self, parcel: Parcel) -> None:
        """The stamp refused: nothing of it must go out. It gets no answer."""
        ...

    def wait(self, seconds: float) -> list[tuple[Parcel, Answer]]:
        """Until something happens, or so long. Returns what was answered meanwhile."""
        ...

    def close(self) -> None:
        """Say goodbye. Parcels still on their way are not answered any more."""
        ...
