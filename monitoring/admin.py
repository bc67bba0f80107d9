"""Running the service, for staff: flags, breakers, levels of the log, profiles, slow statements."""

from collections.abc import Callable
from typing import Any

import redis
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from waffle.models import Switch

from common.audit_trail import note
from common.errors import OracleError
from common.staff_pages import ReadOnlyPage
from monitoring import breakers, flags, levels, profiling, statements

MAY_OPERATE = "waffle.change_switch"
PAGE = "admin:waffle_switch_changelist"
MINUTE = 60


@admin.register(Switch)
class OperatingAdmin(ReadOnlyPage):
    """Flags that were switched, below all that can be done while everything runs."""

    list_display = ["name", "active", "note", "modified"]
    ordering = ["name"]
    list_before_template = "monitoring/operating.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("act/", view(self.act), name="monitoring_act"),
            path("profile/", view(self.profile), name="monitoring_profile"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        states = flags.all_flags()
        ours = {
            "flags": [(name, says, states[name]) for name, says in flags.FLAGS.items()],
            "breakers": breakers.looks(),
            "levels": _levels(),
            "level_names": levels.NAMES,
            "slowest": statements.slowest(),
            "may_act": request.user.has_perm(MAY_OPERATE),
        }
        return super().changelist_view(request, {**(extra_context or {}), **ours})

    @method_decorator(require_POST)
    def act(self, request: HttpRequest) -> HttpResponse:
        """Do what one of the buttons says, and tell what came of it."""
        _require_operator(request)
        act = ACTS.get(request.POST.get("act", ""))
        try:
            if act is None:
                messages.error(request, "There is no such action.")
            else:
                messages.success(request, act(request))
        except (KeyError, ValueError):
            messages.error(request, "That is none of those on this page.")
        except OracleError as error:
            messages.error(request, error.detail)
        except redis.RedisError:
            messages.error(request, "Valkey does not answer: nothing was changed.")
        return HttpResponseRedirect(reverse(PAGE))

    @method_decorator(require_POST)
    def profile(self, request: HttpRequest) -> HttpResponse:
        """Show where the time of a request goes."""
        _require_operator(request)
        asked = request.POST.get("path", "").strip(), request.POST.get("body", "").strip()
        try:
            made = profiling.profile(path=asked[0], body=asked[1], cookies=request.COOKIES)
        except OracleError as error:
            messages.error(request, error.detail)
            return HttpResponseRedirect(reverse(PAGE))
        note("process.profiled", actor=request.user, what={"path": asked[0][:200]})
        ours = {"title": "Profile", "profile": made, "path": asked[0]}
        context = {**self.admin_site.each_context(request), **ours}
        return TemplateResponse(request, "monitoring/profile.html", context)


def _require_operator(request: HttpRequest) -> None:
    if not request.user.has_perm(MAY_OPERATE):
        raise PermissionDenied


def _levels() -> list[levels.Change]:
    try:
        return levels.changes()
    except redis.RedisError:
        return []


def _flag(request: HttpRequest) -> str:
    name, on = request.POST["name"], request.POST["on"] == "yes"
    flags.switch(name, on=on, actor=request.user)
    return f"{name} is {'on' if on else 'off'}, in all processes within seconds."


def _open(request: HttpRequest) -> str:
    name, minutes = request.POST["name"], float(request.POST["minutes"])
    breakers.hold_open(name, seconds=minutes * MINUTE, actor=request.user)
    return f"{name} is not called for {minutes:g} minutes; then a trial decides."


def _close(request: HttpRequest) -> str:
    name = request.POST["name"]
    breakers.close(name, actor=request.user)
    return f"{name} is called again."


def _level(request: HttpRequest) -> str:
    logger, level = request.POST["logger"].strip(), request.POST["level"]
    seconds = float(request.POST["minutes"]) * MINUTE
    levels.change(logger=logger, level=level, seconds=seconds)
    note("log_level.changed", actor=request.user, what={"logger": logger, "level": level})
    return f"{logger} writes from {level} on, in all processes within seconds."


def _end_level(request: HttpRequest) -> str:
    logger = request.POST["logger"]
    levels.end(logger=logger)
    note("log_level.ended", actor=request.user, what={"logger": logger})
    return f"{logger} writes as before."


ACTS: dict[str, Callable[[HttpRequest], str]] = {
    "flag": _flag,
    "open": _open,
    "close": _close,
    "level": _level,
    "end-level": _end_level,
}
