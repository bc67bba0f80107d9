"""When the last backup ended well, as far as this machine knows."""

from datetime import UTC, datetime

from monitoring.collectors.files import FileCollector

MADE = "omicsoracle_backup_last_success_timestamp_seconds"
LOOKED_AT = "verify"  # the kind that makes none


def last_made_at() -> datetime | None:
    """Return when it was; None if nobody has said where that stands, or there is none.

    :raises OSError: if it cannot be read
    """
    moments = [
        sample.value
        for family in FileCollector().collect()
        if family.name == MADE
        for sample in family.samples
        if sample.labels.get("kind") != LOOKED_AT
    ]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None
