"""What only files tell: until when the certificate is good, and when the last backup was made."""

from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from django.conf import settings
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

OURS = "omicsoracle_backup_"


class FileCollector(Collector):
    """What settings name a file for. One that is named and not there, or is something else, fails.

    :raises OSError: then
    """

    def collect(self) -> Iterator[Metric]:
        if settings.TLS_CERTIFICATE_FILE:
            yield GaugeMetricFamily(
                "omicsoracle_certificate_expires_timestamp_seconds",
                "Until when the site's certificate is good.",
                value=good_until(Path(settings.TLS_CERTIFICATE_FILE)),
            )
        if settings.BACKUP_METRICS_FILE:
            yield from of_backups(Path(settings.BACKUP_METRICS_FILE))


def good_until(file: Path) -> float:
    """Return until when a certificate is good.

    :raises OSError: if there is none
    """
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError as error:
        raise OSError(f"{file.name} is no certificate") from error
    return certificate.not_valid_after_utc.timestamp()


def of_backups(file: Path) -> list[Metric]:
    """Return when which kind of backup last succeeded.

    :raises OSError: if the file is away, or something else
    """
    try:
        told = list(text_string_to_metric_families(file.read_text()))
    except ValueError as error:
        raise OSError(f"{file.name} holds no metrics") from error
    return [one for one in told if one.name.startswith(OURS)]
