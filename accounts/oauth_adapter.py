"""How allauth's providers end in our accounts."""

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class OAuthAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """To be written."""
