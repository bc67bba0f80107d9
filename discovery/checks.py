"""What `manage.py check --deploy` says of discovery."""

from django.conf import settings
from django.core import checks
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def whom_ncbi_can_write_to(**_: object) -> list[checks.CheckMessage]:
    """Say that NCBI is not asked, or is told no address: its rules want one."""
    try:
        validate_email(settings.NCBI_EMAIL)
    except ValidationError:
        return [
            checks.Warning(
                "NCBI_EMAIL is not set, or is no e-mail address.",
                hint=(
                    "NCBI wants to know whom to write to. Without it live search answers 503, and "
                    "the catalogue is not brought up to date at night."
                ),
                id="discovery.W001",
            )
        ]
    return []
