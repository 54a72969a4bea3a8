"""What people type, and whether it can be taken: in plain words, nothing typed is lost.

No act is called here and nothing is looked up: a form knows no registrations, so its answer
cannot tell whether an address is known.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from copy import copy
from datetime import date
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from registrations import protection, typos
from registrations.asking import AskingForm
from registrations.extras import ExtrasForm
from registrations.models import address_key, name_key
from webinars import times

NAME_SIGNS = frozenset(" -'’ʼ‐·")
FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # Hangul letters that nobody sees
NOT_IN_A_SOURCE = re.compile(r"[^A-Za-z0-9._-]")
SOURCE_LENGTH = 60
EMAIL_ERRORS = {
    "required": _("Write your email address."),
    "max_length": _("This email address is too long. Please look at it again."),
    "invalid": _("Write your whole email address, like name@example.com."),
}
LOCAL_PART = r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+"
KEY_LENGTHS = {name_key: 80, address_key: 254}


class ZoneSelect(forms.Select):
    """Every zone in words, grouped. Django's own widget renders a template per option: 30 ms."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        own = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        options = _options(get_language() or "en", times.now().date())
        return format_html("<select{}>{}</select>", flatatt(own), _choose(options, str(value)))


@lru_cache(maxsize=4)
def _options(language: str, on: date) -> SafeString:
    groups = (
        (group, format_html_join("", '<option value="{}">{}', choices))
        for group, choices in times.zone_choices(language)
    )
    return format_html_join("\n", '<optgroup label="{}">{}</optgroup>', groups)


def _choose(options: SafeString, zone: str) -> SafeString:
    option = format_html('value="{}"', zone)
    if zone and option in options:
        # Safe: both are ours, and escaped.
        return mark_safe(options.replace(option, f"{option} selected", 1))  # noqa: S308
    return format_html('<option value="">{}{}', gettext("Choose where you live"), options)


class ZoneField(forms.CharField):
    """A canonical zone name, chosen in words."""

    widget = ZoneSelect

    @property
    def places(self) -> str:
        """For the page's search, as JSON: further places by which people look for a zone."""
        return json.dumps(times.zone_places(get_language() or "en"), ensure_ascii=False)

    def clean(self, value: Any) -> str:
        """Raises ValidationError for whatever is not the name of a place: UTC, nonsense."""
        zone = times.browser_zone(super().clean(value))
        if zone is None:
            raise ValidationError(self.error_messages["required"])
        return zone


class NameField(forms.CharField):
    """A name and nothing else: it greets in the first mail, so it must carry no message."""

    def to_python(self, value: Any) -> str:
        """One spelling of each letter, single spaces, nothing invisible."""
        composed = unicodedata.normalize("NFC", super().to_python(value) or "")
        seen = (sign for sign in composed if _is_seen(sign))
        return " ".join("".join(seen).split())

    def validate(self, value: str) -> None:
        """Letters of any script, spaces, hyphens, apostrophes; a letter comes first."""
        super().validate(value)
        if value and not (value[0].isalpha() and all(_is_of_a_name(sign) for sign in value)):
            raise ValidationError(self.error_messages["invalid"])


def _is_seen(sign: str) -> bool:
    return sign not in FILLERS and unicodedata.category(sign) != "Cf"


def _is_of_a_name(sign: str) -> bool:
    return sign in NAME_SIGNS or unicodedata.category(sign)[0] in "LM"


class MailboxValidator(EmailValidator):
    """Nothing in quotation marks, no letters beyond ASCII and no "=?" (RFC 2047) before the @.

    Django's own takes all of them, and such a message cannot be put on the wire.
    """

    user_regex = re.compile(rf"\A(?!.*=\?){LOCAL_PART}(?:\.{LOCAL_PART})*\Z")


class AddressField(forms.EmailField):
    """An address that we can write to."""

    default_validators = [MailboxValidator()]


class StampedForm(forms.Form):
    """A form that says when it was made; a stale one is shown again as it was filled in."""

    @property
    def new_stamp(self) -> str:
        return protection.stamp()

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a stamp that is missing, old or not ours."""
        if not protection.is_fresh(self.data.get("rendered", "")):
            raise ValidationError(
                _("This page was open for a long time. Please press the button once more.")
            )
        return self.cleaned_data

    def within(self, name: str, key: Callable[[str], str]) -> str:
        """What was typed. Raises ValidationError where its key is longer than can be kept."""
        value: str = self.cleaned_data[name]
        if len(key(value)) > KEY_LENGTHS[key]:
            raise ValidationError(self.fields[name].error_messages["max_length"])
        return value


class ZoneForm(StampedForm):
    """The zone in which somebody wants to read times."""

    time_zone = ZoneField(
        label=_("Your time zone"),
        error_messages={"required": _("Choose your time zone from the list.")},
    )


class LinkForm(StampedForm):
    """Where to send the private links."""

    email = AddressField(
        label=_("Email"),
        help_text=_("The address that you signed up with."),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages=EMAIL_ERRORS,
    )


class RegistrationForm(AskingForm, ExtrasForm, ZoneForm):
    """What registering asks for.

    `confirmed` are the addresses of which somebody has said that they are no typing mistakes.
    """

    field_order = ("first_name", "last_name", "email", "time_zone")

    first_name = NameField(
        label=_("First name"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={
            "required": _("Write your first name."),
            "max_length": _("Your first name is too long. Write 40 letters at most."),
            "invalid": _("In your first name, use only letters, spaces, and the signs - and ’."),
        },
    )
    last_name = NameField(
        label=_("Last name"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={
            "max_length": _("Your last name is too long. Write 60 letters at most."),
            "invalid": _("In your last name, use only letters, spaces, and the signs - and ’."),
        },
    )
    email = AddressField(
        label=_("Email"),
        help_text=_("We send your private link here."),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages=EMAIL_ERRORS,
    )
    consent = forms.BooleanField(
        label=_("I agree that you use these details to run this webinar."),
        error_messages={"required": _("Tick the box if you agree. We need it to save your place.")},
    )
    utm_source = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    offer: typos.Offer | None = None  # in place of the address that was typed

    def clean_first_name(self) -> str:
        """Raises ValidationError where folding would make the name longer than we can compare."""
        return self.within("first_name", name_key)

    def clean_email(self) -> str:
        """Raises ValidationError where the address would be too long in ASCII, or may be mistyped.

        Each button of the offer says which address it chooses: one that was pressed counts only
        while it belongs to what is typed.
        """
        typed = self.within("email", address_key)
        offer = typos.offer(typed)
        if not offer or typed in (self["confirmed"].data or ()):
            return typed
        if self.data.get("instead") == offer.meant:
            self._retype("email", offer.meant)
            return offer.meant
        self.offer = offer
        raise ValidationError(_("Did you mean %(address)s?"), params={"address": offer.meant})

    def _retype(self, name: str, value: str) -> None:
        """As if it had been typed so: the form may have to be shown again."""
        data: Any = copy(self.data)  # of a post: one that can be changed
        data[name] = value
        self.data = data

    def clean_utm_source(self) -> str:
        """Where they came from, as far as it is a plain word; never a reason to refuse."""
        return source_of(self.cleaned_data["utm_source"])


def source_of(value: str) -> str:
    """A `?utm_source=` as the form carries it: letters, digits, dots, hyphens; 60 at most."""
    return NOT_IN_A_SOURCE.sub("", value)[:SOURCE_LENGTH]
