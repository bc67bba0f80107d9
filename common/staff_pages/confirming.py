"""Actions that are shown with what they would change, and done once somebody says so."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from common.errors import OracleError

MOST_AT_ONCE = 500  # rows; Django takes a form of a thousand fields
LONGEST_REASON = 500

Act = Callable[..., HttpResponse | None]


class TooManyChosen(OracleError):
    """One click must not change a million rows."""

    detail = f"At most {MOST_AT_ONCE} rows can be changed at once. Choose fewer of them."


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
        help_text="Stands in the audit log. Name no person in it.",
    )


class SureForm(forms.Form):
    """Nothing but yes or no."""


def asks_first(*, reason: bool = False) -> Callable[[Act], Act]:
    """Have an action ask before it acts; with `reason` it is called with one, too."""
    form_of = ReasonForm if reason else SureForm

    def asking_first(act: Act) -> Act:
        @wraps(act)
        def asking(page: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
            if chosen.order_by()[: MOST_AT_ONCE + 1].count() > MOST_AT_ONCE:
                raise TooManyChosen
            form = form_of(request.POST if request.POST.get("post") == "yes" else None)
            if form.is_valid():
                return act(page, request, chosen, **form.cleaned_data)
            return _question(page, request, chosen, form)

        asking.asks_first = True  # type: ignore[attr-defined]
        return asking

    return asking_first


def _question(
    page: Any, request: HttpRequest, chosen: QuerySet[Any], form: forms.Form
) -> HttpResponse:
    action = request.POST["action"]
    context = {
        **page.admin_site.each_context(request),
        "title": page.get_actions(request)[action][2],
        "opts": page.opts,
        "chosen": chosen,
        "form": form,
        "action": action,
        "checkbox": ACTION_CHECKBOX_NAME,
        "media": page.media,
    }
    return TemplateResponse(request, "staff/confirm.html", context)
