"""What was asked and answered, and what was consented to."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from registrations.models.registration import Registration
from webinars.models import Webinar

# The consent text's version, stored with each consent. Change it with the words on the form.
CONSENT_VERSION = "2026-11"


class Consent(models.Model):
    """Which words somebody agreed to before they cancelled and came back, and when. Never edited.

    What they agreed to last stands in their registration.
    """

    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="consents"
    )
    text_version = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.text_version} ({self.language})"


class QuestionQuerySet(models.QuerySet["Question"]):
    def asked(self) -> Self:
        """In the order in which the form asks them."""
        return self.filter(retired_at=None).order_by("position", "pk")


class Question(models.Model):
    """What an organizer asks whoever registers, in the webinar's language.

    Once a webinar is published its questions are retired and not deleted: somebody may be
    answering. The acts are in `registrations.questions`.
    """

    class Kind(models.TextChoices):
        SHORT = "short", "A short text"
        LONG = "long", "A long text"
        ONE = "one", "One choice"
        SEVERAL = "several", "Several choices"
        YES_NO = "yes_no", "Yes or no"

    OFFERING = (Kind.ONE, Kind.SEVERAL)

    webinar = models.ForeignKey(Webinar, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField("question", max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SHORT)
    choices = models.TextField(blank=True, help_text="One on each line.")
    is_required = models.BooleanField("required", default=False)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind__in=["one", "several"]) & ~Q(choices=""))
                | (Q(kind__in=["short", "long", "yes_no"]) & Q(choices="")),
                name="question_offers_choices_or_none",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def offered(self) -> list[str]:
        """Its choices, in the organizer's words."""
        return self.choices.splitlines()


class Answer(models.Model):
    """What somebody answered: one text, one choice, some choices, `yes` or `no`; never empty."""

    registration = models.ForeignKey(
        Registration,
        on_delete=models.CASCADE,
        related_name="answers",
        db_index=False,  # `one_answer_to_a_question` begins with it
    )
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.JSONField(help_text="A list of strings.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "question"], name="one_answer_to_a_question"
            ),
            models.CheckConstraint(
                condition=Exact(
                    Func("value", function="jsonb_typeof", output_field=models.CharField()),
                    Value("array"),
                ),
                name="answer_is_a_list",
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"

    @property
    def in_words(self) -> str:
        """For staff. Takes the question with it."""
        if self.question.kind == Question.Kind.YES_NO:
            return str(self.value[0]).capitalize()
        return "; ".join(self.value)
