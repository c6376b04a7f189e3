"""A token of one tenant reads and writes nothing of another (promise G7)."""

import re
from typing import Any
from uuid import uuid4

import asyncpg

from shared.http.auth import Role
from tests.feedback.conftest import MARKS, Feedback

QUESTIONNAIRE = "/v1/tenants/{tenant}/questionnaire"


async def tables(feedback: Feedback) -> list[str]:
    """Every table of the database with a tenant in it."""
    found = await feedback.rows(
        "select c.relname::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
        " and a.attname = 'tenant_id'"
    )
    names = sorted(row["name"] for row in found)
    assert {"answers", "answer_decisions", "counters", "outbox", "visits"} <= set(names)
    return names


async def everything(feedback: Feedback) -> dict[str, list[str]]:
    """All that the database holds of the other tenant."""
    return {
        table: sorted(
            str(row)
            for row in await feedback.rows(
                f"select t::text from {table} t where tenant_id = $1", feedback.theirs.id
            )
        )
        for table in await tables(feedback)
    }


async def test_no_route_reaches_another_tenant(feedback: Feedback) -> None:
    theirs = feedback.theirs
    counter = await feedback.counter(theirs)
    visit = await feedback.visit(theirs)
    answer = await feedback.answer(
        {"counter": counter["code"], "scores": MARKS, "comment": "rahasia"}, tenant=theirs
    )
    fact = answer.json()["fact_id"]
    officer = feedback.headers(tenant=theirs)
    await feedback.post(f"/v1/answers/{fact}/park", {"reason_code": "burst"}, headers=officer)
    before = await everything(feedback)
    secrets = {fact, counter["code"], counter["counter_id"], visit["visit_id"], "rahasia"}
    secrets |= {str(theirs.unit), str(theirs.service), str(theirs.officer)}

    bodies: dict[str, Any] = {
        "/v1/visits": {
            "ticket": "A-1",
            "unit_id": str(theirs.unit),
            "service_id": str(theirs.service),
        },
        "/v1/counters": {"unit_id": str(theirs.unit), "service_id": str(theirs.service)},
        "/v1/paper-batches/{name}/answers": {
            "unit_id": str(theirs.unit),
            "service_id": str(theirs.service),
            "rows": [{"line": 1, "scores": MARKS}],
        },
        "/v1/tenants/{tenant}/answers": {"counter": counter["code"], "scores": MARKS},
    }
    values = {
        "fact_id": fact,
        "counter_id": counter["counter_id"],
        "name": "batch",
        "tenant": str(feedback.ours.id),
        "unit": str(theirs.unit),
    }
    headers = feedback.headers(*(role.value for role in Role))
    document = (await feedback.http.get("/openapi.json")).json()
    asked = 0
    for path, methods in document["paths"].items():
        for method in methods:
            url = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)
            body = bodies.get(path, {"reason_code": "burst"}) if method == "post" else None
            query = {"from": "2026-02-28T17:00:00Z", "until": "2026-03-31T17:00:00Z"}
            if path == QUESTIONNAIRE:
                query = {"counter": counter["code"]}
            response = await feedback.http.request(
                method, url, json=body, headers=headers, params=query
            )
            asked += 1
            if response.is_success:
                assert response.json() == {"items": [], "next_cursor": None}, path
            else:
                assert response.status_code in {404, 422}, (path, response.text)
            assert not any(secret in response.text for secret in secrets), (path, response.text)
    assert asked >= 11
    assert await everything(feedback) == before
    [count] = await feedback.rows(
        "select count(*) from answers where tenant_id = $1", feedback.ours.id
    )
    assert count["count"] == 0


async def test_the_api_login_sees_nothing_without_a_tenant(feedback: Feedback) -> None:
    counter = await feedback.counter()
    await feedback.answer({"counter": counter["code"], "scores": MARKS})
    connection = await asyncpg.connect(feedback.database.api)
    try:
        readable = await connection.fetch(
            "select relname::text as name from pg_class"
            " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
            " and has_table_privilege(oid, 'select')"
        )
        assert {row["name"] for row in readable} <= {*await tables(feedback)}
        for (table,) in readable:
            for setting in (None, ""):
                if setting is not None:
                    await connection.execute(
                        "select set_config('tera.tenants', $1, false)", setting
                    )
                assert await connection.fetchval(f"select count(*) from {table}") == 0
        await connection.execute(
            "select set_config('tera.tenants', $1, false)", str(feedback.theirs.id)
        )
        assert await connection.fetchval("select count(*) from answers") == 0
        assert await connection.execute("update answers set state = 'parked'") == "UPDATE 0"
        assert await connection.execute("update counters set code = 'AAAAAA'") == "UPDATE 0"
    finally:
        await connection.close()


async def test_routes_of_officers_need_a_token_and_a_role(feedback: Feedback) -> None:
    document = (await feedback.http.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        if path in {"/v1/tenants/{tenant}/answers", QUESTIONNAIRE}:
            continue
        for method in methods:
            url = re.sub(r"\{\w+\}", str(uuid4()), path)
            nobody = await feedback.http.request(method, url, json={})
            assert nobody.status_code == 401, path
            employee = feedback.headers("employee")
            refused = await feedback.http.request(method, url, json={}, headers=employee)
            assert refused.status_code in {403, 422}, path
            assert refused.status_code == 403 or method == "post"


async def test_the_public_route_is_described_like_every_other(feedback: Feedback) -> None:
    document = (await feedback.http.get("/openapi.json")).json()
    operation = document["paths"]["/v1/tenants/{tenant}/answers"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {
        "token",
        "counter",
        "scores",
        "comment",
        "sentiment",
        "profile",
        "service_day",
    }
    assert "$ref" not in str(schema)
    assert {"200", "201", "400", "409", "413", "422", "503"} <= operation["responses"].keys()
