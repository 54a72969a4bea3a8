"""Who has registered in the demo: invented people, in many zones, at example domains."""

from __future__ import annotations

from typing import NamedTuple


class Person(NamedTuple):
    """What somebody typed into the form; the answers are in the order of the questions."""

    first_name: str
    last_name: str
    email: str
    time_zone: str
    language: str = "en"
    source: str = ""
    phone: str = ""
    access_needs: str = ""
    speaker_question: str = ""
    answers: tuple[tuple[str, ...], ...] = ()


NATIONAL = (
    Person(
        *("Dolores", "Whitaker", "dolores.whitaker@example.com", "America/Los_Angeles"),
        phone="530-555-0137",
        access_needs="Captions, please. I do not hear well.",
        answers=(("For me",), ("How the cause is found", "Care without surgery"), ("yes",)),
    ),
    Person(
        *("Frank", "Nowak", "frank.nowak@example.org", "America/New_York"),
        source="newsletter",
        speaker_question="How long does it take until exercise helps?",
        answers=(("For somebody I care for",), (), ("no",)),
    ),
    Person("Grace", "Lindqvist", "grace.l@example.com", "America/Chicago"),
    Person("Harold", "Begay", "harold.begay@example.org", "America/Denver"),
    Person("Ines", "Salcido", "ines.salcido@example.com", "America/Phoenix", source="clinic"),
    Person("Keoni", "Akana", "keoni.akana@example.org", "Pacific/Honolulu"),
    Person("Ruth", "Petersen", "ruth.petersen@example.com", "America/Anchorage"),
    Person("Marisol", "Vega", "marisol.vega@example.org", "America/Puerto_Rico", "es"),
)
# One mailbox, two people: each has a place and is greeted by name.
SOON = (
    Person("Walter", "Ames", "the.ames.family@example.com", "America/New_York"),
    Person("Irene", "Ames", "the.ames.family@example.com", "America/New_York"),
    Person("Bernice", "Carrow", "bernice.carrow@example.org", "America/Chicago"),
    Person("Sam", "Yoshida", "sam.yoshida@example.com", "America/Los_Angeles", source="clinic"),
    Person("Rosa", "Quintero", "rosa.quintero@example.org", "America/Denver", "es"),
)
SPANISH = (
    Person(
        *("Pilar", "Ochoa", "pilar.ochoa@example.com", "America/Chicago", "es"),
        phone="210-555-0164",
        answers=(("Para mí",), ("yes",), ("Por mi hermana",)),
    ),
    Person("Ramón", "Ibáñez", "ramon.ibanez@example.org", "America/Los_Angeles", "es"),
    Person("Nélida", "Cruz", "nelida.cruz@example.com", "America/Puerto_Rico", "es"),
    Person("Teodoro", "Lara", "teodoro.lara@example.org", "America/New_York", "es", "clinic"),
)
# So many have a place in the small group; whoever comes later waits for one.
PLACES = 4
GROUP = (
    Person("Agnes", "Hollis", "agnes.hollis@example.com", "America/New_York"),
    Person("Carl", "Brandt", "carl.brandt@example.org", "America/Chicago"),
    Person("Delia", "Romero", "delia.romero@example.com", "America/Denver", "es"),
    Person("Jun", "Takeda", "jun.takeda@example.org", "America/Los_Angeles", source="clinic"),
    Person("Lena", "Ostrow", "lena.ostrow@example.com", "America/New_York"),
    Person("Victor", "Amado", "victor.amado@example.org", "America/Phoenix"),
)
# One of the national webinar's, whose daughter gets the reminders, too, and helps him join.
HELPED = "Harold"
CARER = {"first_name": "Nina", "email": "nina.begay@example.com"}
# Registered for the national webinar, then gave the place up.
GONE = Person("Oscar", "Delgado", "oscar.delgado@example.com", "America/Chicago")
