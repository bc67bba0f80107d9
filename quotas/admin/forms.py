"""What staff type of limits: each value as in the tier, unlimited, or a number."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from quotas.models import Override
from quotas.tiers import OVERRIDABLE

NUMBERS = [name for name in OVERRIDABLE if name != "ai"]
UNLIMITED = "unlimited"
LARGEST = 2**31 - 1
TRUTHS = {"": None, "yes": True, "no": False}


class LimitField(forms.CharField):
    """Empty: as in the tier."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextInputWidget, **options)

    def clean(self, value: Any) -> int | str | None:
        text = super().clean(value).lower()
        if text in {"", UNLIMITED}:
            return text or None
        if not (text.isascii() and text.isdigit()) or int(text[:11]) > LARGEST:
            raise forms.ValidationError(f"A number, “{UNLIMITED}”, or nothing: as in the tier.")
        return int(text)


class LimitsForm(forms.Form):
    """What an override sets: `values`, in the end."""

    hour = LimitField(label="Requests an hour", help_text="A number, “unlimited”, or nothing.")
    day = LimitField(label="Requests a day")
    concurrent_jobs = LimitField(label="Batch jobs at once")
    queries_per_job = LimitField(label="Queries a job")
    ai = forms.ChoiceField(
        label="AI summaries",
        required=False,
        choices=[("", "as in the tier"), ("yes", "yes"), ("no", "no")],
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        values: dict[str, int | bool | None] = {
            name: None if given[name] == UNLIMITED else given[name]
            for name in NUMBERS
            if given.get(name) is not None
        }
        if given.get("ai"):
            values["ai"] = TRUTHS[given["ai"]]
        if not values and not self.errors:
            raise forms.ValidationError("Set at least one value.")
        given["values"] = values
        return given


class OverrideForm(LimitsForm, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Override
        fields = ["user", "reason", "expires_at"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, value in (self.instance.values or {}).items():
            shown = {None: UNLIMITED, True: "yes", False: "no"}.get(value, value)
            if name in self.fields:
                self.fields[name].initial = shown
