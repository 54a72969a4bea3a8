"""A webinar's reminder rules as the organizer edits them. `planning` saves and retires them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from notifications import planning
from notifications.models import ReminderRule
from webinars import times, topics
from webinars.admin import shown
from webinars.inputs import LANGUAGE, SpanField
from webinars.models import Webinar


class RuleForm(forms.ModelForm):
    """A reminder so long before the start. When it is too late for it follows from that."""

    before = SpanField(label="Before the start")

    def __init__(self, *args: Any, webinar: Webinar, **kwargs: Any) -> None:
        self.webinar = webinar
        super().__init__(*args, **kwargs)

    class Meta:
        model = ReminderRule
        fields = ("before", "subject", "text", "is_enabled")
        labels = {"text": "A line of your own", "is_enabled": "On"}

    def clean_subject(self) -> str:
        return self._neutral("subject", "It shows on lock screens.")

    def clean_text(self) -> str:
        return self._neutral("text", "Others may read the email.")

    def _neutral(self, name: str, why: str) -> str:
        """Raises ValidationError where it would tell what a sensitive webinar is about."""
        words: str = self.cleaned_data[name]
        is_told = self.webinar.is_sensitive and topics.named_topic(self.webinar, words)
        if is_told:
            raise forms.ValidationError(
                f"“{is_told}” names the topic. {why} Say it neutrally, such as “your session”."
            )
        return words

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "before" in self.changed_data and (before := cleaned.get("before")):
            self.instance.send_until = _last_call(before)
        return cleaned


def _last_call(before: timedelta) -> timedelta:
    """As near to the start as the longest default reminder that is not longer may still go out."""
    fitting = (until for default, until in planning.DEFAULT_RULES if default <= before)
    return next(fitting, timedelta(0))


class RuleFormSet(BaseInlineFormSet):
    """Each form knows the webinar as it is being edited: its title may be new."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "webinar": self.instance}


class ReminderInline(TabularInline):
    model = ReminderRule
    form = RuleForm
    formset = RuleFormSet
    verbose_name = "reminder"
    verbose_name_plural = "reminders by email"
    extra = 0
    hide_title = True
    fields = ("before", "subject", "text", "is_enabled")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReminderRule]:
        rules: QuerySet[ReminderRule] = super().get_queryset(request)
        return rules.filter(retired_at=None, before__isnull=False)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Taking a rule away retires it: that its past waves keep it is no obstacle."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.hand_clean_DELETE = lambda form: None
        return formset

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "text":
            kwargs["widget"] = UnfoldAdminExpandableTextareaWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def save(formset: BaseInlineFormSet) -> None:
    """Hand the organizer's edits to `planning`, which replaces what was already used."""
    edited = formset.save(commit=False)
    for rule in formset.deleted_objects:
        planning.retire_rule(rule)
    for rule in edited:
        planning.save_rule(rule)


def in_words(webinar: Webinar) -> list[dict[str, str]]:
    """When each reminder would go out, in the announcement's zones; past ones say so."""
    rules = webinar.reminder_rules.filter(retired_at=None, is_enabled=True)
    return [{"rule": label(rule), "when": _when(rule, webinar)} for rule in rules]


def label(rule: ReminderRule) -> str:
    """ "7 days before"."""
    if rule.before is not None:
        return f"{shown.length(rule.before)} before"
    return f"{rule.days_before} days before, at an hour on {rule.get_clock_display()} clock"


def _when(rule: ReminderRule, webinar: Webinar) -> str:
    at = planning.due(rule, webinar, "")
    if at <= times.now():
        return "Not sent: that is already past."
    zones = [webinar.time_zone] if rule.is_on_attendees_clocks else webinar.display_zones
    return times.announcement(at, zones or [webinar.time_zone], LANGUAGE)
