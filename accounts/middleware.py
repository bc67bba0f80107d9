"""Who uses a page."""

from functools import partial
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import browser
from accounts.models import User


class BrowserMiddleware(AuthenticationMiddleware):
    """Set `request.user` to whose browser it is, as long as their session with us lasts."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        page = getattr(request, "page", None)  # that makes this call, in this process
        known = partial(browser.user_of, request) if page is None else partial(_of, page, request)
        request.user = SimpleLazyObject(known)  # type: ignore[assignment]


def _of(page: Any, request: Any) -> User | AnonymousUser:
    """Return whose browser asked for a page, without asking for it again."""
    user: User | AnonymousUser = page.user if page.user.is_authenticated else AnonymousUser()
    request.sign_in = page.sign_in
    return user
