"""The organizer's questions as fields of the form: native inputs, each with words of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from registrations.extras import LONG, SHORT, PlainField
from registrations.models import Question

Kind = Question.Kind

YES_NO = (("yes", _("Yes")), ("no", _("No")))
NO_ANSWER = ("", _("No answer"))
UNANSWERED = _("Please answer: %(question)s")
NOT_OFFERED = _("Please choose again: %(question)s")


class _LedToTheFirst(forms.RadioSelect):
    """Whatever leads to the field leads to its first choice."""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return super().id_for_label(id_, index or "0")


class Radios(_LedToTheFirst):
    """One of several."""


class Boxes(_LedToTheFirst, forms.CheckboxSelectMultiple):
    """Any of several."""


def _text(question: Question) -> forms.Field:
    widget = forms.TextInput({"autocomplete": "off"})
    return PlainField(max_length=SHORT, widget=widget, **_common(question))


def _long_text(question: Question) -> forms.Field:
    widget = forms.Textarea({"rows": 4, "autocomplete": "off"})
    return PlainField(max_length=LONG, widget=widget, **_common(question))


def _one(question: Question, choices: Sequence[tuple[str, Any]] = ()) -> forms.Field:
    """Where no answer is needed, one can be taken back."""
    offered = [*(choices or _offered(question)), *([] if question.is_required else [NO_ANSWER])]
    return forms.ChoiceField(choices=offered, widget=Radios, **_common(question))


def _several(question: Question) -> forms.Field:
    offered = _offered(question)
    return forms.MultipleChoiceField(choices=offered, widget=Boxes, **_common(question))


def _yes_no(question: Question) -> forms.Field:
    return _one(question, YES_NO)


FIELDS: dict[str, Callable[[Question], forms.Field]] = {
    Kind.SHORT: _text,
    Kind.LONG: _long_text,
    Kind.ONE: _one,
    Kind.SEVERAL: _several,
    Kind.YES_NO: _yes_no,
}


def _offered(question: Question) -> list[tuple[str, str]]:
    return [(choice, choice) for choice in question.offered]


def _common(question: Question) -> dict[str, Any]:
    words = {"question": question.text}
    # Django fills the value into this one: a sign of the question's own must not be taken for it.
    not_offered = str(NOT_OFFERED % words).replace("%", "%%")
    return {
        "label": question.text,
        "required": question.is_required,
        "error_messages": {
            "required": UNANSWERED % words,
            "invalid_choice": not_offered,
        },
    }


class AskingForm(forms.Form):
    """A form with the organizer's questions, after what `field_order` names.

    Clean, it has their `answers`.
    """

    def __init__(self, *args: Any, questions: Sequence[Question] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = {f"question_{question.pk}": question for question in questions}
        asked = {name: FIELDS[each.kind](each) for name, each in self.questions.items()}
        self.fields = {**asked, **self.fields}
        self.order_fields(self.field_order)

    @property
    def asked(self) -> list[BoundField]:
        return [self[name] for name in self.questions]

    def clean(self) -> dict[str, Any]:
        """The answers by question, each a list of texts; what was left empty is not among them."""
        cleaned = super().clean() or self.cleaned_data
        typed = {each.pk: cleaned.pop(name, "") for name, each in self.questions.items()}
        cleaned["answers"] = {key: _listed(value) for key, value in typed.items() if value}
        return cleaned


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(dict.fromkeys(value))
