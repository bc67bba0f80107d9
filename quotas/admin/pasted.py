"""Overrides of many users, pasted as a table out of a spreadsheet or a CSV file."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.models import User
from quotas.admin.forms import NUMBERS, LimitsForm
from quotas.services import overrides

COLUMNS = ("email", *NUMBERS, "ai", "expires_at", "reason")
MOST, LONGEST = 500, 100_000  # lines, and characters
LONGEST_REASON = 500


class TableForm(forms.Form):
    table = forms.CharField(max_length=LONGEST, widget=UnfoldAdminTextareaWidget)

    def clean_table(self) -> str:
        text: str = self.cleaned_data["table"]
        named = rows_of(text).fieldnames or []
        if unknown := sorted({str(name) for name in named} - set(COLUMNS)):
            raise forms.ValidationError(f"No such column: {', '.join(unknown)[:100]}.")
        if not {"email", "reason"} <= set(named):
            raise forms.ValidationError("The first line names the columns: email and reason, too.")
        return text


class RowForm(LimitsForm):
    email = forms.CharField(max_length=254)
    expires_at = forms.DateTimeField(required=False)
    reason = forms.CharField(max_length=LONGEST_REASON)


@dataclass(slots=True)
class Line:
    """What a line asks for, and what is wrong with it."""

    number: int
    email: str
    given: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    user: User | None = None


def rows_of(text: str) -> "csv.DictReader[str]":
    """Return the rows of a table, whether commas or tabs part its cells."""
    lines = io.StringIO("\n".join(text.splitlines()))
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    return csv.DictReader(lines, delimiter=delimiter, restkey="more", restval="")


def read(text: str, *, at: datetime) -> list[Line]:
    """Read a table whose first line was found good."""
    try:
        rows = list(rows_of(text))
    except csv.Error as error:
        return [Line(1, "", wrong=[f"This is no table: {error}."])]
    if not rows or len(rows) > MOST:
        return [Line(1, "", wrong=[f"There are {len(rows)} lines: from 1 to {MOST} are taken."])]
    lines = [_line(number, row, at) for number, row in enumerate(rows, 2)]
    _find_users(lines)
    return lines


@transaction.atomic
def set_all(lines: Iterable[Line], *, actor: User, at: datetime) -> None:
    """Set what was read without fault."""
    for line in lines:
        if line.user is not None:
            overrides.set_override(user_id=line.user.pk, **line.given, actor=actor, at=at)


def _line(number: int, row: dict[str, Any], at: datetime) -> Line:
    form = RowForm(row)
    line = Line(number, User.objects.normalize_email(row["email"]))
    if "more" in row:
        line.wrong.append(f"Line {number} has more cells than there are columns.")
    if not form.is_valid():
        said = " ".join(f"{name}: {' '.join(map(str, why))}" for name, why in form.errors.items())
        line.wrong.append(f"Line {number}: {said}")
        return line
    line.given = {name: form.cleaned_data[name] for name in ("values", "reason", "expires_at")}
    if line.given["expires_at"] and line.given["expires_at"] <= at:
        line.wrong.append(f"Line {number}: expires_at is over. Choose a moment that is to come.")
    return line


def _find_users(lines: Sequence[Line]) -> None:
    found = {one.email: one for one in User.objects.filter(email__in={x.email for x in lines})}
    seen: set[str] = set()
    for line in lines:
        line.user = found.get(line.email)
        if line.user is None:
            line.wrong.append(f"Line {line.number}: nobody has this address.")
        if line.email in seen:
            line.wrong.append(f"Line {line.number}: this address stands in a line above, too.")
        seen.add(line.email)
