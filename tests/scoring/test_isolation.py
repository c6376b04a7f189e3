"""G7: to a token of one tenant an id of another is one that nobody has, by any route."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from shared.http.auth import Role
from tests.scoring.conftest import Book, Token
from tests.scoring.test_api import City
from tests.support.databases import Database

Ids = dict[str, UUID]
"""By the names that routes and bodies give them."""


def operations(app: FastAPI) -> Iterator[tuple[str, str, list[str]]]:
    """Every method and path, with its query's ids: of the routes of tomorrow too."""
    for path, methods in app.openapi()["paths"].items():
        for method, said in methods.items():
            queried = [
                one["name"]
                for one in said.get("parameters", [])
                if one["in"] == "query" and "'uuid'" in str(one["schema"])
            ]
            yield method.upper(), path, queried


def bodies(method: str, path: str, ids: Ids) -> list[Any]:
    """Bodies that would be accepted, if the ids in them were one's own."""
    known: dict[str, list[Any]] = {
        "POST /v1/facts/status": [{"fact_ids": [str(ids["fact"])]}],
        "PUT /v1/units/{unit}/satisfaction-report/plan": [{"population": 5}],
        "POST /v1/units/{unit}/satisfaction-reports": [
            {"period": "2026-11"},
            {"period": "2026-11", "service_id": str(ids["service"])},
        ],
    }
    if method == "GET":
        return [None]
    assert f"{method} {path}" in known, f"say here what a body of {method} {path} looks like"
    return known[f"{method} {path}"]


def questions(app: FastAPI, own: Ids, others: Ids) -> Iterator[tuple[str, str, Any, Any, bool]]:
    """Method, address, query, body, and whether it names one of ``others``: each route with all of
    these ids in its path and body, and with each alone in its query."""

    def address(path: str, ids: Ids) -> str:
        return re.sub(r"\{(\w+)\}", lambda name: str(ids[name[1]]), path)

    for method, path, queried in operations(app):
        for body in bodies(method, path, others):
            yield method, address(path, others), {}, body, "{" in path
        for name in queried:
            for body in bodies(method, path, own):
                yield method, address(path, own), {name: str(others[name])}, body, True


def ids_of(city: City, fact: UUID) -> Ids:
    return {
        "unit": city.unit, "service": city.service, "person": city.officer, "fact": fact,
        "report": fact,
    }  # fmt: skip


async def publish(database: Database, city: City, report: UUID) -> None:
    """A report and a plan of the city, as if published."""
    connection = await asyncpg.connect(database.owner)
    place = (city.id, city.unit, UUID(int=0), "2026-11")
    try:
        await connection.execute(
            "insert into satisfaction_reports (tenant_id, unit_id, service_id, period, id,"
            " period_starts, period_ends, revision, published_by, card_version, described,"
            " document)"
            " values ($1, $2, $3, $4, $5, '2026-11-01', '2026-12-01', 1, 'x', 1, true, '{}')",
            *place, report,
        )  # fmt: skip
        await connection.execute(
            "insert into satisfaction_plans (tenant_id, unit_id, service_id, period, version,"
            " entries, outcomes, changed_by) values ($1, $2, $3, $4, 1, '[]', '[]', 'x')",
            *place,
        )
    finally:
        await connection.close()


def told(answer: httpx.Response, ids: Ids) -> str:
    """What it says, without the ids that were asked for and the request's own."""
    text = answer.text.replace(answer.headers.get("x-request-id", "-"), "")
    for name, value in ids.items():
        text = text.replace(str(value), name)
    return text


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_keeps_tenants_apart(
    app: FastAPI,
    book: Book,
    api: httpx.AsyncClient,
    token: Token,
    database: Database,
    role: Role,
) -> None:
    attacked = await City(book, api, token).found()
    (fact,) = await attacked.answers([[3] * 9], officer=attacked.officer)
    await publish(database, attacked, fact)
    stranger = await City(book, api, token).found()
    (own_fact,) = await stranger.answers([[4] * 9], officer=stranger.officer)
    own, theirs = ids_of(stranger, own_fact), ids_of(attacked, fact)
    nobodys = {name: stranger.dice.id() for name in theirs}
    headers = {"authorization": f"Bearer {token(stranger.id, role, person=theirs['person'])}"}
    asked = 0
    pairs = zip(questions(app, own, theirs), questions(app, own, nobodys), strict=True)
    for (method, address, query, body, named), (_, plain, plain_query, plain_body, _) in pairs:
        period = {"period": "2026-11", "until": "2026-11"}
        answer = await api.request(
            method, address, params=period | query, json=body, headers=headers
        )
        plainly = await api.request(
            method, plain, params=period | plain_query, json=plain_body, headers=headers
        )
        asked += 1
        assert answer.status_code < 500, (method, address)
        if named:
            assert answer.status_code in {403, 404}, (method, address, role, answer.text)
        for id_ in theirs.values():
            assert str(id_) not in answer.text.replace(address, ""), (method, address, role)
        if str(theirs["person"]) not in address:  # a token names that person as its own
            assert told(answer, theirs) == told(plainly, nobodys), (method, address, role)
    assert asked >= len(list(operations(app)))


async def test_every_route_wants_a_token(app: FastAPI, api: httpx.AsyncClient, book: Book) -> None:
    nobodys = dict.fromkeys(("unit", "service", "person", "fact", "report"), UUID(int=1))
    for method, address, _, _, _ in questions(app, nobodys, nobodys):
        answer = await api.request(method, address)
        assert answer.status_code == 401, (method, address)
        assert answer.json()["type"] == "urn:tera:problem:missing-token"
