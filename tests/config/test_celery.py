"""What a worker does before its first task."""

from __future__ import annotations

import gc

from celery.signals import worker_process_init


def test_the_collector_does_not_look_through_what_a_worker_has_loaded() -> None:
    before = gc.get_freeze_count()
    try:
        worker_process_init.send(sender=None)
        assert gc.get_freeze_count() > before + 10_000
    finally:
        gc.unfreeze()
