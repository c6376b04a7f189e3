"""G7 for deliveries, web-hooks and gateways: nobody of another tenant sees or changes anything."""

import asyncpg

from tests.notification.conftest import Desk
from tests.notification.sending.office import Office
from tests.notification.sending.test_gateways import given
from tests.notification.sending.test_webhooks import happen, registered

TABLES = ("deliveries", "delivery_attempts", "webhooks", "announcements", "gateways")


async def test_every_route_keeps_tenants_apart(office: Office, desk: Desk) -> None:
    own, stranger = await office.city(), await office.city()
    created = await registered(office, own, "https://hooks.example/own")
    await given(office, own, "https://gateway.example/own")
    await happen(office, desk, own)
    delivery = (await office.deliveries(own))[0]["id"]
    hook = f"/v1/webhooks/{created['id']}"
    before = [await state(office, table) for table in TABLES]
    for method, path, body in (
        ("GET", f"/v1/deliveries/{delivery}", None),
        ("GET", hook, None),
        ("PATCH", hook, {"enabled": False}),
        ("POST", f"{hook}/secrets", None),
        ("DELETE", hook, None),
        ("GET", "/v1/gateways", None),
        ("DELETE", "/v1/gateways", None),
    ):
        answer = await office.call(stranger, method, path, body)
        assert answer.status_code == 404, (method, path)
    for path in ("/v1/deliveries", "/v1/webhooks"):
        assert (await office.call(stranger, "GET", path)).json()["items"] == []
    assert [await state(office, table) for table in TABLES] == before


async def state(office: Office, table: str) -> list[asyncpg.Record]:
    return list(await office.pool.fetch(f"select * from {table} order by 1, 2"))


async def test_only_administrators_come_here(office: Office, desk: Desk) -> None:
    city = await office.city()
    created = await registered(office, city, "https://hooks.example/own")
    await happen(office, desk, city)
    delivery = (await office.deliveries(city))[0]["id"]
    document = (await office.api.get("/openapi.json")).json()
    walked = 0
    for template, methods in document["paths"].items():
        if not template.startswith(("/v1/deliveries", "/v1/webhooks", "/v1/gateways")):
            continue
        path = template.format(webhook_id=created["id"], delivery_id=delivery)
        for method in methods:
            for role in ("employee", "personnel_officer", "survey_officer", "operator"):
                headers = office.bearer(city, role, person=city.leader)
                answer = await office.api.request(method, path, headers=headers)
                assert answer.status_code == 403, (method, path, role)
            assert (await office.api.request(method, path)).status_code == 401
            walked += 1
    assert walked >= 11


async def test_the_api_login_sees_only_the_tenant_that_is_set(office: Office, desk: Desk) -> None:
    city = await office.city()
    await registered(office, city, "https://hooks.example/own")
    await given(office, city, "https://gateway.example/own")
    await happen(office, desk, city)
    connection = await asyncpg.connect(office.database.api)
    try:
        for table in ("deliveries", "webhooks", "gateways"):
            count = f"select count(*) from {table}"
            assert await connection.fetchval(count) == 0, table
            async with connection.transaction():
                setting = "select set_config('tera.tenants', $1, true)"
                await connection.execute(setting, str(city.id))
                assert await connection.fetchval(count) > 0, table
                others = f"select count(*) from {table} where tenant_id <> $1"
                assert await connection.fetchval(others, city.id) == 0, table
    finally:
        await connection.close()
