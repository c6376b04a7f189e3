"""A real Prometheus with the repository's configuration; only the targets are exchanged."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from devstack.child import Child
from devstack.ports import answers, free_port
from devstack.system import Part, System

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"


def configuration() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    return loaded


def rules() -> list[dict[str, Any]]:
    """Every recording and alert rule, as it stands in its file."""
    return [
        rule
        for file in configuration()["rule_files"]
        for group in yaml.safe_load((FOLDER / file).read_text())["groups"]
        for rule in group["rules"]
    ]


def job(part: Part) -> str:
    """The name by which Prometheus finds this kind of process."""
    return part.service if part.service == "portal" else f"{part.service}-{part.role}"


class Prometheus:
    """Asks the HTTP interface of a running one."""

    def __init__(self, address: str) -> None:
        self._http = httpx.AsyncClient(base_url=f"{address}/api/v1", timeout=10)

    async def ask(self, expression: str) -> list[dict[str, Any]]:
        """The samples that an expression has now: ``metric`` and ``value`` each.

        AssertionError where Prometheus refuses it.
        """
        answer = await self._http.post("/query", data={"query": expression})
        assert answer.status_code == httpx.codes.OK, f"{expression}: {answer.text}"
        assert not answer.json().get("warnings"), f"{expression}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    async def rules(self) -> list[dict[str, Any]]:
        """Every rule with its ``health`` and, where it is an alert, its ``alerts``."""
        answer = await self._http.get("/rules")
        return [rule for group in answer.json()["data"]["groups"] for rule in group["rules"]]

    async def alerts(self) -> list[dict[str, Any]]:
        """What is pending or firing."""
        answer = await self._http.get("/alerts")
        found: list[dict[str, Any]] = answer.json()["data"]["alerts"]
        return found

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def prometheus(system: System, folder: Path) -> AsyncIterator[Prometheus]:
    """Watches the processes of a system, once a second."""
    program = shutil.which("prometheus")
    assert program is not None
    port = free_port()
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(_watching(system)))
    child = Child("prometheus", folder / "prometheus.log", folder)
    command = [
        program,
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    child.start(command, {})
    asked = Prometheus(f"http://127.0.0.1:{port}")
    try:
        child.wait_until(lambda: answers(port), within=20)
        yield asked
    finally:
        await asked.close()
        child.stop()


def _watching(system: System) -> dict[str, Any]:
    wanted = configuration()
    wanted["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    wanted["rule_files"] = [str(FOLDER / file) for file in wanted["rule_files"]]
    [scrape] = wanted["scrape_configs"]
    del scrape["dns_sd_configs"]
    scrape["static_configs"] = [
        {
            "targets": [f"127.0.0.1:{system.metrics_ports[part]}"],
            "labels": {"__meta_dns_name": job(part)},
        }
        for part in system.parts
    ]
    return wanted
