"""How an organizer types times: form fields for a clock time, a span, a zone, a list of zones.

They only read and write; whether a wall clock exists in a zone is asked of `times`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import time, timedelta
from typing import Any

from django import forms
from unfold.contrib.forms.widgets import WysiwygWidget
from unfold.widgets import (
    INPUT_CLASSES,
    SELECT_CLASSES,
    UnfoldAdminTextInputWidget,
)

from webinars import times

LANGUAGE = "en"  # the admin's

_WITH_LETTERS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))? ?([ap])\.? ?m\.?", re.IGNORECASE)
_ON_24_HOURS = re.compile(r"(\d{2})[:.](\d{2})(?::00)?")
_WITHOUT_LETTERS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
_NAMED = {"noon": time(12), "12 noon": time(12), "midnight": time(0), "12 midnight": time(0)}


class ClockField(forms.CharField):
    """A time of day: "4:00 pm", "4pm", "16:00", "noon". Cleans to a `time`.

    "4:00" alone is asked about, because it would be four in the morning.
    """

    widget = UnfoldAdminTextInputWidget
    default_error_messages = {
        "unclear": "Morning or afternoon? Write %(clock)s am or %(clock)s pm.",
        "invalid": "Write a time such as 4:00 pm or 16:00.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"placeholder": "4:00 pm", "autocomplete": "off", "size": "10"}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, time):
            half = "am" if value.hour < 12 else "pm"
            return f"{value.hour % 12 or 12}:{value.minute:02} {half}"
        return value

    def to_python(self, value: Any) -> Any:
        text = " ".join(str(value or "").casefold().split())
        if not text:
            return None
        if named := _NAMED.get(text):
            return named
        try:
            return self._read(text)
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True

    def _read(self, text: str) -> time:
        if found := _WITH_LETTERS.fullmatch(text):
            hour, minute, half = found.groups()
            if not 1 <= int(hour) <= 12:
                raise ValueError
            return time(int(hour) % 12 + (12 if half == "p" else 0), int(minute or 0))
        if found := _ON_24_HOURS.fullmatch(text):
            return time(int(found[1]), int(found[2]))
        if found := _WITHOUT_LETTERS.fullmatch(text):
            clock = f"{int(found[1])}:{found[2] or '00'}"
            params = {"clock": clock}
            raise forms.ValidationError(self.error_messages["unclear"], "unclear", params)
        raise ValueError


class SpanWidget(forms.MultiWidget):
    template_name = "admin/webinars/widgets/span.html"

    def __init__(self, units: Sequence[tuple[str, str]]) -> None:
        self.units = units
        number = forms.NumberInput({"class": " ".join(INPUT_CLASSES), "min": 0})
        unit = forms.Select({"class": " ".join(SELECT_CLASSES), "aria-label": "Unit"}, units)
        super().__init__([number, unit])

    def decompress(self, value: timedelta | None) -> list[Any]:
        """In the largest unit that it is a whole number of."""
        if value is None:
            return [None, self.units[-1][0]]
        for unit, _label in reversed(self.units):
            count, rest = divmod(value, timedelta(**{unit: 1}))
            if not rest:
                return [count, unit]
        return [value // timedelta(minutes=1), "minutes"]


class SpanField(forms.MultiValueField):
    """A number and a unit ("7" "days"). Cleans to a `timedelta` from a minute to a year, or None.

    `units` are those offered, the smallest first.
    """

    def __init__(self, *, units: Iterable[str] = ("minutes", "hours", "days"), **kwargs: Any):
        choices = [(unit, unit) for unit in units]
        fields = (
            forms.IntegerField(min_value=0, max_value=525_600, required=False),
            forms.ChoiceField(choices=choices, required=False),
        )
        kwargs.setdefault("widget", SpanWidget(choices))
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> timedelta | None:
        if not data_list or data_list[0] is None:
            if self.required:
                raise forms.ValidationError(self.error_messages["required"], code="required")
            return None
        span = timedelta(**{data_list[1] or "minutes": data_list[0]})
        if not timedelta(minutes=1) <= span <= timedelta(days=365):
            raise forms.ValidationError("Choose from 1 minute to 365 days.", code="range")
        return span

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


class RichTextWidget(WysiwygWidget):  # type: ignore[misc]
    """An editor with no more buttons than `models.sanitised` lets through."""

    template_name = "admin/webinars/widgets/rich_text.html"

    class Media:
        js = ("webinars/admin/rich_text.js",)


def _zones() -> times.Choices:
    return times.zone_choices(LANGUAGE)


class ZoneWidget(forms.Select):
    """A select of every zone. Its options come from one loop: Django renders a template each."""

    template_name = "admin/webinars/widgets/zone.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        attrs = self.build_attrs(self.attrs, attrs) | {"class": " ".join(SELECT_CLASSES)}
        select = {"name": name, "attrs": attrs, "chosen": value}
        return {"widget": select, "groups": _zones()}


class ZoneField(forms.ChoiceField):
    """One zone, chosen in words. Cleans to its IANA name."""

    widget = ZoneWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_zones, **kwargs)


class ZonesWidget(forms.SelectMultiple):
    """One select per zone, all of one name, so that their order is the announcement's."""

    template_name = "admin/webinars/widgets/zones.html"
    rows = 4

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        chosen = list(value or [])
        chosen += [""] * max(self.rows - len(chosen), 1)
        attrs = self.build_attrs(self.attrs, attrs)
        selects = [_one_of_many(name, *row, attrs) for row in enumerate(chosen, 1)]
        return {"widget": {"selects": selects}, "groups": _zones()}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [zone for zone in data.getlist(name) if zone]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


def _one_of_many(name: str, number: int, zone: str, attrs: dict[str, Any]) -> dict[str, Any]:
    one = attrs | {"class": " ".join(SELECT_CLASSES), "aria-label": f"Announced zone {number}"}
    if number > 1:
        one["id"] = f"{attrs.get('id', name)}_{number}"
    nothing = "Choose a zone" if number == 1 else "and in no other"
    return {"name": name, "attrs": one, "chosen": zone, "nothing": nothing}


class ZonesField(forms.MultipleChoiceField):
    """Zones in the order in which the announcement names them, each once."""

    widget = ZonesWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_zones, **kwargs)

    def to_python(self, value: Any) -> list[str]:
        return list(dict.fromkeys(super().to_python(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)
