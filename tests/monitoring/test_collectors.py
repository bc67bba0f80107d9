"""What collectors find out when they are asked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import LazySettings
from django.db import connection
from prometheus_client.core import Metric

from accounts.models import Tier
from monitoring.collectors import machine
from monitoring.collectors.files import FileCollector
from monitoring.exposition import Collected
from quotas import limiter
from tests.factories import UserFactory

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def told(settings: LazySettings, collector: str) -> dict[tuple[str, ...], float]:
    settings.METRICS_COLLECTORS = [collector]
    return {
        (one.name, *one.labels.values()): one.value
        for family in Collected().collect()
        for one in family.samples
    }


def samples(families: list[Metric]) -> dict[str, float]:
    return {one.name: one.value for family in families for one in family.samples}


def certificate(*, until: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "omicsoracle.example")])
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(until - timedelta(days=90))
        .not_valid_after(until)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_the_certificates_end_is_told(tmp_path: Path, settings: LazySettings) -> None:
    file = tmp_path / "site.pem"
    file.write_bytes(certificate(until=NOON))
    settings.TLS_CERTIFICATE_FILE = str(file)

    found = samples(list(FileCollector().collect()))

    assert found == {"omicsoracle_certificate_expires_timestamp_seconds": NOON.timestamp()}


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_certificate_that_cannot_be_read_is_said_to_be_missing(
    tmp_path: Path, settings: LazySettings, content: bytes | None
) -> None:
    file = tmp_path / "site.pem"
    if content:
        file.write_bytes(content)
    settings.TLS_CERTIFICATE_FILE = str(file)

    found = told(settings, "monitoring.collectors.files.FileCollector")

    assert found["omicsoracle_collector_up", "file"] == 0


def test_of_the_backups_file_only_backups_are_told(tmp_path: Path, settings: LazySettings) -> None:
    file = tmp_path / "backup.prom"
    file.write_text(
        "# TYPE omicsoracle_backup_last_success_timestamp_seconds gauge\n"
        'omicsoracle_backup_last_success_timestamp_seconds{kind="full"} 17\n'
        "omicsoracle_users 5\n"
    )
    settings.BACKUP_METRICS_FILE = str(file)

    found = samples(list(FileCollector().collect()))

    assert found == {"omicsoracle_backup_last_success_timestamp_seconds": 17}


def test_a_containers_memory_counts_if_it_is_limited(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("900000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 200000\n")

    assert machine.memory(tmp_path) == (700_000, 1_000_000)


def test_without_a_limit_the_machines_memory_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("900000\n")
    (tmp_path / "memory.stat").write_text("")

    used, limit = machine.memory(tmp_path)

    assert 900_000 < used < limit


@pytest.mark.django_db
def test_postgresql_tells_its_connections_and_how_many_it_lets_in(settings: LazySettings) -> None:
    found = told(settings, "monitoring.collectors.database.DatabaseCollector")

    assert found["omicsoracle_database_connections", "active"] >= 1
    assert found["omicsoracle_database_connections_max",] > 10
    assert found["omicsoracle_database_size_bytes",] > 1_000_000


def test_a_valkey_that_is_away_is_down_and_the_other_is_not(settings: LazySettings) -> None:
    settings.CACHE_URL = "unix:///nowhere.sock"

    found = told(settings, "monitoring.collectors.valkey.ValkeyCollector")

    assert found["omicsoracle_valkey_up", "broker"] == 1
    assert found["omicsoracle_valkey_up", "cache"] == 0
    assert found["omicsoracle_valkey_connections", "broker"] >= 1
    assert ("omicsoracle_valkey_connections", "cache") not in found


def test_this_process_is_among_those_that_count(settings: LazySettings) -> None:
    found = told(settings, "monitoring.collectors.processes.ProcessCollector")

    resident = [value for name, value in found.items() if name[0].endswith("resident_bytes")]
    assert min(resident) > 10_000_000


def test_usage_that_nobody_stores_grows_old(settings: LazySettings, valkey) -> None:
    collector = "quotas.metrics.UsageCollector"
    assert told(settings, collector)["omicsoracle_usage_lag_seconds",] == 0
    valkey.xadd(limiter.STREAM, {"e": b"x"}, id="1000-1")

    found = told(settings, collector)

    assert found["omicsoracle_usage_events_waiting",] == 1
    assert found["omicsoracle_usage_lag_seconds",] > 1_000_000


@pytest.mark.django_db
def test_accounts_are_told_by_tier(settings: LazySettings) -> None:
    UserFactory.create_batch(2, tier=Tier.PRO)
    UserFactory.create(tier=Tier.PRO, is_active=False)

    found = told(settings, "accounts.metrics.AccountCollector")

    assert found["omicsoracle_users", "pro", "true"] == 2
    assert found["omicsoracle_users", "pro", "false"] == 1
    assert found["omicsoracle_users", "free", "true"] == 0


def test_settings_may_say_how_much_memory_the_platform_may_have(settings: LazySettings) -> None:
    settings.METRICS_MEMORY_BYTES = 10**12

    used, limit = machine.memory()

    assert limit == 10**12
    assert 10_000_000 < used < 10**11


@pytest.mark.django_db
def test_connections_of_others_are_counted_though_their_state_is_hidden(
    settings: LazySettings,
) -> None:
    collector = "monitoring.collectors.database.DatabaseCollector"
    before = told(settings, collector)
    with connection.cursor() as cursor:
        cursor.execute("set local role omicsoracle_app")

    found = told(settings, collector)

    def total(said: dict[tuple[str, ...], float]) -> float:
        return sum(number for name, number in said.items() if name[0].endswith("_connections"))

    assert total(found) == total(before)
    assert found["omicsoracle_database_connections", "other"] >= 1
