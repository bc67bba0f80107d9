"""Who sends a request, and whether they may send another."""

from rest_framework.request import Request

from accounts.authentication import OneCredential
from accounts.models import ApiKey, Session, User
from common.errors import OracleError
from quotas.services import requests


class CountedCredential(OneCredential):
    """Count each request as soon as it is known whose it is; what fails counts for its address."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey | Session] | None:
        page = request._request  # noqa: SLF001 - what the middleware sees is Django's own request
        if not requests.is_counted(page):
            return super().authenticate(request)
        try:
            found = super().authenticate(request)
        except OracleError:
            requests.admit_stranger()
            raise
        if found is None:
            requests.admit_stranger()
            return None
        requests.admit(page, user=found[0], credential=found[1])
        return found
