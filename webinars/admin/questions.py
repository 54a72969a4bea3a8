"""A webinar's own questions as the organizer edits them. `questions` saves and retires them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminTextareaWidget

from registrations import questions
from registrations.models import Question

CHOICES = range(2, 21)
LONGEST = 120  # letters of one choice


class QuestionForm(forms.ModelForm):
    """One question. What people have answered keeps its kind and its choices."""

    class Meta:
        model = Question
        fields = ("text", "kind", "choices", "is_required", "position")
        widgets = {"choices": UnfoldAdminTextareaWidget({"rows": 4})}
        help_texts = {
            "text": "In the webinar's language. Ask what you need and no more: it is work for "
            "somebody ill.",
            "choices": "One on each line, where people choose.",
        }

    def clean_choices(self) -> str:
        lines = (" ".join(line.split()) for line in self.cleaned_data["choices"].splitlines())
        choices = [line for line in lines if line]
        if len(set(choices)) < len(choices):
            raise forms.ValidationError("Two of the choices are the same.")
        if any(len(choice) > LONGEST for choice in choices):
            raise forms.ValidationError(f"A choice has {LONGEST} letters at most.")
        return "\n".join(choices)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "kind" in cleaned and "choices" in cleaned:
            self._check_shape(cleaned["kind"], cleaned["choices"])
        return cleaned

    def _check_shape(self, kind: str, choices: str) -> None:
        asked = self.instance
        self._check_choices(kind, choices.splitlines())
        if asked.pk and questions.is_reshaped(asked, kind=kind, choices=choices):
            self.add_error("kind", questions.FROZEN)

    def _check_choices(self, kind: str, choices: list[str]) -> None:
        if kind in Question.OFFERING and len(choices) not in CHOICES:
            self.add_error("choices", "Give from 2 to 20 choices, one on each line.")
        elif kind not in Question.OFFERING and choices:
            self.add_error("choices", "Only One choice and Several choices have choices.")


class QuestionFormSet(BaseInlineFormSet):
    default_error_messages = {
        **BaseInlineFormSet.default_error_messages,
        "too_many_forms": questions.TOO_MANY,
    }


class QuestionInline(StackedInline):
    model = Question
    form = QuestionForm
    formset = QuestionFormSet
    verbose_name = "question"
    verbose_name_plural = "questions on the form"
    extra = 0
    max_num = questions.MOST
    ordering_field = "position"
    hide_ordering_field = True
    fields = ("text", ("kind", "is_required"), "choices", "position")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        every: QuerySet[Question] = super().get_queryset(request)
        return every.filter(retired_at=None)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Taking a question away retires it: that it has answers is no obstacle."""
        formset = super().get_formset(request, obj, validate_max=True, **kwargs)
        formset.form.hand_clean_DELETE = lambda form: None
        return formset


def save(formset: BaseInlineFormSet) -> None:
    """Hand the organizer's edits to `questions`."""
    edited = formset.save(commit=False)
    for question in formset.deleted_objects:
        questions.remove(question)
    for question in edited:
        questions.save(question)
