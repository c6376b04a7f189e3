"""G7: to a token of one tenant an id of another is one that nobody has, by any route."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from services.notification.webhooks import store as webhooks
from services.notification.webhooks.rules import Webhook
from shared.http.auth import Role
from tests.notification.conftest import Desk, Token
from tests.notification.world import City

Ids = dict[str, UUID]
"""By the names that routes give them."""

BODIES: dict[str, Any] = {
    "PUT /v1/preferences": {"language": "en"},
    "POST /v1/webhooks": {"url": "https://hooks.example.org/tera"},
    "PATCH /v1/webhooks/{webhook_id}": {"enabled": False},
    "PUT /v1/gateways": {
        "url": "https://gateway.example.org",
        "template": {"to": "{phone}", "text": "{text}"},
    },
}
EMPTY = {
    "POST /v1/inbox/{notice}/read",
    "POST /v1/inbox/read-all",
    "POST /v1/webhooks/{webhook_id}/secrets",
}


def operations(app: FastAPI) -> Iterator[tuple[str, str, Any]]:
    """Every method and path with a body that would be accepted: of the routes of tomorrow too."""
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            name = f"{method.upper()} {path}"
            bodiless = method in {"get", "delete"} or name in EMPTY
            assert bodiless or name in BODIES, f"say here what a body of {name} looks like"
            yield method.upper(), path, BODIES.get(name)


async def furnished(desk: Desk, app: FastAPI) -> tuple[City, Ids]:
    """A city with something behind each kind of id."""
    city = City()
    await desk.take(*city.registry(), city.answer())
    await desk.tell()
    (notice,) = await desk.notices(city.id)
    (delivery,) = await desk.deliveries(city.id)
    webhook = Webhook(uuid4(), "https://hooks.example.org/theirs")
    async with app.state.notification.transaction(city.id) as connection:
        await webhooks.insert(connection, city.id, webhook, secret=b"sealed")
    return city, {
        "notice": notice["id"], "delivery_id": delivery["id"], "webhook_id": webhook.id,
    }  # fmt: skip


async def asked(
    api: httpx.AsyncClient, method: str, address: str, body: Any, headers: dict[str, str]
) -> tuple[int, str]:
    """Status and text; of a stream what it begins with."""
    async with api.stream(method, address, json=body, headers=headers) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aread()
            return answer.status_code, answer.text
        async for chunk in answer.aiter_text():
            return answer.status_code, chunk
    raise AssertionError("a stream that says nothing")


async def everything(desk: Desk, city: City) -> dict[str, list[Any]]:
    return {
        table: await desk.pool.fetch(f"select * from {table} where tenant_id = $1", city.id)
        for table in ("notices", "inboxes", "preferences", "deliveries", "webhooks", "gateways")
    }


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_keeps_tenants_apart(
    desk: Desk, app: FastAPI, api: httpx.AsyncClient, token: Token, role: Role
) -> None:
    attacked, theirs = await furnished(desk, app)
    before = await everything(desk, attacked)
    stranger = City()
    await desk.take(*stranger.registry())
    # Even a token that names the other tenant's person finds nothing: it names its own tenant.
    bearer = token(stranger.id, role, person=attacked.leader)
    headers = {"authorization": f"Bearer {bearer}", "if-match": '"1"'}
    routes = list(operations(app))
    assert len(routes) >= 17
    for method, path, body in routes:
        address = re.sub(r"\{(\w+)\}", lambda name: str(theirs[name[1]]), path)
        status, text = await asked(api, method, address, body, headers)
        assert status < 500, (method, path, text)
        if "{" in path:
            assert status in {403, 404}, (method, path, role, text)
        for id in (*theirs.values(), attacked.id, attacked.counter, attacked.service):
            assert str(id) not in text.replace(address, ""), (method, path, role)
        assert "theirs" not in text
    assert await everything(desk, attacked) == before


async def test_every_route_wants_a_token(app: FastAPI, api: httpx.AsyncClient) -> None:
    for method, path, body in operations(app):
        address = re.sub(r"\{\w+\}", str(uuid4()), path)
        answer = await api.request(method, address, json=body)
        assert answer.status_code == 401, (method, path)
        assert answer.json()["type"] == "urn:tera:problem:missing-token"
