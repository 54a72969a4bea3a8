"""How fast emails are composed for a claimed batch, against building each message by itself.

Rows are loaded before, as the outbox does it; tokens, hashes and queries are counted. The baseline
renders the same words for each person, with all that they say at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from notifications import claims, emails
from notifications.emails import mime
from notifications.emails.letter import Letter
from notifications.emails.occasion import Schedule, occasion
from notifications.models import Delivery, Purpose
from tests.bench import crowd, database
from tests.bench.measure import Measurement, measure
from webinars import times

BATCH = 100  # as the outbox claims them; here in eight zones and two languages
BASELINE = "templates, css_inline, EmailMultiAlternatives"


def measurements() -> Iterator[Measurement]:
    with database.made_anew():
        crowd.expanded(BATCH)
        yield composing("a reminder", limit=30e-6)
        yield against_building(
            "of it, the octets alone",
            lambda composed: [each.letter.fill(each.personal) for each in composed],
            limit=10e-6,
        )
        yield making_letters("its letter, once for a wave, zone and language", limit=10e-3)
        Delivery.objects.update(purpose=Purpose.CONFIRMATION, wave=None)
        yield composing("a confirmation with its invite", limit=1e-3)


def composing(what: str, *, limit: float) -> Measurement:
    deliveries = batch()

    def as_the_outbox_does(_composed: list[emails.Email]) -> None:
        for _email in composed_of(deliveries):
            pass  # it is on its way, and forgotten

    return against_building(what, as_the_outbox_does, limit=limit)


def making_letters(what: str, *, limit: float) -> Measurement:
    deliveries = batch()
    schedule = Schedule(deliveries[0].registration.webinar)
    occasions = {occasion(each, schedule, (), now=times.now()) for each in deliveries}
    return against_building(
        what,
        lambda _composed: [Letter(each) for each in occasions],
        limit=limit,
        times=len(occasions),
    )


def against_building(
    what: str,
    act: Callable[[list[emails.Email]], object],
    *,
    limit: float,
    times: int = BATCH,
) -> Measurement:
    composed = [*composed_of(batch())][:times]
    return measure(
        what,
        lambda: act(composed),
        limit=limit,
        baseline=BASELINE,
        against=lambda: [mime.octets(mime.tree(each.as_django(), each.seed)) for each in composed],
        times=times,
    )


def batch() -> list[Delivery]:
    return claims.loaded(crowd.some_deliveries(BATCH))


def composed_of(deliveries: list[Delivery]) -> Iterator[emails.Email]:
    composer = emails.Composer(times.now())
    for delivery in deliveries:
        yield composer.compose(delivery)
