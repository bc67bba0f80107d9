"""Accounts, as JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.validators import validate_email
from django.utils import timezone
from rest_framework import serializers

from accounts import hashers, password_rules
from accounts.models import ApiKey, Role, Scope, Session, Tier, User
from accounts.services.api_keys import LONGEST_GRACE
from common.text import PlainText

LONGEST_EMAIL = 254
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


class StrictBoolean(serializers.BooleanField):
    """True or false: "yes", 1 and null are neither."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class SignInSerializer(serializers.Serializer[None]):
    email = PlainText(max_length=LONGEST_EMAIL)
    password = PasswordField()


class EmailField(PlainText):
    """An address to which mail can be sent, as it is stored."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_EMAIL, validators=[validate_email], **options)

    def to_internal_value(self, data: Any) -> str:
        return User.objects.normalize_email(super().to_internal_value(data))


class RegistrationSerializer(serializers.Serializer[None]):
    email = EmailField()
    password = PasswordField()
    full_name = PlainText(max_length=255, required=False, allow_blank=True, default="")


class RegisteredSerializer(serializers.Serializer[Any]):
    """A new account, as it is told to whoever asked for it."""

    id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(read_only=True)
    full_name = serializers.CharField(read_only=True)
    tier = serializers.ChoiceField(Tier.choices, read_only=True)
    email_verified = serializers.BooleanField(read_only=True)


class VerificationSerializer(serializers.Serializer[None]):
    key = PlainText(max_length=1000)


class AddressSerializer(serializers.Serializer[None]):
    email = EmailField()


class ResendSerializer(serializers.Serializer[None]):
    """Nothing for who is signed in; the address for who cannot sign in before it is verified."""

    email = EmailField(required=False)


class ResetSerializer(serializers.Serializer[None]):
    uid = PlainText(max_length=100)
    token = PlainText(max_length=200)
    new_password = PasswordField()


class PasswordChangeSerializer(serializers.Serializer[None]):
    current_password = PasswordField()
    new_password = PasswordField()


class DeletionSerializer(serializers.Serializer[None]):
    password = PasswordField()


class ProfileSerializer(serializers.Serializer[None]):
    """What people may change about themselves."""

    full_name = PlainText(max_length=255, required=False, allow_blank=True)


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


class SessionSerializer(serializers.ModelSerializer[Session]):
    """A sign-in, for its owner."""

    current = serializers.SerializerMethodField()

    class Meta:
        model = Session
        fields = ["id", "created_at", "last_used_at", "ip", "user_agent", "current"]
        read_only_fields = fields

    def get_current(self, session: Session) -> bool:
        """Say whether it is the one that asks."""
        return bool(self.context["request"].auth == session)


class NewKeySerializer(serializers.Serializer[None]):
    name = PlainText(max_length=255)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), required=False, min_length=1, max_length=10
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_scopes(self, scopes: list[str]) -> list[str]:
        return [one for one in Scope.values if one in scopes]

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= timezone.now():
            raise serializers.ValidationError("Choose a moment that is yet to come.")
        return moment


class RotationSerializer(serializers.Serializer[None]):
    grace_seconds = serializers.IntegerField(
        min_value=0, max_value=int(LONGEST_GRACE.total_seconds()), default=0
    )


class ApiKeySerializer(serializers.ModelSerializer[ApiKey]):
    """A key without its secret."""

    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices), read_only=True)

    class Meta:
        model = ApiKey
        fields = ["id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at"]
        fields += ["revoked_at"]
        read_only_fields = fields


class MadeKeySerializer(ApiKeySerializer):
    """A key that was just made: `key` is shown this once."""

    key = serializers.CharField(read_only=True)

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "key"]
        read_only_fields = fields


class StaffUserSerializer(MeSerializer):
    """A user, for staff; the context has `usage_today` of all users that are shown."""

    usage_today = serializers.SerializerMethodField()

    class Meta(MeSerializer.Meta):
        fields = [*MeSerializer.Meta.fields, "updated_at", "last_login", "usage_today"]
        read_only_fields = fields

    def get_usage_today(self, user: User) -> int:
        counts: Mapping[UUID, int] = self.context["usage_today"]
        return counts.get(user.pk, 0)


class UserChangeSerializer(serializers.Serializer[None]):
    """What staff may change about somebody."""

    tier = serializers.ChoiceField(Tier.choices, required=False)
    is_active = StrictBoolean(required=False)
    roles = serializers.ListField(
        child=serializers.ChoiceField(Role.choices), required=False, max_length=10
    )


class UserFilterSerializer(serializers.Serializer[None]):
    """What the list of users is narrowed by, from the query string."""

    q = PlainText(max_length=255, required=False, allow_blank=True)
    tier = serializers.ChoiceField(Tier.choices, required=False)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)
