"""What each tier gives, and what the reader has."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from omicsoracle.pages.asking import ask
from quotas.services import tiers


@never_cache
@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """Tell anybody the tiers: of the API, which knows no strangers, only the reader's own is asked."""
    own = ask(request, "GET", "users/quota").data if request.user.is_authenticated else None
    return render(request, "pages/plans.html", {"tiers": tiers.on_offer(), "own": own})
