"""Which OAuth providers are offered, as allauth wants to be told."""

from typing import Any

import environ


def providers(env: environ.Env) -> dict[str, dict[str, Any]]:
    """Return allauth's SOCIALACCOUNT_PROVIDERS: those whose client id and secret are set.

    The addresses may be others' than the providers' own, for GitHub Enterprise and for tests.
    """
    found = {
        name: {
            "APPS": [
                {"client_id": client_id, "secret": env(f"OAUTH_{name.upper()}_CLIENT_SECRET")}
            ],
            "OAUTH_PKCE_ENABLED": True,
        }
        for name in ("github", "google")
        if (client_id := env(f"OAUTH_{name.upper()}_CLIENT_ID", default=""))
    }
    if "github" in found and (url := env("OAUTH_GITHUB_URL", default="")):
        found["github"]["GITHUB_URL"] = url
    if "google" in found and (url := env("OAUTH_GOOGLE_URL", default="").rstrip("/")):
        found["google"] |= {
            "AUTHORIZE_URL": f"{url}/o/oauth2/v2/auth",
            "ACCESS_TOKEN_URL": f"{url}/token",
            "CERTS_URL": f"{url}/oauth2/v1/certs",
            "IDENTITY_URL": f"{url}/oauth2/v2/userinfo",
            "ID_TOKEN_ISSUER": url,
        }
    return found
