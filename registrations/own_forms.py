"""What people type about their own place, later: see `forms` for the manners of all of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from registrations.forms import EMAIL_ERRORS, AddressField, NameField, RegistrationForm, StampedForm
from registrations.models import Registration, address_key, name_key


def email_field(**named: Any) -> AddressField:
    return AddressField(
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages=EMAIL_ERRORS,
        **named,
    )


class NameForm(StampedForm):
    """By which name to greet them."""

    first_name = RegistrationForm.base_fields["first_name"]
    last_name = RegistrationForm.base_fields["last_name"]

    def clean_first_name(self) -> str:
        """Raises ValidationError where folding would make the name longer than we can compare."""
        return self.within("first_name", name_key)


class PhoneForm(StampedForm):
    """Where to call them; they may leave it empty."""

    phone = RegistrationForm.base_fields["phone"]


class LanguageForm(StampedForm):
    """In which language to write to them. Each is named in itself."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[
            (code, get_language_info(code)["name_local"].capitalize())
            for code, _name in settings.LANGUAGES
        ],
        error_messages={
            "required": _("Choose your language from the list."),
            "invalid_choice": _("Choose your language from the list."),
        },
    )


class AddressForm(StampedForm):
    """Where else to write to them."""

    email = email_field(
        label=_("New email address"), help_text=_("We send an email there first, to make sure.")
    )

    def clean_email(self) -> str:
        """Raises ValidationError where the address would be too long in ASCII."""
        return self.within("email", address_key)


class FixForm(StampedForm):
    """The address that was meant; what else was typed is sealed."""

    email = email_field(label=_("The right email address"))
    sealed = forms.CharField(widget=forms.HiddenInput)

    def clean_email(self) -> str:
        """Raises ValidationError where the address would be too long in ASCII."""
        return self.within("email", address_key)


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
    email = AddressField(
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
        return self.within("first_name", name_key)

    def clean_email(self) -> str:
        """Raises ValidationError for the patient's own address, and for one too long in ASCII."""
        email = self.within("email", address_key)
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


def own_forms(registration: Registration) -> dict[str, StampedForm]:
    """The empty ones of the private page, by the names that it knows them by."""
    return {
        "name_form": NameForm(
            initial={
                "first_name": registration.first_name,
                "last_name": registration.last_name,
            }
        ),
        "phone_form": PhoneForm(initial={"phone": registration.phone}),
        "language_form": LanguageForm(initial={"language": registration.language}),
        "address_form": AddressForm(),
        "reminders_form": StampedForm(),
    }
