"""deploy/k8s: built with kustomize, held against Kubernetes' own schemas, and against what we
promise of every pod."""

import re
import shutil
from itertools import product

import kubernetes_validate
import pytest

from devstack.system import PARTS
from services import SERVICES
from shared import runtime
from tests.support import compose
from tests.support.manifests import LAYERS, Built

# The oldest that is still maintained, and the newest whose schemas are installed.
VERSIONS = ("1.34", "1.37")
_LOGIN = re.compile(r"TERA_\w+_(OWNER|API|WORKER)_URL|TERA_ADMIN_URL")

pytestmark = pytest.mark.skipif(
    not shutil.which("kustomize"), reason="kustomize (sigs.k8s.io/kustomize) is not on PATH"
)


@pytest.fixture(scope="module", params=LAYERS)
def built(request: pytest.FixtureRequest) -> Built:
    return Built.of(request.param)


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_it(built: Built, version: str) -> None:
    for manifest in built.manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_mistake_would_be_found(built: Built) -> None:
    portal = built.all("Deployment")["portal"]
    wrong = portal | {"spec": portal["spec"] | {"replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_every_process_of_the_system_runs_and_every_job_is_there(built: Built) -> None:
    arguments = {tuple(pod["spec"]["containers"][0]["args"]) for pod in built.pods().values()}
    for part in PARTS:
        assert ("serve", part.service, "--role", part.role) in arguments
    for service in SERVICES:
        assert ("migrate", service) in arguments
    assert any(args[:2] == ("topics", "create") for args in arguments)


def test_a_pod_may_do_little(built: Built) -> None:
    for name, pod in built.pods().items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] >= 10_000
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & spec.keys()
        assert all("emptyDir" in volume for volume in spec["volumes"])
        account = built.all("ServiceAccount")[spec["serviceAccountName"]]
        assert account["automountServiceAccountToken"] is False
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            for kind in ("requests", "limits"):
                assert container["resources"][kind].keys() == {"cpu", "memory"}
            repository, _, tag = container["image"].rpartition(":")
            assert repository
            assert tag not in {"", "latest"}


def test_a_process_says_how_it_is_and_may_finish_what_it_does(built: Built) -> None:
    finishing = runtime.GRACEFUL_SECONDS + 5 + runtime._WORKER_STOP_SECONDS + 5
    for name, deployment in built.all("Deployment").items():
        spec = deployment["spec"]["template"]["spec"]
        [container] = spec["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert ports["metrics"] == 9000
        assert ("http" in ports) == (not name.endswith("-worker"))
        probes = {
            "startupProbe": "/livez",
            "livenessProbe": "/livez",
            "readinessProbe": "/readyz",
        }
        for probe, path in probes.items():
            assert container[probe]["httpGet"] == {"path": path, "port": "metrics"}
        pause = container.get("lifecycle", {}).get("preStop", {"sleep": {"seconds": 0}})
        needed = finishing + pause["sleep"]["seconds"]
        assert spec["terminationGracePeriodSeconds"] > needed
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert spec["topologySpreadConstraints"]


def test_a_process_gets_the_secrets_of_its_service_and_role_only(built: Built) -> None:
    """The same variables as in docker-compose.yml, and each of them by reference."""
    ours = compose.ours(compose.load(None))
    for name, pod in built.pods().items():
        [container] = pod["spec"]["containers"]
        given = {entry["name"]: entry for entry in container.get("env", ())}
        assert all("secretKeyRef" in entry["valueFrom"] for entry in given.values())
        secret = re.compile(rf"{_LOGIN.pattern}|TERA_\w+_SECRET")
        expected = {v for v in ours[name].get("environment", {}) if secret.fullmatch(v)}
        assert {v for v in given if secret.fullmatch(v)} == expected
        settings = {entry["configMapRef"]["name"] for entry in container["envFrom"]}
        assert settings <= built.all("ConfigMap").keys()
        for reference in given.values():
            owner = reference["valueFrom"]["secretKeyRef"]["name"].partition("-")[0]
            assert owner in {*name.split("-")}
    assert not built.all("Secret")


def test_settings_hold_every_address_and_no_secret(built: Built) -> None:
    [settings] = [config["data"] for config in built.all("ConfigMap").values()]
    assert not [name for name in settings if re.search("SECRET|PASSWORD|_URL$", name)]
    ours = compose.ours(compose.load(None))
    for name, pod in built.pods().items():
        own = {entry["name"] for entry in pod["spec"]["containers"][0].get("env", ())}
        needed = set(ours[name].get("environment", {}))
        assert needed <= settings.keys() | own, name
    services = built.all("Service")
    for variable, value in settings.items():
        if variable.endswith("_HTTP") and value.startswith("http:"):
            assert value.removeprefix("http://").removesuffix(":8000") in services


def test_a_drained_node_takes_one_pod_of_each_at_a_time(built: Built) -> None:
    budgets = built.all("PodDisruptionBudget")
    for name, deployment in built.all("Deployment").items():
        selector = deployment["spec"]["selector"]
        assert budgets[name]["spec"] == {"maxUnavailable": 1, "selector": selector}


class TestNetwork:
    def test_it_starts_closed(self, built: Built) -> None:
        closed = built.all("NetworkPolicy")["deny-all"]["spec"]
        assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        for name, pod in built.pods().items():
            assert len(built.policies_of(pod, "Egress")) > 2, name
            # A job listens to nobody.
            assert (len(built.policies_of(pod, "Ingress")) > 1) == (name in built.all("Deployment"))

    def test_who_speaks_to_whom(self, built: Built) -> None:
        names = list(built.pods())
        open_paths = {
            (source, target)
            for source, target in product(names, names)
            if built.lets_through(source, target, 8000)
        }
        assert open_paths == {
            *(("portal", f"{service}-api") for service in SERVICES),
            ("notification-worker", "registry-api"),
            ("scoring-api", "registry-api"),
            ("scoring-api", "feedback-api"),
        }
        assert not any(built.lets_through(a, b, 9000) for a, b in product(names, names))

    def test_what_each_reaches_outside(self, built: Built) -> None:
        database, broker = ("postgresql", 5432), ("kafka", 9092)
        issuer = {("outside", 443), ("ingress-nginx", 443)}
        for name, pod in built.pods().items():
            match pod["metadata"]["labels"]["app.kubernetes.io/component"], name:
                case "api", _:
                    expected = {database, *issuer}
                case "worker", "notification-worker":
                    expected = {database, broker, *issuer, ("outside", 465), ("outside", 587)}
                case "worker", _:
                    expected = {database, broker}
                case "portal", _:
                    expected = issuer
                case _, "topics":
                    expected = {broker}
                case _:
                    expected = {database}
            reached = {path for path in built.leaves_for(name) if path[1] != 53}
            assert reached == expected, name


def test_every_address_of_the_overlay_is_its_own() -> None:
    small = Built.of("overlays/small-city")
    [settings] = [config["data"] for config in small.all("ConfigMap").values()]
    host = settings["TERA_PORTAL_HTTP"].removeprefix("https://")
    [ingress] = small.all("Ingress").values()
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == [host]
    assert ingress["spec"]["tls"][0]["hosts"] == [host]
    assert not [value for value in settings.values() if "contoh.example" in value]
    images = {pod["spec"]["containers"][0]["image"] for pod in small.pods().values()}
    assert len(images) == 1
