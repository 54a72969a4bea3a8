"""What somebody may add to a registration, if they like: phone, access needs, a question."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PHONE = re.compile(r"[0-9 +().\-/]+")
DIGITS = range(6, 21)
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
SHORT, LONG = 500, 2000  # letters
TOO_LONG = _("This is too long. Write %(limit_value)d letters at most.")


class PlainField(forms.CharField):
    """A text of several lines or one. Too long a one is said, never cut by the browser."""

    default_error_messages = {"max_length": TOO_LONG}

    def to_python(self, value: Any) -> str:
        """One spelling of each letter; a line's end is one sign."""
        typed = super().to_python(value) or ""
        return unicodedata.normalize("NFC", typed).replace("\r\n", "\n").replace("\r", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without `maxlength`: what is pasted would be cut unseen."""
        return {}


class PhoneField(forms.CharField):
    """A telephone number as people write it, from any country."""

    widget = forms.TextInput({"type": "tel", "autocomplete": "tel"})

    def to_python(self, value: Any) -> str:
        """As typed, but for signs that nobody sees or types: phones insert them."""
        typed = unicodedata.normalize("NFKC", super().to_python(value) or "").translate(DASHES)
        seen = (sign for sign in typed if unicodedata.category(sign) != "Cf")
        return " ".join("".join(seen).split())

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not is_phone(value):
            raise ValidationError(self.error_messages["invalid"])


def is_phone(value: str) -> bool:
    """Whether it may be a telephone number: 6 to 20 digits, and the signs between them."""
    return bool(PHONE.fullmatch(value)) and sum(map(str.isdigit, value)) in DIGITS


class ExtrasForm(forms.Form):
    """The part that stays folded away until it is wanted, or needs another look."""

    phone = PhoneField(
        label=_("Phone"),
        help_text=_("We call you only if our emails do not reach you."),
        max_length=40,
        required=False,
        error_messages={
            "invalid": _("Write a phone number with digits, like 555 010 0123."),
            "max_length": _("This phone number is too long. Please look at it again."),
        },
    )
    access_needs = PlainField(
        label=_("What would help you to take part?"),
        help_text=_("For example: captions, or sign language."),
        max_length=SHORT,
        required=False,
        widget=forms.Textarea({"rows": 2, "autocomplete": "off"}),
    )
    speaker_question = PlainField(
        label=_("A question for the speaker"),
        help_text=_(
            "The speaker may read it out loud, without your name. "
            "You do not need to tell private facts about your health."
        ),
        max_length=SHORT,
        required=False,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )

    extras = ("phone", "access_needs", "speaker_question")

    @property
    def is_more_open(self) -> bool:
        """Whether there is something in it to see."""
        return any(self[name].data or name in self.errors for name in self.extras)
