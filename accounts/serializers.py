"""Accounts, as JSON."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts import hashers, password_rules
from accounts.models import Role, User
from common.text import PlainText

LONGEST_TYPED = 4 * password_rules.LONGEST  # normalising composes at most four characters into one


class PasswordField(serializers.CharField):
    """A password: normalised, then measured, and long ones refused before anybody hashes them."""

    default_error_messages = {"invalid": "This must be a string."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=password_rules.LONGEST, trim_whitespace=False, write_only=True, **options
        )

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and len(data) <= LONGEST_TYPED:
            data = hashers.normalise(data)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class SignInSerializer(serializers.Serializer[None]):
    email = PlainText(max_length=254)
    password = PasswordField()


class RefreshSerializer(serializers.Serializer[None]):
    refresh = PlainText(max_length=1000)


class SignOutSerializer(serializers.Serializer[None]):
    refresh = PlainText(max_length=1000, required=False)


class UserSerializer(serializers.ModelSerializer[User]):
    """A user, as an answer to signing in."""

    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices), read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "full_name", "tier", "roles"]
        read_only_fields = fields


class MeSerializer(UserSerializer):
    """A user, for themselves."""

    is_admin = serializers.BooleanField(read_only=True)

    class Meta(UserSerializer.Meta):
        fields = [
            *UserSerializer.Meta.fields,
            "is_active",
            "is_admin",
            "email_verified",
            "created_at",
        ]
        read_only_fields = fields


class TokensSerializer(serializers.Serializer[Any]):
    """What a client needs to go on; `expires_in` is the access token's life in seconds."""

    access = serializers.CharField(read_only=True)
    refresh = serializers.CharField(read_only=True)
    token_type = serializers.CharField(read_only=True, default="Bearer")
    expires_in = serializers.SerializerMethodField()

    def get_expires_in(self, signed_in: Any) -> int:
        return int(settings.ACCESS_TOKEN_LIFETIME.total_seconds())


class SignedInSerializer(TokensSerializer):
    user = UserSerializer(read_only=True)
