"""What somebody decides on their private page besides zone and place: who helps, which title.

As in `forms`: no act is called here, and nothing is looked up.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registrations.forms import KEY_LENGTHS, NameField, StampedForm
from registrations.models import address_key, name_key


class CarerForm(StampedForm):
    """Who is to be asked. `own_address` is the patient's: nobody is their own carer."""

    prefix = "carer"  # other forms on the page have a name and an address too

    first_name = NameField(
        label=_("Their first name"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Write their first name."),
            "max_length": _("This first name is too long. Write 40 letters at most."),
            "invalid": _("Use only letters, spaces, hyphens and apostrophes in the first name."),
        },
    )
    email = forms.EmailField(
        label=_("Their email"),
        help_text=_("We ask them first. They get nothing more unless they say yes."),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={
            "required": _("Write their email address."),
            "max_length": _("This email address is too long. Please look at it again."),
            "invalid": _("Write their whole email address, like name@example.com."),
        },
    )

    def __init__(self, *args: Any, own_address: str, **kwargs: Any) -> None:
        self.own_address = own_address
        super().__init__(*args, **kwargs)

    def clean_first_name(self) -> str:
        """Raises ValidationError where folding would make the name longer than we can compare."""
        name: str = self.cleaned_data["first_name"]
        if len(name_key(name)) > KEY_LENGTHS[name_key]:
            raise ValidationError(self.fields["first_name"].error_messages["max_length"])
        return name

    def clean_email(self) -> str:
        """Raises ValidationError for the patient's own address, and for one too long in ASCII."""
        email: str = self.cleaned_data["email"]
        if len(address_key(email)) > KEY_LENGTHS[address_key]:
            raise ValidationError(self.fields["email"].error_messages["max_length"])
        if address_key(email) == self.own_address:
            raise ValidationError(_("This is your own address. Write the other person’s."))
        return email


class OffForm(StampedForm):
    """Which of their carers the patient takes off."""

    carer = forms.IntegerField(min_value=1)


class AnswerForm(StampedForm):
    """What somebody says who was asked to help."""

    answer = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class TitleForm(StampedForm):
    """Whether emails and calendar show the full title of a sensitive webinar."""

    title = forms.ChoiceField(choices=[("full", "full"), ("neutral", "neutral")])
