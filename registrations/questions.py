"""The organizer's own questions: which are asked, and what becomes of the answers.

How they look on the form is `registrations.asking`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from registrations.models import Answer, Question, Registration
from webinars import times
from webinars.models import Webinar

# By the question's primary key; none of them empty.
Answers = Mapping[int, Sequence[str]]

MOST = 20  # of one webinar
TOO_MANY = f"Ask {MOST} questions at most."
FROZEN = (
    "People have answered this question, so its kind and its choices stay as they are. "
    "To ask for something else, remove it and add a new one."
)


class Refused(ValueError):
    """An edit that cannot be made; its text says to the organizer why, and what to do."""


def asked(webinar: Webinar) -> list[Question]:
    """Those on the form now, in their order. One query."""
    return list(Question.objects.filter(webinar=webinar).asked())


def store(registration: Registration, answers: Answers) -> None:
    """Keep these answers of somebody's and no earlier ones. Within the act's transaction."""
    if registration.epoch:  # they were here before
        registration.answers.all().delete()
    if answers:
        Answer.objects.bulk_create(
            Answer(registration=registration, question_id=question, value=list(value))
            for question, value in answers.items()
        )


def given(registration: Registration) -> list[tuple[str, list[str]]]:
    """What they were asked, with what they answered, in the form's order. One query."""
    answers = Answer.objects.filter(registration=registration).select_related("question")
    ordered = answers.order_by("question__position", "question_id")
    return [(answer.question.text, answer.value) for answer in ordered]


@transaction.atomic
def save(question: Question) -> Question:
    """Ask it, or ask it in other words. Raises `Refused`."""
    webinar = _locked(question.webinar)
    others = Question.objects.filter(webinar=webinar).asked().exclude(pk=question.pk)
    if others.count() >= MOST:
        raise Refused(TOO_MANY)
    if question.pk and is_reshaped(question, kind=question.kind, choices=question.choices):
        raise Refused(FROZEN)
    question.save()
    return question


def is_reshaped(question: Question, *, kind: str, choices: str) -> bool:
    """Whether this would change the kind or the choices of a question that has answers."""
    stored = Question.objects.get(pk=question.pk)
    return (stored.kind, stored.choices) != (kind, choices) and stored.answers.exists()


@transaction.atomic
def remove(question: Question) -> None:
    """Ask it no more. A draft's is deleted; another's stays with what was answered to it, and for
    whoever is answering just now.
    """
    if _locked(question.webinar).published_at is None:
        Question.objects.filter(pk=question.pk).delete()
    else:
        Question.objects.filter(pk=question.pk).update(retired_at=times.now())


@transaction.atomic
def copy(source: Webinar, *, to: Webinar) -> list[Question]:
    """Ask in another webinar what is asked in this one."""
    copies = [_copied(question, to) for question in asked(source)]
    return Question.objects.bulk_create(copies)


def _copied(question: Question, webinar: Webinar) -> Question:
    names = ("text", "kind", "choices", "is_required", "position")
    return Question(webinar=webinar, **{name: getattr(question, name) for name in names})


def _locked(webinar: Webinar) -> Webinar:
    # no_key: a plain FOR UPDATE would block every registration's foreign key.
    return Webinar.objects.select_for_update(no_key=True).get(pk=webinar.pk)
