"""PostgreSQL away: the API starts, says so, and refuses politely (promise G5)."""

from uuid import uuid4

import asyncpg
import httpx
import pytest

from devstack.ports import free_port
from devstack.stack import Stack
from services.notification.app import build_api
from shared.settings import Settings
from tests.notification.conftest import Desk, Reader, Token
from tests.notification.test_inbox import Open, opened
from tests.notification.world import City
from tests.shared.serving import serving
from tests.support.databases import Database, Templates
from tests.support.waiting import eventually


async def test_without_postgresql_it_starts_and_answers_503(
    stack: Stack, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"postgresql://tera_notification_api:secret@127.0.0.1:{free_port()}/nothing"
    monkeypatch.setenv("TERA_NOTIFICATION_API_URL", nowhere)
    app = build_api(Settings(oidc_issuer=stack.environment["TERA_OIDC_ISSUER"]))
    headers = {"authorization": f"Bearer {token(uuid4(), 'employee', person=uuid4())}"}
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/readyz")).status_code == 503
        for path in ("/v1/inbox", "/v1/inbox/stream", "/v1/inbox/stream?lang=id"):
            answer = await http.get(path, headers=headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            assert answer.json()["type"] == "urn:tera:problem:temporarily-unavailable"
            assert "secret" not in answer.text


async def test_an_open_inbox_outlives_its_connections(
    desk: Desk, database: Database, templates: Templates, reader: Open
) -> None:
    """After a restart of PostgreSQL it goes on by itself, and misses nothing."""
    city = City()
    await desk.take(*city.registry())
    leader: Reader = reader(city.id, city.leader)
    async with opened(leader) as got:
        admin = await asyncpg.connect(templates.admin_url)
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'tera_notification_api' and datname = $1",
            database.api.rpartition("/")[2],
        )
        await admin.close()
        await desk.take(city.answer())
        await desk.tell()

        async def heard() -> bool:
            return len(got.of("notice")) == 1

        await eventually(heard, within=20)
