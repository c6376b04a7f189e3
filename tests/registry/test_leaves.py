"""Leave: one at a time; its reason stays in the registry, its effect travels."""

import json
from typing import Any
from uuid import UUID

import pytest

from services.registry.leaves.rules import EFFECTS
from shared.contracts import LeaveEffect
from tests.registry.town import Town


async def leave(town: Town, person: UUID, first: str, **more: Any) -> dict[str, Any]:
    body = {"kind": "annual", "valid_from": first, **more}
    return await town.made(f"/v1/people/{person}/leaves", body)


async def test_the_event_says_what_it_means_and_not_why(town: Town) -> None:
    person = await town.person()
    made = await leave(town, person, "2026-01-01", kind="sick", valid_until="2026-02-01")
    address = f"/v1/people/{person}/leaves/{made['id']}"
    await town.call("PATCH", address, {"kind": "study", "valid_until": None})
    await town.call("DELETE", address)
    rows = [row for row in await town.outbox() if row["event_type"] == "registry.leave.v1"]
    told = [json.loads(row["body"]) for row in rows]
    assert [each["effect"] for each in told] == ["absent", "study", "study"]
    assert [each["version"] for each in told] == [1, 2, 3]
    assert [each.get("valid_until") for each in told] == ["2026-02-01", None, None]
    assert [each["deleted"] for each in told] == [False, False, True]
    assert not any(b"sick" in row["body"] for row in rows)


def test_every_kind_has_an_effect() -> None:
    assert set(EFFECTS.values()) == set(LeaveEffect)


async def test_nobody_is_away_twice(town: Town) -> None:
    person, other = await town.person(external_id="1"), await town.person(external_id="2")
    first = await leave(town, person, "2026-01-01", valid_until="2026-02-01")
    await leave(town, other, "2026-01-01")
    wanted = {"kind": "sick", "valid_from": "2026-01-31"}
    answer = await town.call("POST", f"/v1/people/{person}/leaves", wanted)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tera:problem:leave-overlaps")
    assert "from 2026-01-01 until 2026-02-01" in answer.json()["detail"]
    await leave(town, person, "2026-02-01", kind="sick")
    address = f"/v1/people/{person}/leaves/{first['id']}"
    answer = await town.call("PATCH", address, {"valid_until": "2026-02-02"})
    assert answer.json()["type"] == "urn:tera:problem:leave-overlaps"
    answer = await town.call("PATCH", f"/v1/people/{other}/leaves/{first['id']}", {})
    assert answer.status_code == 404


async def test_each_day_is_asked_for(town: Town) -> None:
    person = await town.person()
    await leave(town, person, "2026-01-01", valid_until="2026-02-01")
    await leave(town, person, "2026-02-01", kind="unpaid")
    kinds = []
    for day in ("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"):
        answer = await town.call("GET", f"/v1/people/{person}/leaves?on={day}")
        kinds.append([each["kind"] for each in answer.json()])
    assert kinds == [[], ["annual"], ["annual"], ["unpaid"]]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"valid_until": "2026-01-01"}, "valid_until"),
        ({"kind": "holiday"}, "kind"),
        ({"valid_from": "0000-01-01"}, "valid_from"),
        ({"reason": "flu"}, "reason"),
    ],
)
async def test_what_is_wrong_is_named(town: Town, fields: dict[str, str], field: str) -> None:
    person = await town.person()
    body = {"kind": "annual", "valid_from": "2026-01-01", **fields}
    answer = await town.call("POST", f"/v1/people/{person}/leaves", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_it_is_seen_by_the_person_and_the_keepers_alone(town: Town) -> None:
    person, assessor = await town.person(external_id="1"), await town.person(external_id="2")
    await town.line(person, assessor, "2020-01-01")
    made = await leave(town, person, "2026-01-01", kind="sick")
    address = f"/v1/people/{person}/leaves"
    mine = await town.call("GET", address, role="employee", person=person)
    assert mine.json() == [made]
    above = await town.call("GET", address, role="employee", person=assessor)
    assert above.status_code == 403


async def test_the_second_editor_is_told(town: Town) -> None:
    person = await town.person()
    made = await leave(town, person, "2026-01-01")
    address, seen = f"/v1/people/{person}/leaves/{made['id']}", {"if-match": '"1"'}
    first = await town.call("PATCH", address, {"kind": "big"}, headers=seen)
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    same = await town.call("PATCH", address, {"kind": "big"}, headers={"if-match": '"2"'})
    assert same.json()["version"] == 2
    for method, body in (("PATCH", {"kind": "study"}), ("DELETE", None)):
        answer = await town.call(method, address, body, headers=seen)
        assert answer.json()["type"] == "urn:tera:problem:changed-meanwhile"


async def test_somebody_with_leave_is_not_deleted(town: Town) -> None:
    person = await town.person()
    await leave(town, person, "2026-01-01")
    answer = await town.call("DELETE", f"/v1/people/{person}")
    assert answer.json()["type"] == "urn:tera:problem:person-has-leaves"
