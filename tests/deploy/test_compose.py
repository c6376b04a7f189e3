"""docker-compose.yml: what it promises can be read off it, and its processes really work."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from cli.client import Client
from devstack.broker import selected_broker
from devstack.issuer_server import Issuer
from devstack.mail_catcher_server import MailCatcher
from devstack.postgres import Postgres
from devstack.system import PARTS
from services import SERVICES
from shared import runtime
from shared.contracts import ELEMENTS
from tests.support import compose
from tests.support.compose import FILE, ROOT, Machine
from tests.support.installation import open_office
from tests.support.waiting import eventually

MODEL = compose.load(None)
OURS = compose.ours(MODEL)
JOBS = {name for name, service in OURS.items() if service["restart"] == "no"}
CHECKER = shutil.which("compose-spec")
_LOGIN = re.compile(r"TERA_(\w+)_(OWNER|API|WORKER)_URL")


def _logins(name: str) -> set[str]:
    return {variable for variable in OURS[name].get("environment", {}) if _LOGIN.match(variable)}


def test_every_process_of_the_system_has_its_service() -> None:
    """Each of them by service and role, and each job that must come first."""
    commands = {tuple(service["command"]) for service in OURS.values()}
    for part in PARTS:
        assert ("serve", part.service, "--role", part.role) in commands
    for service in SERVICES:
        assert ("migrate", service) in commands
    assert {("provision",), ("topics", "create")} <= commands


@pytest.mark.parametrize("name", OURS)
def test_a_process_gets_the_logins_of_its_service_and_role_only(name: str) -> None:
    match OURS[name]["command"]:
        case ["serve", "portal", *_]:
            assert not _logins(name)
        case ["serve", service, "--role", role]:
            assert _logins(name) == {f"TERA_{service}_{role}_URL".upper()}
        case ["migrate", service]:
            assert _logins(name) == {f"TERA_{service}_OWNER_URL".upper()}
        case ["provision"]:
            assert len(_logins(name)) >= 3 * len(SERVICES)
        case command:
            assert command == ["topics", "create"]
            assert not _logins(name)
    environment = OURS[name].get("environment", {})
    assert ("TERA_ADMIN_URL" in environment) == (name == "provision")
    assert "TERA_KAFKA_BOOTSTRAP" not in environment or name.endswith("-worker") or name in JOBS
    for variable in environment:
        if secret := re.match(r"TERA_([A-Z]+)_\w*SECRET", variable):
            assert name.startswith(secret[1].lower())


@pytest.mark.parametrize("name", MODEL["services"])
def test_a_container_may_do_little(name: str) -> None:
    service = MODEL["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
    assert service.get("read_only") or name in {"kafka", "keycloak"}
    assert not service.get("privileged")
    tag = service["image"].rpartition(":")[2]
    assert tag not in {"", "latest"}
    assert re.search(r"\d", tag) or name in OURS
    assert "/" not in tag


def test_only_what_people_look_at_is_published_and_only_on_this_machine() -> None:
    published = {n: s["ports"] for n, s in MODEL["services"].items() if "ports" in s}
    assert published.keys() == {"portal", "keycloak", "grafana", "mail"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    outside = {n for n, s in MODEL["services"].items() if "front" in s["networks"]}
    assert outside == {*published, "notification-worker"}
    assert MODEL["networks"]["back"]["internal"]


def test_no_secret_stands_in_the_file(tmp_path: Path) -> None:
    """Each is a variable without a default, and `make env` gives each a value of its own."""
    required = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
    written = compose.secrets(tmp_path / "env")
    assert written.keys() == required
    assert len(set(written.values())) == len(written)
    assert min(len(value) for value in written.values()) >= 32
    assert (tmp_path / "env").stat().st_mode & 0o077 == 0
    assert compose.secrets(tmp_path / "env") == written
    for service in MODEL["services"].values():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD$", variable):
                assert re.fullmatch(r"\$\{\w+:\?run make env\}", value)
    ignored = subprocess.run(["git", "check-ignore", ".env"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


def test_a_process_may_finish_what_it_does() -> None:
    finishing = runtime.GRACEFUL_SECONDS + 5 + runtime._WORKER_STOP_SECONDS + 5
    for name in OURS.keys() - JOBS:
        assert int(OURS[name]["stop_grace_period"].removesuffix("s")) > finishing


def test_the_image_is_built_once_and_never_looked_for_elsewhere() -> None:
    assert [name for name, service in OURS.items() if "build" in service] == ["provision"]
    assert {service["pull_policy"] for service in OURS.values()} == {"never"}
    assert len({service["image"] for service in OURS.values()}) == 1


def test_what_services_name_is_there() -> None:
    for service in MODEL["services"].values():
        assert set(service.get("depends_on", ())) <= MODEL["services"].keys()
        assert set(service["networks"]) <= MODEL["networks"].keys()
        named = [mount.split(":")[0] for mount in service.get("volumes", ())]
        assert {name for name in named if "/" not in name} <= MODEL["volumes"].keys()
    watched = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    [tera] = [job for job in watched["scrape_configs"] if job["job_name"] == "tera"]
    assert set(tera["dns_sd_configs"][0]["names"]) == OURS.keys() - JOBS


def test_every_file_that_is_mounted_exists() -> None:
    mounts = [v for s in MODEL["services"].values() for v in s.get("volumes", ())]
    files = [mount.split(":") for mount in mounts if mount.startswith("./")]
    assert len(files) >= 4
    assert all((ROOT / place).exists() and mode == "ro" for place, _, mode in files)


@pytest.mark.skipif(not CHECKER, reason="compose-spec of github.com/compose-spec is not on PATH")
class TestSpecification:
    @staticmethod
    def _read(file: Path) -> subprocess.CompletedProcess[str]:
        program = [str(CHECKER), "-no-interpolation", "-format", "json", str(file)]
        return subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT)

    def test_the_file_is_what_the_specification_allows(self) -> None:
        """Compose's own reader takes it, and understands it as these tests do."""
        read = self._read(FILE)
        assert read.returncode == 0, read.stderr
        services = json.loads(read.stdout)["services"]
        assert services.keys() == MODEL["services"].keys()
        for name, service in OURS.items():
            assert services[name]["command"] == service["command"]
            assert services[name]["environment"] == service["environment"]
            assert services[name].get("depends_on", {}).keys() == service["depends_on"].keys()

    @pytest.mark.parametrize(
        "change",
        [{"read_onyl": True}, {"cap_drop": "ALL"}, {"healthcheck": {"tests": []}}],
        ids=lambda change: next(iter(change)),
    )
    def test_a_mistake_would_be_found(self, change: dict[str, Any], tmp_path: Path) -> None:
        wrong = compose.load(None)
        wrong["services"]["portal"] |= change
        file = tmp_path / "docker-compose.yml"
        file.write_text(yaml.safe_dump(wrong))
        assert self._read(file).returncode != 0


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """PostgreSQL, broker, issuer and mail catcher of this test alone, as `docker compose up` finds
    them: empty, the superuser's password that of `.env`."""
    with TemporaryDirectory(prefix="tera-compose-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        secrets = compose.secrets(folder / "env")
        (folder / "postgres").mkdir()
        (folder / "postgres" / "password").write_text(secrets["POSTGRES_PASSWORD"])
        postgres, broker = Postgres(folder / "postgres"), selected_broker(folder / "broker")
        issuer, mail = Issuer(folder / "issuer"), MailCatcher(folder / "mail")
        with ExitStack() as ends:
            for part in (postgres, broker, issuer, mail):
                ends.callback(part.stop)
                part.start()
            services = compose.ours(compose.load(secrets))
            processes = compose.listening_addresses([n for n in services if n not in JOBS])
            addresses = processes | {
                "postgres:5432": urlsplit(postgres.admin_url()).netloc.rpartition("@")[2],
                "kafka:9092": broker.bootstrap,
                "http://keycloak.localhost:8080/realms/tera": issuer.url,
                "mail:1025": urlsplit(mail.smtp_url).netloc,
                "localhost:8000": processes["portal:8000"],
            }
            yield Machine(services, addresses, folder)


@pytest.mark.broker
@pytest.mark.timeout(240)
async def test_its_very_commands_turn_an_answer_into_a_score(machine: Machine) -> None:
    there = {"portal", *SERVICES}
    services = {
        name: service
        for name, service in machine.services.items()
        if name in {"provision", "topics"} or {*name.split("-")} & there
    }
    with ExitStack() as ends:
        for name in compose.in_order(services):
            if name in JOBS:
                await asyncio.to_thread(machine.run, name)
            else:
                child = machine.start(name)
                ends.callback(child.stop, within=15.0)
        for name in services.keys() - JOBS:

            async def healthy(name: str = name) -> bool:
                return await asyncio.to_thread(machine.healthy, name)

            await eventually(healthy, within=90, every=0.5)
        assert machine.passes("scoring-worker", compose.image_says("HEALTHCHECK"))
        environment = {
            f"TERA_{service}_HTTP".upper(): f"http://{machine.addresses[f'{service}-api:8000']}"
            for service in SERVICES
        }
        issuer = Issuer(machine.folder / "issuer")
        environment |= {
            "TERA_OIDC_ISSUER": machine.environment("registry-api")["TERA_OIDC_ISSUER"],
            "TERA_DEV_CLIENT_SECRET": issuer.client_secret,
        }
        async with Client(environment) as client, httpx.AsyncClient() as browser:
            office = await open_office(client)
            answer = {"counter": office.desk.counter, "scores": dict.fromkeys(ELEMENTS, 4)}
            accepted = await browser.post(office.desk.url, json=answer)
            assert accepted.status_code == 201, accepted.text
            period = f"{datetime.now(ZoneInfo('Asia/Jakarta')):%Y-%m}"

            async def counted() -> Any:
                return (await office.card(period))["answers"] == 1

            await eventually(counted, within=30)
            if "portal" in services:
                page = await browser.get(f"http://{machine.addresses['portal:8000']}/")
                assert page.status_code == 200
