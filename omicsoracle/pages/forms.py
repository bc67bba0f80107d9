"""The forms of pages. What they ask for is judged by the API: what it says stands beside the fields."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from django import forms

from omicsoracle.pages.asking import Refused


class ApiForm(forms.Form):
    """A form that the API is sent."""

    use_required_attribute = False

    def explain(self, refused: Refused) -> None:
        """Show what the API has against it: beside the fields that it names, or above all."""
        errors: Mapping[str, Iterable[str]] = refused.problem.get("errors") or {}
        for path, sayings in errors.items():
            field, before = self.place_of(path)
            for one in sayings:
                self.add_error(field, before + one)
        if not errors:
            self.add_error(None, str(refused))

    def place_of(self, path: str) -> tuple[str | None, str]:
        """Return beside which field the API's complaint about one stands, and what stands before it."""
        name = path.rsplit(".", 1)[-1]
        is_shown = name in self.fields and not self.fields[name].widget.is_hidden
        return (name, "") if is_shown else (None, f"{path}: ")

    def given(self, *names: str) -> dict[str, Any]:
        """Return what was filled in of these fields."""
        values = {name: self.cleaned_data[name] for name in names}
        return {name: value for name, value in values.items() if value not in {None, "", False}}


def text(label: str, *, required: bool = False, help_text: str = "", **attrs: Any) -> Any:
    """Return a field for a line of text; lengths and ranges are the API's to judge."""
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, required=required, help_text=help_text, widget=widget)


def choice(
    label: str, options: Iterable[tuple[str, str]], *, help_text: str = ""
) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(options), help_text=help_text)


class SentOnce(ApiForm):
    """A form that counts once, however often it is sent."""

    once = forms.CharField(
        widget=forms.HiddenInput, initial=lambda: uuid4().hex, max_length=64, required=False
    )

    def body(self) -> dict[str, Any]:
        """Return what the API is sent."""
        raise NotImplementedError

    def renew(self) -> None:
        """Let the form be sent once more."""
        data: Any = self.data  # a QueryDict, which has lists
        self.data = {**data.dict(), "once": uuid4().hex}
