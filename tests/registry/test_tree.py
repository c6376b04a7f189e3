"""Units: a tree that stays one, whoever moves what at the same time."""

import asyncio
from uuid import UUID

from tests.registry.town import Town


async def test_a_unit_is_listed_with_its_path(town: Town) -> None:
    top = await town.unit("Kota Bandung")
    middle = await town.unit("Kecamatan Andir", parent_id=str(top), code="32.73.05")
    await town.unit("Kelurahan Ciroyom", parent_id=str(middle))

    answer = await town.call("GET", f"/v1/units/{middle}", role="employee")
    assert answer.status_code == 200
    assert [step["name"] for step in answer.json()["path"]] == ["Kota Bandung", "Kecamatan Andir"]
    assert answer.headers["etag"] == '"1"'

    by_code = (await town.call("GET", "/v1/units?code=32.73.05")).json()["items"]
    assert [unit["id"] for unit in by_code] == [str(middle)]
    below = (await town.call("GET", f"/v1/units?parent_id={middle}")).json()["items"]
    assert [unit["name"] for unit in below] == ["Kelurahan Ciroyom"]


async def test_pages_show_every_unit_once(town: Town) -> None:
    made = {await town.unit(f"Unit {number}") for number in range(5)}
    seen: list[UUID] = []
    address = "/v1/units?limit=2"
    while True:
        page = (await town.call("GET", address)).json()
        seen += [UUID(unit["id"]) for unit in page["items"]]
        if page["next_cursor"] is None:
            break
        address = f"/v1/units?limit=2&cursor={page['next_cursor']}"
    assert len(seen) == 5
    assert set(seen) == made


async def test_a_code_belongs_to_one_unit(town: Town) -> None:
    await town.unit("A", code="01")
    answer = await town.call("POST", "/v1/units", {"name": "B", "kind": "opd", "code": "01"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tera:problem:unit-code-taken")


async def test_an_unknown_parent_is_named(town: Town) -> None:
    body = {"name": "B", "kind": "opd", "parent_id": str(town.id)}
    answer = await town.call("POST", "/v1/units", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "parent_id"


async def test_no_unit_stands_below_itself(town: Town) -> None:
    top = await town.unit("top")
    middle = await town.unit("middle", parent_id=str(top))
    leaf = await town.unit("leaf", parent_id=str(middle))
    for parent in (top, middle, leaf):
        answer = await town.call("PATCH", f"/v1/units/{top}", {"parent_id": str(parent)})
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:tera:problem:unit-below-itself"


async def test_two_moves_at_once_close_no_circle(town: Town) -> None:
    for _ in range(5):
        units = [await town.unit(f"unit {number}") for number in range(3)]
        moves = [(units[0], units[1]), (units[1], units[2]), (units[2], units[0])]
        answers = await asyncio.gather(
            *(town.call("PATCH", f"/v1/units/{u}", {"parent_id": str(p)}) for u, p in moves)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 200, 409]


async def test_a_unit_in_use_is_not_deleted(town: Town) -> None:
    top = await town.unit("top")
    leaf = await town.unit("leaf", parent_id=str(top))
    answer = await town.call("DELETE", f"/v1/units/{top}")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tera:problem:unit-has-units")

    await town.assignment(await town.person(external_id="1"), leaf, "2026-01-01")
    answer = await town.call("DELETE", f"/v1/units/{leaf}")
    assert answer.json()["type"] == "urn:tera:problem:unit-has-assignments"

    empty = await town.unit("empty")
    assert (await town.call("DELETE", f"/v1/units/{empty}")).status_code == 204
    assert (await town.call("GET", f"/v1/units/{empty}")).status_code == 404
    last = (await town.outbox())[-1]
    assert b'"deleted":true' in last["body"]
    assert b'"version":2' in last["body"]
