"""What operators see of NCBI: figures and warnings."""

from typing import Any

import pytest
import redis
from django.core import checks
from rest_framework.test import APIClient

from common.errors import ServiceUnavailable
from discovery import ncbi
from discovery.checks import whom_ncbi_can_write_to
from discovery.geo.asking import GeoRefused
from monitoring.exposition import exposition
from tests.fakes.ncbi import Ncbi

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture(autouse=True)
def _one_quick_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("discovery.geo.asking.TRIES", 1)


def figures() -> dict[str, float]:
    lines = [
        line for line in exposition().decode().splitlines() if "ncbi" in line or "_breaker" in line
    ]
    told = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in told}


def calls(outcome: str, service: str = "eutils") -> float:
    name = f'omicsoracle_ncbi_calls_total{{outcome="{outcome}",service="{service}"}}'
    other = f'omicsoracle_ncbi_calls_total{{service="{service}",outcome="{outcome}"}}'
    told = figures()
    return told.get(name, told.get(other, 0))


def state(service: str = "ncbi-eutils") -> str:
    told = figures()
    return next(
        one
        for one in ("closed", "open", "half-open")
        if told[f'omicsoracle_breaker{{service="{service}",state="{one}"}}']
    )


def search() -> None:
    ncbi.entrez().search(db="gds", term="liver[ALL]")


def test_calls_are_counted_by_what_came_of_them(fake: Ncbi) -> None:
    search()
    search()
    fake.bad_days = ["503", "404"]
    with pytest.raises(ServiceUnavailable):
        search()
    with pytest.raises(GeoRefused):
        search()
    ncbi.pages().series("GSE201")

    assert [calls(one) for one in ("answered", "failed", "refused")] == [2, 1, 1]
    assert calls("answered", "geo") == 2


def test_the_breakers_state_is_told(fake: Ncbi, valkey: redis.Redis) -> None:
    assert state() == "closed"
    fake.always = "503"
    for _ in range(6):
        with pytest.raises(ServiceUnavailable):
            search()

    assert (state(), state("ncbi-geo")) == ("open", "closed")
    assert calls("left in peace") == 1
    valkey.set("breaker:{ncbi-eutils}:open", 1)
    assert state() == "half-open"


def test_without_valkey_the_other_figures_are_told(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock"

    assert state() == "closed"
    ncbi.count("eutils", "answered")  # which costs nobody an answer


def test_figures_are_at_metrics(fake: Ncbi) -> None:
    search()

    assert "omicsoracle_ncbi_calls_total" in APIClient().get("/metrics").text


@pytest.mark.parametrize("address", ["", "nobody", "a@b"])
def test_a_missing_address_is_a_warning_before_deployment(address: str, settings: Any) -> None:
    settings.NCBI_EMAIL = address

    (warning,) = whom_ncbi_can_write_to()

    assert (warning.id, warning.level) == ("discovery.W001", checks.WARNING)


def test_with_an_address_there_is_no_warning(settings: Any) -> None:
    settings.NCBI_EMAIL = "team@example.org"

    assert whom_ncbi_can_write_to() == []


def test_the_check_is_one_of_those_before_deployment() -> None:
    found = checks.registry.registry.get_checks(include_deployment_checks=True)

    assert whom_ncbi_can_write_to in found
    assert whom_ncbi_can_write_to not in checks.registry.registry.get_checks()
