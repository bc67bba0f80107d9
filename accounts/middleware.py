"""Who uses a page."""

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import browser


class BrowserMiddleware(AuthenticationMiddleware):
    """Set `request.user` to whose browser it is, as long as their session with us lasts."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: browser.user_of(request))  # type: ignore[assignment]
