"""The staff's site: its sign-in follows the same rules as every other."""

from typing import Any, cast

from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from accounts import page_limits
from accounts.forms import StaffSignInForm

# Alpine, with which unfold's pages work, makes functions of the attributes that it reads, and sets
# styles as attributes. No script and no style stands in a page itself: docs/decisions/0032.
with_alpine = csp_replace(
    {
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src-attr": ["'unsafe-inline'"],
        "connect-src": ["'self'"],
    }
)


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    """Unfold's, with our sign-in."""

    site_header = site_title = "OmicsOracle"
    index_template = "staff/dashboard.html"
    login_form = StaffSignInForm

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 (Django's)
        return with_alpine(super().admin_view(view, cacheable))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out what would be written into pages as a style: `staff/site.css` has it."""
        context: dict[str, Any] = super().each_context(request)
        return {**context, "colors": None}

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show what is found at once, and keep none of it: it names people."""
        found = import_string(settings.STAFF_SEARCH)(request, request.GET.get("s", ""))
        page = Paginator(found, max(1, len(found))).page(1)
        context = {"page_obj": page.paginator, "results": page, "page_counter": 0}
        return TemplateResponse(
            request,
            "unfold/helpers/command_results.html",
            context,
            headers={"HX-Trigger": "search"},
        )

    @method_decorator([never_cache, with_alpine])
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form; a sign-in that is throttled has the status and the wait of the API."""
        too_many = page_limits.refusal(request)
        if too_many is not None:
            return page_limits.refused_page(request, too_many)
        page = cast("HttpResponse", super().login(request, extra_context))
        form = (page.context_data or {}).get("form") if isinstance(page, TemplateResponse) else None
        if form is not None and form.refusal is not None:
            page.status_code = form.refusal.status
            for name, value in form.refusal.headers.items():
                page[name] = value
        return page

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to our own page: Django's ends no other session and is not in the audit log."""
        return redirect("account")
