"""How many may come."""

from __future__ import annotations

from django.db import models

from webinars.models import Webinar


class Seats(models.Model):
    """How many seats of a webinar with a capacity are taken; no row where there is none."""

    webinar = models.OneToOneField(
        Webinar, primary_key=True, on_delete=models.CASCADE, related_name="seats"
    )
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "seats"

    def __str__(self) -> str:
        return str(self.taken)
