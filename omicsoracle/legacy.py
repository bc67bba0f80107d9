"""The calls of version 2.0, which needed no credential: off unless switched on, and then counted by address.

They are those of today, made by an account that nobody can sign in to. `docs/migration.md` tells clients what to do.
"""

from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.models import User
from common.errors import OracleError
from common.problems import problem_response
from monitoring import flags
from quotas.models import Override

# What version 2.0 had. Lists of jobs are not among them: strangers would read each other's.
ROUTES = (
    *("api/v2/agents", "api/v2/agents/query", "api/v2/agents/search", "api/v2/agents/validate"),
    *("api/v2/agents/summarize", "api/v2/agents/report"),
    *("api/v2/workflows/execute", "api/v2/workflows/<uuid:workflow_id>"),
    *("api/v2/batch/jobs", "api/v2/batch/jobs/<uuid:job_id>"),
    *("api/v2/batch/jobs/<uuid:job_id>/status", "api/v2/batch/jobs/<uuid:job_id>/results"),
)
LISTS = frozenset({("GET", "api/v2/batch/jobs"), ("HEAD", "api/v2/batch/jobs")})
EMAIL = "legacy@omicsoracle.invalid"
REASON = "Whoever calls without a credential is counted by address."
NOTICE = timedelta(days=30)
STARTED = timezone.now()


class Gone(OracleError):
    """Version 2.0 is not answered here any more."""

    status = 410
    code = "gone"


@csrf_exempt
def answer(request: HttpRequest, place: str) -> HttpResponse:
    """Answer what version 2.0 was asked, as version 2.1 does, and say that it ends."""
    successor = f"/api/v2/{place}"
    try:
        match = resolve(successor)
    except Resolver404:
        raise Http404 from None
    if match.route not in ROUTES:
        raise Http404
    if not is_on():
        return problem_response(
            Gone(f"Version 2.0 is not answered here any more: call {successor} with a key.")
        )
    if (request.method, match.route) in LISTS:
        return problem_response(
            Gone(f"Without a credential nobody has a list of jobs: call {successor} with a key.")
        )
    _become_nobody(request)
    request.resolver_match = match
    response = match.func(request, *match.args, **match.kwargs)
    if isinstance(response, SimpleTemplateResponse):  # a view's of the API: not rendered yet
        response.add_post_render_callback(_lead_back)
    elif not response.streaming:
        _lead_back(response)
    return _announced(response, successor)


def is_on() -> bool:
    """Say whether the configuration has it, and nobody has switched it off meanwhile."""
    return settings.LEGACY_ANONYMOUS_ACCESS and flags.is_on(flags.LEGACY_ACCESS)


def nobody() -> User:
    """Return the account of all who call without a credential."""
    found = User.objects.filter(email=EMAIL).first()
    return found or _made()


def _made() -> User:
    with transaction.atomic():
        user, is_new = User.objects.get_or_create(
            email=EMAIL, defaults={"full_name": "Version 2.0", "password": "!"}
        )
        if is_new:
            unlimited = {"hour": None, "day": None}
            Override.objects.create(user=user, values=unlimited, reason=REASON)
    return user


def _become_nobody(request: Any) -> None:
    """Have the views see the account of all: what else the request says of its sender counts for nothing.

    Nor does an idempotency key: somebody else may have used the same one.
    """
    for name in ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "HTTP_IDEMPOTENCY_KEY"):
        request.META.pop(name, None)
    request.__dict__.pop("headers", None)  # which were read from there before
    request.user = nobody()
    request.sign_in = None
    request._dont_enforce_csrf_checks = True  # there is no browser's session to be abused  # noqa: SLF001


def _lead_back(response: HttpResponse) -> None:
    """Have links to a job lead to where it may be asked for without a credential."""
    if "Location" in response:
        response["Location"] = response["Location"].replace("/api/v2/", "/api/v1/", 1)
    for job in (b"/api/v2/batch/jobs/", b"/api/v2/workflows/"):
        response.content = response.content.replace(job, job.replace(b"v2", b"v1"))


def _announced(response: HttpResponse, successor: str) -> HttpResponse:
    ends = settings.LEGACY_SUNSET or STARTED + NOTICE
    response["Deprecation"] = f"@{int(ends.timestamp() - NOTICE.total_seconds())}"
    response["Sunset"] = format_datetime(ends.astimezone(UTC), usegmt=True)
    response["Link"] = f'<{successor}>; rel="successor-version"'
    return response
