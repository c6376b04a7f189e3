"""Duties: what a person answers for in the unit of an assignment, from day to day."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.registry.assignments.rules import Assignment
from tests.registry.test_imports import counts, send
from tests.registry.town import Town


async def assignments(town: Town, person: UUID) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (
        await town.call("GET", f"/v1/people/{person}/assignments")
    ).json()
    return listed


def on(day: date, held: list[dict[str, Any]]) -> list[str]:
    """The duties of the assignments that hold on a day."""
    return [
        duty
        for a in held
        if Assignment(
            UUID(a["id"]),
            UUID(a["person_id"]),
            UUID(a["unit_id"]),
            a["kind"],
            date.fromisoformat(a["valid_from"]),
            date.fromisoformat(a["valid_until"]) if a["valid_until"] else None,
        ).holds_on(day)
        for duty in a["duties"]
    ]


async def announced(town: Town) -> dict[str, Any]:
    last: dict[str, Any] = json.loads((await town.outbox())[-1]["body"])
    return last


async def test_they_are_stored_once_in_one_order_and_announced(town: Town) -> None:
    person, unit = await town.person(), await town.unit()
    duties = ["survey_officer", "head", "survey_officer"]
    assignment = await town.assignment(person, unit, "2026-01-01", duties=duties)
    assert (await announced(town))["duties"] == ["head", "survey_officer"]
    address = f"/v1/people/{person}/assignments/{assignment}"
    dated = await town.call("PATCH", address, {"valid_until": "2026-07-01"})
    assert dated.json()["duties"] == ["head", "survey_officer"]
    fewer = await town.call("PATCH", address, {"duties": []})
    assert (fewer.json()["duties"], fewer.json()["version"]) == ([], 3)
    assert (await announced(town))["duties"] == []


@pytest.mark.parametrize("duties", [["mayor"], "head", None, [""]])
async def test_others_are_refused(town: Town, duties: object) -> None:
    person, unit = await town.person(), await town.unit()
    assignment = await town.assignment(person, unit, "2026-01-01")
    address = f"/v1/people/{person}/assignments/{assignment}"
    answer = await town.call("PATCH", address, {"duties": duties})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("duties")


async def test_the_database_itself_refuses_them(town: Town) -> None:
    person, unit = await town.person(), await town.unit()
    assignment = await town.assignment(person, unit, "2026-01-01")
    with pytest.raises(asyncpg.CheckViolationError):
        await town.owner.execute(
            "update assignments set duties = '{mayor}' where id = $1", assignment
        )


async def test_a_head_heads_up_to_the_day_before_the_transfer(town: Town) -> None:
    person, old, new = await town.person(), await town.unit("old"), await town.unit("new")
    await town.assignment(person, old, "2024-01-01", duties=["head", "complaint_officer"])
    move = {"unit_id": str(new), "on": "2025-03-01"}
    answer = await town.call("POST", f"/v1/people/{person}/transfers", move)
    assert answer.json()["started"]["duties"] == ["complaint_officer"]
    held = await assignments(town, person)
    assert on(date(2023, 12, 31), held) == []
    assert on(date(2024, 1, 1), held) == ["head", "complaint_officer"]
    assert on(date(2025, 2, 28), held) == ["head", "complaint_officer"]
    assert on(date(2025, 3, 1), held) == ["complaint_officer"]
    assert [json.loads(row["body"])["duties"] for row in (await town.outbox())[-2:]] == [
        ["head", "complaint_officer"],
        ["complaint_officer"],
    ]


async def test_a_transfer_may_say_which(town: Town) -> None:
    person, old, new = await town.person(), await town.unit("old"), await town.unit("new")
    await town.assignment(person, old, "2024-01-01", duties=["survey_officer"])
    move = {"unit_id": str(new), "on": "2025-03-01", "duties": ["head"]}
    answer = await town.call("POST", f"/v1/people/{person}/transfers", move)
    assert answer.json()["started"]["duties"] == ["head"]


async def test_a_file_of_people_may_state_them(town: Town) -> None:
    await town.unit(code="01")
    await town.unit(code="02")
    head = "id,nama,jenis,kode unit,tmt,tugas\n"
    row = "1,Siti,non asn,01,2026-01-01,{}\n"
    both = row.format("Kepala;survey_officer")
    assert counts(await send(town, "people", head + both)) == (1, 0, 0)
    (person,) = (await town.call("GET", "/v1/people")).json()["items"]
    (held,) = await assignments(town, UUID(person["id"]))
    assert held["duties"] == ["head", "survey_officer"]
    for same in (both, row.format("")):
        assert counts(await send(town, "people", head + same)) == (0, 0, 1)
    assert counts(await send(town, "people", head + row.format("petugas SKM"))) == (0, 1, 0)
    (held,) = await assignments(town, UUID(person["id"]))
    assert (held["duties"], held["version"]) == (["survey_officer"], 2)
    moved = "1,Siti,non asn,02,2026-03-01,\n"
    assert counts(await send(town, "people", head + moved)) == (0, 1, 0)
    assert [a["duties"] for a in await assignments(town, UUID(person["id"]))] == [
        ["survey_officer"]
    ] * 2
    bad = await send(
        town, "people", head + "1,Siti,non asn,,,head\n2,Budi,non asn,01,2026-01-01,x\n"
    )
    assert [error["field"] for error in bad.json()["errors"]] == ["line 2, tugas", "line 3, tugas"]
