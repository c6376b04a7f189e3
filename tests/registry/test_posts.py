"""Posts of units; who holds them is tried in test_careers."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.town import Town


async def made(town: Town, unit: UUID, title: str, **fields: Any) -> dict[str, Any]:
    body = {"unit_id": str(unit), "title": title, "post_kind": "functional", **fields}
    return await town.made("/v1/posts", body)


async def test_they_are_listed_by_unit_and_announced(town: Town) -> None:
    unit, other = await town.unit("A"), await town.unit("B")
    first = await made(town, unit, "Arsiparis")
    await made(town, other, "Arsiparis", post_kind="executor")
    event = json.loads((await town.outbox())[-2]["body"])
    assert (event["title"], event["post_kind"], event["unit_id"]) == (
        "Arsiparis",
        "functional",
        str(unit),
    )
    listed = await town.call("GET", f"/v1/posts?unit_id={unit}", role="employee")
    assert listed.json()["items"] == [first]
    page = (await town.call("GET", "/v1/posts?limit=1")).json()
    rest = await town.call("GET", f"/v1/posts?limit=1&cursor={page['next_cursor']}")
    assert (len(rest.json()["items"]), rest.json()["next_cursor"]) == (1, None)
    shown = await town.call("GET", f"/v1/posts/{first['id']}", role="employee")
    assert (shown.json(), shown.headers["etag"]) == (first, '"1"')


async def test_a_title_is_there_once_in_a_unit(town: Town) -> None:
    unit, other = await town.unit("A"), await town.unit("B")
    await made(town, unit, "Lurah")
    movable = await made(town, other, "Lurah")
    body = {"unit_id": str(unit), "title": " Lurah ", "post_kind": "structural"}
    for answer in (
        await town.call("POST", "/v1/posts", body),
        await town.call("PATCH", f"/v1/posts/{movable['id']}", {"unit_id": str(unit)}),
    ):
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:tera:problem:post-title-taken"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"unit_id": str(uuid4())}, "unit_id"),
        ({"post_kind": "mayor"}, "post_kind"),
        ({"title": " "}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"holder": "Siti"}, "holder"),
    ],
)
async def test_what_is_wrong_is_named(town: Town, fields: dict[str, str], field: str) -> None:
    body = {"unit_id": str(await town.unit()), "title": "Lurah", "post_kind": "structural"}
    answer = await town.call("POST", "/v1/posts", {**body, **fields})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_the_second_editor_is_told(town: Town) -> None:
    post = await made(town, await town.unit(), "Lurah")
    address, seen = f"/v1/posts/{post['id']}", {"if-match": '"1"'}
    first = await town.call("PATCH", address, {"title": "Camat"}, headers=seen)
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    same = await town.call("PATCH", address, {"title": "Camat"})
    assert same.json()["version"] == 2
    for method, body in (("PATCH", {"title": "Kepala"}), ("DELETE", None)):
        answer = await town.call(method, address, body, headers=seen)
        assert answer.json()["type"] == "urn:tera:problem:changed-meanwhile"
    assert (await town.call("DELETE", address)).status_code == 204
    assert (await town.call("GET", address)).status_code == 404
    assert json.loads((await town.outbox())[-1]["body"])["deleted"] is True


async def test_a_unit_with_posts_stays(town: Town) -> None:
    unit = await town.unit()
    await made(town, unit, "Lurah")
    answer = await town.call("DELETE", f"/v1/units/{unit}")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tera:problem:unit-has-posts")
