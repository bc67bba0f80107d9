"""docker-compose.yml: closed, limited, and of one mind with the settings and scripts."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.tools import PROJECT, documents, unknown

(COMPOSE,) = documents(PROJECT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"migrate", "web", "live", "worker", "batch", "beat", "flower", "manage"}


def test_only_nginx_can_be_reached_from_outside() -> None:
    assert {name for name, one in SERVICES.items() if one.get("ports")} == {"nginx"}
    assert all(COMPOSE["networks"][name]["internal"] for name in ("edge", "data", "monitoring"))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_read_only_without_rights_and_limited(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] in {"unless-stopped", "no"}
    assert name == "manage" or service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert re.search(r":v?\d|VERSION", service["image"])


def test_every_variable_is_one_that_settings_read() -> None:
    named = {variable for name, one in SERVICES.items() for variable in one.get("environment", {})}

    assert unknown(named) == set()


def test_every_value_that_is_asked_for_is_explained() -> None:
    asked = set(
        re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    )
    example = (PROJECT / "deploy/compose/settings.env.example").read_text(encoding="utf-8")

    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_every_secret_is_made_once_and_stays(tmp_path: Path) -> None:
    make = [str(PROJECT / "deploy/scripts/make-secrets"), str(tmp_path / "secrets")]
    subprocess.run(make, check=True, capture_output=True)
    made = {one.name: one.read_text(encoding="utf-8") for one in (tmp_path / "secrets").iterdir()}

    again = subprocess.run(make, check=True, capture_output=True, text=True)

    assert again.stdout == ""
    assert {
        one.name: one.read_text(encoding="utf-8") for one in (tmp_path / "secrets").iterdir()
    } == made
    assert set(COMPOSE["secrets"]) <= set(made)
    assert made["limits_password"] in made["redis_url"]
    assert f">{made['limits_password']} " in made["limits_acl"]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_service_is_given_the_secrets_whose_files_it_reads() -> None:
    for name, service in SERVICES.items():
        values = " ".join(str(one) for one in service.get("environment", {}).values())
        read = set(re.findall(r"/run/secrets/(\w+)", values + str(service.get("command", ""))))
        given = {
            one if isinstance(one, str) else one["source"] for one in service.get("secrets", [])
        }

        assert read <= given, name
        assert given <= set(COMPOSE["secrets"]), name


def test_every_file_of_ours_that_is_mounted_is_there() -> None:
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }

    assert {"./deploy/nginx", "./templates/503.html"} <= mounted
    assert all((PROJECT / one).exists() for one in mounted)


def test_nginx_finds_the_page_from_where_its_script_lies() -> None:
    nginx = SERVICES["nginx"]
    places = dict(one.rsplit(":", 1)[0].split(":") for one in nginx["volumes"] if one[0] == ".")
    script = f"{places['./deploy/nginx']}/render"

    assert f"sh {script} " in nginx["command"][-1]
    assert places["./templates/503.html"] == script.replace(
        "deploy/nginx/render", "templates/503.html"
    )


def test_nginx_is_told_all_that_its_configuration_wants() -> None:
    told = {
        **SERVICES["nginx"]["environment"],
        "NGINX_SERVER_NAME": "omics.uni.edu",
        "NGINX_INSIDE": "",
    }

    rendered = subprocess.run(
        ["/bin/sh", "deploy/nginx/render"],
        cwd=PROJECT,
        env=told,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "listen 8443 ssl" in rendered
    assert "server web:8000;" in rendered
    assert "server live:9000;" in rendered
    assert not re.search(r"@[a-z_]+@", rendered)


def test_every_volume_network_and_service_that_is_named_exists() -> None:
    for name, service in SERVICES.items():
        volumes = {one.split(":")[0] for one in service.get("volumes", [])}
        assert {one for one in volumes if re.fullmatch(r"[a-z]+", one)} <= set(
            COMPOSE["volumes"]
        ), name
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        assert set(service.get("depends_on", {})) <= set(SERVICES), name


def test_all_of_ours_wait_for_the_migrations() -> None:
    waiting = {
        name
        for name, one in SERVICES.items()
        if one.get("depends_on", {}).get("migrate")
        == {"condition": "service_completed_successfully"}
    }

    assert waiting == OURS - {"migrate"}


def test_only_migrations_are_the_owner_of_the_tables() -> None:
    owners = {
        name for name, one in SERVICES.items() if "database_owner_url" in one.get("secrets", [])
    }

    assert owners == {"migrate"}


def test_prometheus_finds_the_web_server_by_its_name() -> None:
    (prometheus,) = documents(PROJECT / "deploy/prometheus/prometheus.yml")
    (job,) = [one for one in prometheus["scrape_configs"] if one["job_name"] == "omicsoracle"]

    assert job["static_configs"] == [{"targets": ["web:8000"]}]
    assert "web" in SERVICES["web"]["environment"]["ALLOWED_HOSTS"].split(",")
    assert "monitoring" in SERVICES["web"]["networks"]
