"""PostgreSQL away: the API starts, says so, and refuses politely (promise G5). And the bell."""

import asyncio

import asyncpg
import httpx
import pytest

from devstack.ports import free_port
from devstack.stack import Stack
from services.registry.app import build_api
from shared.messaging.bell import OUTBOX_CHANNEL
from shared.settings import Settings
from tests.registry.town import Mint, Town, slug
from tests.shared.serving import serving
from tests.support.databases import Database


async def test_without_postgresql_it_starts_and_answers_503(
    stack: Stack, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"postgresql://tera_registry_api:secret@127.0.0.1:{free_port()}/tera_registry"
    monkeypatch.setenv("TERA_REGISTRY_API_URL", nowhere)
    app = build_api(Settings(oidc_issuer=stack.environment["TERA_OIDC_ISSUER"]))
    token = mint(tenant=None, roles=["operator"])
    headers = {"authorization": f"Bearer {token}"}
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/readyz")).status_code == 503
        body = {"slug": slug(), "name": "Kota", "zone": "Asia/Jakarta"}
        answer = await http.post("/v1/tenants", json=body, headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.json()["type"] == "urn:tera:problem:temporarily-unavailable"
        assert "secret" not in answer.text


async def test_connections_cut_meanwhile_are_replaced(town: Town, database: Database) -> None:
    """After a restart of PostgreSQL the first requests may get 503, and never anything worse."""
    cut = """
        select pg_terminate_backend(pid) from pg_stat_activity
        where usename = 'tera_registry_api' and datname = current_database()
    """
    admin = await asyncpg.connect(database.api)
    await admin.execute(cut + "and pid <> pg_backend_pid()")
    await admin.close()
    statuses = [(await town.call("GET", "/v1/units")).status_code for _ in range(5)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200


async def test_a_write_rings_the_bell(town: Town, database: Database) -> None:
    rung = asyncio.Event()
    listener = await asyncpg.connect(database.worker)
    await listener.add_listener(OUTBOX_CHANNEL, lambda *_: rung.set())
    await town.unit()
    async with asyncio.timeout(5):
        await rung.wait()
    await listener.close()
