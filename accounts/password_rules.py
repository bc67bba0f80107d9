"""What a new password must be like, besides what Django's own validators say."""

from django.core.exceptions import ValidationError

from accounts.hashers import normalise

SHORTEST = 12
LONGEST = 128


class Length:
    """Measured as it is hashed: normalised. Named in `AUTH_PASSWORD_VALIDATORS`."""

    def validate(self, password: str, user: object = None) -> None:
        length = len(normalise(password))
        if length < SHORTEST:
            raise ValidationError(f"A password has at least {SHORTEST} characters.", "too_short")
        if length > LONGEST:
            raise ValidationError(f"A password has at most {LONGEST} characters.", "too_long")

    def get_help_text(self) -> str:
        return f"Your password has {SHORTEST} to {LONGEST} characters."
