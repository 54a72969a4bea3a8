"""A large wave beside a small one."""

from __future__ import annotations

from tests.faults.crowds import crowd
from tests.faults.world import World
from tests.makers import make_webinar
from webinars.models import Webinar

SMALL = 20
WITHIN = 60  # seconds of being due
LONGEST = 900  # seconds, on a machine that has other work; the bar is the small wave's
LEAD = 15  # seconds from here until both are due


def large_and_small(world: World, *, mails: int, latency: float = 0) -> None:
    """The small one is due at the same instant, and is written down last."""
    world.is_patient = True
    large = world.a_reminder_due(mails, seconds=LEAD)
    small = beside(large)
    crowd(small, SMALL)
    world.post.script(latency=latency)
    world.workers(2)
    world.rig.beat()
    mine = {person.email for person in small.registrations.all()}
    everybody = mails + SMALL
    world.wait(lambda: world.post.count() >= everybody, "everybody has their mail", LONGEST)
    copies = world.post.book().copies
    last = max(copy.at for copy in copies if copy.recipient in mine) / 1e9
    end = max(copy.at for copy in copies) / 1e9
    begin = min(copy.at for copy in copies) / 1e9
    world.notes.append(f"small: {last - begin:.1f} s after the first, large: {end - begin:.1f} s")
    world.bar(last - begin < WITHIN, f"the small wave took {last - begin:.1f} s")


def beside(large: Webinar) -> Webinar:
    return make_webinar(
        local_date=large.local_date, local_time=large.local_time, time_zone=large.time_zone
    )
