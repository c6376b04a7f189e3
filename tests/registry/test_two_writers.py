"""Two people change one thing at once: the second begins from what the first has made of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.registry.competences import store as competences
from services.registry.counters import store as counters
from services.registry.offerings import store as offerings
from services.registry.units import store as units
from services.registry.units.rules import State
from shared.db import Connection
from tests.registry.test_isolation import INDICATOR
from tests.registry.town import Town
from tests.support.waiting import eventually


@dataclass(frozen=True)
class Case:
    """What has a list in a table of its own: how one is made, and how the first writer, whose
    transaction is open, changes the list; returns what it is then."""

    path: str
    field: str
    make: Callable[[Town], Awaitable[str]]
    first: Callable[[Connection, Town, UUID], Awaitable[list[Any]]]


async def _service(town: Town) -> str:
    unit = await town.unit("Loket lama")
    return str((await town.made("/v1/services", {"name": "KTP", "unit_ids": [str(unit)]}))["id"])


async def _other_units(connection: Connection, town: Town, service_id: UUID) -> list[Any]:
    unit = await town.unit("Loket baru")
    service = await offerings.find(connection, town.id, service_id, lock=True)
    assert service is not None
    await offerings.update(connection, town.id, replace(service, unit_ids=(unit,)))
    return [str(unit)]


async def _counter(town: Town) -> str:
    unit = await town.unit("Kantor")
    return str((await town.made("/v1/counters", {"unit_id": str(unit), "name": "1"}))["id"])


async def _other_services(connection: Connection, town: Town, counter_id: UUID) -> list[Any]:
    service = UUID((await town.made("/v1/services", {"name": "Paspor"}))["id"])
    counter = await counters.find(connection, town.id, counter_id, lock=True)
    assert counter is not None
    await counters.update(connection, town.id, replace(counter, service_ids=(service,)))
    return [str(service)]


async def _competence(town: Town) -> str:
    body = {"code": "T1", "name": "Pelayanan", "kind": "technical"}
    return str((await town.made("/v1/competences", body))["id"])


async def _other_sources(connection: Connection, town: Town, competence_id: UUID) -> list[Any]:
    indicator = UUID((await town.made("/v1/indicators", INDICATOR))["id"])
    competence = await competences.find(connection, town.id, competence_id, lock=True)
    assert competence is not None
    changed = replace(competence, indicator_ids=(indicator,))
    await competences.update(connection, town.id, changed)
    return [str(indicator)]


async def _unit(town: Town) -> str:
    return str(await town.unit("Dinas"))


async def _planned_state(connection: Connection, town: Town, unit_id: UUID) -> list[Any]:
    unit = await units.find(connection, town.id, unit_id, lock=True)
    assert unit is not None
    planned = State(date(2199, 1, 1), "Dinas", "badan")
    await units.update(connection, town.id, [replace(unit, states=(*unit.states, planned))])
    states = [(date.min, "Nama lain", "opd"), (planned.valid_from, "Nama lain", "badan")]
    return [
        {"valid_from": str(day), "name": name, "kind": kind, "parent_id": None}
        for day, name, kind in states
    ]


CASES = {
    "service": Case("/v1/services", "unit_ids", _service, _other_units),
    "counter": Case("/v1/counters", "service_ids", _counter, _other_services),
    "competence": Case("/v1/competences", "indicator_ids", _competence, _other_sources),
    "unit": Case("/v1/units", "states", _unit, _planned_state),
}


@pytest.mark.parametrize("kind", CASES)
async def test_a_change_keeps_what_was_changed_while_it_waited(town: Town, kind: str) -> None:
    case = CASES[kind]
    made = await case.make(town)
    async with town.owner.acquire() as connection, connection.transaction():
        listed = await case.first(connection, town, UUID(made))
        second = asyncio.create_task(
            town.call("PATCH", f"{case.path}/{made}", {"name": "Nama lain"})
        )

        async def waits() -> bool:
            return bool(await connection.fetchval("select true from pg_locks where not granted"))

        await eventually(waits)
    answer = await second
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["name"], after["version"]) == ("Nama lain", 3)
    assert after[case.field] == listed


async def while_it_waits(town: Town, sql: str, *given: Any, path: str, body: Any) -> Any:
    """The answer to a POST that has to wait for the end of a transaction with this statement."""
    async with town.owner.acquire() as connection, connection.transaction():
        await connection.execute(sql, town.id, *given)
        second = asyncio.create_task(town.call("POST", path, body))

        async def waits() -> bool:
            return bool(await connection.fetchval("select true from pg_locks where not granted"))

        await eventually(waits)
    return await second


async def test_a_plan_for_a_period_that_is_being_deleted(town: Town) -> None:
    number = "198001012006041001"
    person, leader = await town.person(kind="civil_servant", number=number), await town.person()
    line = {"assessor_id": str(leader), "valid_from": "2025-01-01"}
    await town.made(f"/v1/people/{person}/reporting-lines", line)
    year = {"kind": "yearly", "starts_on": "2026-01-01", "ends_on": "2027-01-01"}
    period = await town.made("/v1/periods", year | {"closes_at": "2027-02-01T00:00:00Z"})
    answer = await while_it_waits(
        town,
        "delete from periods where tenant_id = $1",
        path="/v1/plans",
        body={"person_id": str(person), "period_id": period["id"]},
    )
    assert answer.status_code == 404, answer.text


async def test_a_configuration_of_what_somebody_else_is_making(town: Town) -> None:
    competence = {"code": "T1", "name": "Pelayanan", "kind": "technical"}
    made = """
        insert into competences
            (tenant_id, id, code, name, kind, values_shown, elements_shown, version)
        values ($1, $2, 'T1', 'Pelayanan', 'technical', '{}', '{}', 1)
    """
    answer = await while_it_waits(
        town,
        made,
        uuid4(),
        path="/v1/configurations",
        body={"name": "Andir", "competences": [competence]},
    )
    assert answer.json()["type"] == "urn:tera:problem:changed-meanwhile"
    unit = await town.unit("Andir", code="32.73.05")
    clocks = {"policy_kind": "complaints", "verify": 1}
    policy = {"unit": "32.73.05", "valid_from": "2026-01-01", "document": clocks}
    answer = await while_it_waits(
        town,
        "delete from units where tenant_id = $1 and id = $2",
        unit,
        path="/v1/configurations",
        body={"name": "Andir", "policies": [policy]},
    )
    assert answer.json()["type"] == "urn:tera:problem:changed-meanwhile"
