"""deploy/kubernetes: what kustomize builds is valid, closed, and of one mind with itself and the settings."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from tests.deploy.tools import PROJECT, documents, program, said, unknown

FOLDER = PROJECT / "deploy" / "kubernetes"
OVERLAYS = ["dev", "staging", "production"]
VERSION = "1.37"  # of Kubernetes, whose schemas are taken
each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@cache
def built(folder: str) -> tuple[dict[str, Any], ...]:
    status, text = said(program("kubectl"), "kustomize", str(FOLDER / folder))
    assert status == 0, text
    return tuple(yaml.safe_load_all(text))


def objects(overlay: str, *kinds: str) -> list[dict[str, Any]]:
    every = built(f"overlays/{overlay}") + built("migrate")
    return [one for one in every if not kinds or one["kind"] in kinds]


def templates(overlay: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in objects(overlay, "Deployment", "Job"):
        yield one["metadata"]["name"], one["spec"]["template"]
    for one in objects(overlay, "CronJob"):
        yield one["metadata"]["name"], one["spec"]["jobTemplate"]["spec"]["template"]


def matching(overlay: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    return [
        one for _, one in templates(overlay) if labels.items() <= one["metadata"]["labels"].items()
    ]


def ports(template: dict[str, Any]) -> set[str]:
    return {port["name"] for one in template["spec"]["containers"] for port in one.get("ports", [])}


def test_every_object_is_as_kubernetes_schemas_say() -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")

    for one in objects("production"):  # others differ in names and sizes
        if not one["apiVersion"].startswith("external-secrets.io"):  # it has no schema there
            kubernetes_validate.validate(one, VERSION, strict=True)


@each_overlay
def test_every_pod_is_restricted(overlay: str) -> None:
    for name, template in templates(overlay):
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"], name
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name
            assert re.fullmatch(r"omicsoracle/\w+(:[\d.]+)?", container["image"]), name
    (namespace,) = objects(overlay, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@each_overlay
def test_every_selector_finds_pods_and_every_port_is_one_of_theirs(overlay: str) -> None:
    for service in objects(overlay, "Service"):
        pods = matching(overlay, service["spec"]["selector"])
        wanted = {one["targetPort"] for one in service["spec"]["ports"]}
        assert len(pods) == 1, service["metadata"]["name"]
        assert wanted <= ports(pods[0])
    for one in objects(overlay, "Deployment", "PodDisruptionBudget"):
        assert len(matching(overlay, one["spec"]["selector"]["matchLabels"])) == 1
    named = {port for _, one in templates(overlay) for port in ports(one)}
    for policy in objects(overlay, "NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            assert {port["port"] for port in rule["ports"]} <= named
    services = {
        one["metadata"]["name"]: one["spec"]["ports"][0]["name"]
        for one in objects(overlay, "Service")
    }
    (ingress,) = objects(overlay, "Ingress")
    for path in ingress["spec"]["rules"][0]["http"]["paths"]:
        backend = path["backend"]["service"]
        assert services[backend["name"]] == backend["port"]["name"]


@each_overlay
def test_every_autoscaler_has_something_to_scale_whose_count_nobody_else_says(overlay: str) -> None:
    deployments = {one["metadata"]["name"]: one for one in objects(overlay, "Deployment")}

    for one in objects(overlay, "HorizontalPodAutoscaler"):
        target = deployments[one["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"]
        assert one["spec"]["minReplicas"] < one["spec"]["maxReplicas"]


@each_overlay
def test_every_secret_and_setting_that_is_named_exists(overlay: str) -> None:
    configs = {one["metadata"]["name"]: one["data"] for one in objects(overlay, "ConfigMap")}
    secrets = {
        one["metadata"]["name"]: {key["secretKey"] for key in one["spec"]["data"]}
        for one in objects(overlay, "ExternalSecret")
    }

    for name, template in templates(overlay):
        volumes = {one["name"]: one for one in template["spec"]["volumes"]}
        for container in template["spec"]["containers"]:
            variables = {one["name"]: one.get("value", "") for one in container.get("env", [])}
            for source in container.get("envFrom", []):
                if "configMapRef" in source:
                    variables |= configs[source["configMapRef"]["name"]]
                else:
                    variables |= dict.fromkeys(secrets[source["secretRef"]["name"]], "")
            mounts = {one["mountPath"]: volumes[one["name"]] for one in container["volumeMounts"]}
            assert unknown(set(variables)) == set(), name
            for value in variables.values():
                if value.startswith("/run/secrets/"):
                    folder, _, key = value.rpartition("/")
                    assert key in secrets[mounts[folder]["secret"]["secretName"]], name


@each_overlay
def test_only_migrations_are_the_owner_of_the_tables(overlay: str) -> None:
    owners = {name for name, one in templates(overlay) if "omicsoracle-owner" in str(one)}

    assert owners == {"migrate"}


@each_overlay
def test_there_are_as_many_pools_as_web_processes_at_most(overlay: str) -> None:
    (config,) = [one["data"] for one in objects(overlay, "ConfigMap")]
    (web,) = [
        one
        for one in objects(overlay, "HorizontalPodAutoscaler")
        if one["metadata"]["name"] == "web"
    ]

    most = web["spec"]["maxReplicas"] * int(config["WEB_WORKERS"])
    assert int(config["DATABASE_POOLS"]) == int(config["QUOTA_PROCESSES"]) == most


def test_nothing_may_talk_to_anything_but_as_said() -> None:
    policies = {
        one["metadata"]["name"]: one["spec"] for one in documents(FOLDER / "base/networks.yaml")
    }

    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (cloud,) = [
        peer["ipBlock"]
        for rule in policies["to-servers"]["egress"]
        for peer in rule["to"]
        if "ipBlock" in peer
    ]
    assert cloud["except"] == ["169.254.0.0/16"]


def test_the_age_of_the_queue_is_told_under_the_name_that_the_autoscaler_asks_for() -> None:
    (adapter,) = documents(FOLDER / "prometheus-adapter.yaml")
    metric = adapter["rules"]["external"][0]["seriesQuery"]
    scalers = [
        one
        for one in documents(FOLDER / "base/workers.yaml")
        if one["kind"] == "HorizontalPodAutoscaler"
    ]

    assert scalers[0]["spec"]["metrics"][0]["external"]["metric"] == {"name": metric}
    assert metric.removeprefix("omicsoracle_") in (PROJECT / "batch/metrics.py").read_text(
        encoding="utf-8"
    )
