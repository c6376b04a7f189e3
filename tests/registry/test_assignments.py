"""Dated assignments: the database refuses overlaps, transfers leave no gap."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.registry.town import Town
from tests.support.databases import Database


async def held(town: Town, person: UUID) -> list[tuple[str, str, str | None]]:
    answer = await town.call("GET", f"/v1/people/{person}/assignments")
    return [(a["unit_id"], a["valid_from"], a["valid_until"]) for a in answer.json()]


async def test_definitive_ones_do_not_overlap_and_others_may(town: Town) -> None:
    person, unit, other = await town.person(), await town.unit("A"), await town.unit("B")
    await town.assignment(person, unit, "2026-01-01", valid_until="2026-07-01")
    wanted = {"unit_id": str(other), "valid_from": "2026-06-30"}
    answer = await town.call("POST", f"/v1/people/{person}/assignments", wanted)
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "urn:tera:problem:assignment-overlaps",
    )
    assert "from 2026-01-01 until 2026-07-01" in answer.json()["detail"]
    for kind in ("acting", "double"):
        await town.assignment(person, other, "2026-06-30", kind=kind)
    await town.assignment(person, other, "2026-07-01")  # half-open: the day after the last
    assert len(await held(town, person)) == 4


async def test_a_correction_may_not_overlap_either(town: Town) -> None:
    person, unit = await town.person(), await town.unit()
    first = await town.assignment(person, unit, "2026-01-01", valid_until="2026-07-01")
    await town.assignment(person, unit, "2026-07-01")
    address = f"/v1/people/{person}/assignments/{first}"
    answer = await town.call("PATCH", address, {"valid_until": None})
    assert answer.status_code == 409
    assert "from 2026-07-01 on" in answer.json()["detail"]
    answer = await town.call("PATCH", address, {"valid_until": "2026-06-01"})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"valid_until": "2026-01-01"}, "valid_until"),
        ({"valid_until": "2025-12-31"}, "valid_until"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"unit_id": str(uuid4())}, "unit_id"),
        ({"kind": "permanent"}, "kind"),
    ],
)
async def test_bad_dates_and_units_are_named(
    town: Town, fields: dict[str, str], field: str
) -> None:
    person, unit = await town.person(), await town.unit()
    body = {"unit_id": str(unit), "valid_from": "2026-01-01", **fields}
    answer = await town.call("POST", f"/v1/people/{person}/assignments", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("writers", [2, 8])
async def test_of_writers_at_the_same_time_one_wins(town: Town, writers: int) -> None:
    unit = await town.unit()
    for _ in range(3):
        person = await town.person()
        body = {"unit_id": str(unit), "valid_from": "2026-01-01"}
        path = f"/v1/people/{person}/assignments"
        answers = await asyncio.gather(*(town.call("POST", path, body) for _ in range(writers)))
        assert sorted(a.status_code for a in answers) == [201] + [409] * (writers - 1)
        assert len(await held(town, person)) == 1


async def test_the_database_itself_refuses(town: Town, database: Database) -> None:
    """Whatever code writes: eight connections, one person, overlapping dates."""
    person, unit = await town.person(), await town.unit()

    async def write(number: int) -> bool:
        connection = await asyncpg.connect(database.api)
        try:
            async with connection.transaction():
                await connection.execute(
                    "select set_config('tera.tenants', $1, true)", str(town.id)
                )
                await connection.execute(
                    "insert into assignments values ($1, $2, $3, $4, 'definitive', $5, null, 1)",
                    town.id,
                    uuid4(),
                    person,
                    unit,
                    date(2026, 1, 1 + number),
                )
            return True
        except (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError):
            return False
        finally:
            await connection.close()

    assert sum(await asyncio.gather(*map(write, range(8)))) == 1


async def test_a_transfer_ends_and_begins_together(town: Town) -> None:
    person, old, new = await town.person(), await town.unit("old"), await town.unit("new")
    await town.assignment(person, old, "2024-01-01")
    before = len(await town.outbox())
    answer = await town.call(
        "POST", f"/v1/people/{person}/transfers", {"unit_id": str(new), "on": "2025-03-01"}
    )
    assert answer.status_code == 201
    assert answer.json()["ended"]["version"] == 2
    assert await held(town, person) == [
        (str(old), "2024-01-01", "2025-03-01"),
        (str(new), "2025-03-01", None),
    ]
    announced = (await town.outbox())[before:]
    assert [row["event_type"] for row in announced] == ["registry.assignment.v1"] * 2


async def test_a_backdated_transfer_leaves_what_came_later(town: Town) -> None:
    person = await town.person()
    a, b, c = [await town.unit(name) for name in "abc"]
    await town.assignment(person, a, "2024-01-01", valid_until="2025-01-01")
    await town.assignment(person, c, "2025-01-01")
    answer = await town.call(
        "POST", f"/v1/people/{person}/transfers", {"unit_id": str(b), "on": "2024-06-01"}
    )
    assert answer.status_code == 201
    assert await held(town, person) == [
        (str(a), "2024-01-01", "2024-06-01"),
        (str(b), "2024-06-01", "2025-01-01"),
        (str(c), "2025-01-01", None),
    ]


async def test_transfers_that_mean_something_else_are_explained(town: Town) -> None:
    person, old, new = await town.person(), await town.unit("old"), await town.unit("new")
    await town.assignment(person, old, "2024-01-01")
    for unit, on, slug in (
        (new, "2023-12-31", "nothing-to-transfer"),
        (old, "2025-01-01", "already-there"),
        (new, "2024-01-01", "transfer-on-first-day"),
    ):
        answer = await town.call(
            "POST", f"/v1/people/{person}/transfers", {"unit_id": str(unit), "on": on}
        )
        assert (answer.status_code, answer.json()["type"]) == (409, f"urn:tera:problem:{slug}")
    unknown = {"unit_id": str(uuid4()), "on": "2025-01-01"}
    answer = await town.call("POST", f"/v1/people/{person}/transfers", unknown)
    assert answer.status_code == 422
    assert await held(town, person) == [(str(old), "2024-01-01", None)]


async def test_transfers_at_the_same_time_leave_no_gap_and_no_overlap(town: Town) -> None:
    person = await town.person()
    units = [await town.unit(f"unit {number}") for number in range(5)]
    await town.assignment(person, units[0], "2024-01-01")
    await asyncio.gather(
        *(
            town.call(
                "POST",
                f"/v1/people/{person}/transfers",
                {"unit_id": str(unit), "on": f"2025-0{month}-01"},
            )
            for month, unit in enumerate(units[1:], 1)
        )
    )
    rows = await held(town, person)
    assert len(rows) == 5
    assert [row[2] for row in rows] == [row[1] for row in rows[1:]] + [None]
