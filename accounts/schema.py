"""How the OpenAPI schema describes our credentials."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "browserSession": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
}


class OneCredentialScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Any one of three."""

    target_class = "accounts.authentication.OneCredential"
    match_subclasses = True  # whatever else they do besides, they read the same credentials
    name = list(SCHEMES)

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in SCHEMES]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        return list(SCHEMES.values())
