"""docs/metrics.md tells of every metric, and of no other."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.monitoring import page
from tests.monitoring.test_collectors import NOON, certificate

pytestmark = pytest.mark.django_db
BACKUPS = """
# HELP omicsoracle_backup_last_success_timestamp_seconds When a backup, or a look at all of them, last ended well.
# TYPE omicsoracle_backup_last_success_timestamp_seconds gauge
"""


@pytest.fixture(autouse=True)
def _files_are_there(tmp_path: Path, settings: LazySettings) -> None:
    settings.TLS_CERTIFICATE_FILE = str(tmp_path / "site.pem")
    settings.BACKUP_METRICS_FILE = str(tmp_path / "backup.prom")
    Path(settings.TLS_CERTIFICATE_FILE).write_bytes(certificate(until=NOON))
    Path(settings.BACKUP_METRICS_FILE).write_text(BACKUPS)


def test_the_page_is_what_the_registry_says(tmp_path: Path, settings: LazySettings) -> None:
    present = (settings.BASE_DIR / "docs" / "metrics.md").read_text()
    right = page.page(present)
    (tmp_path / "metrics.md").write_text(right)

    assert present == right, (
        f"docs/metrics.md is out of date: copy {tmp_path / 'metrics.md'} over it"
    )


def test_every_metric_is_told_once_and_in_a_sentence() -> None:
    told = [*page.counted(), *page.collected()]

    names = [one.name for one in told]
    assert len(names) == len(set(names))
    assert len(names) >= 30
    assert [one.name for one in told if not one.says.endswith(".")] == []
