"""How a unit is told, with the path that leads to it."""

from datetime import date
from functools import partial
from uuid import UUID

from pydantic import BaseModel

from services.registry.tenants import store as tenants
from services.registry.units import store
from services.registry.units.rules import State, Step, Unit
from shared.db import Connection
from shared.http.problems import not_found

unknown_unit = partial(not_found, "This tenant has no unit with this id: list them at /v1/units.")


class UnitAnswer(BaseModel):
    """`path` leads from the top down to the unit itself; both are of the day that was asked for,
    without one of today. `states` are all: the first of a unit that is there since ever begins
    on 0001-01-01. `ended_on` is the first day it is no more."""

    id: UUID
    name: str
    kind: str
    code: str | None
    parent_id: UUID | None
    version: int
    path: list[Step]
    aliases: list[str]
    states: list[State]
    ended_on: date | None
    merged_into_id: UUID | None
    region_kemendagri: str | None
    region_bps: str | None


async def answer(
    connection: Connection, tenant_id: UUID, unit: Unit, *, on: date | None = None
) -> UnitAnswer:
    """The unit with its path, of a day on which it exists, without one of today."""
    day = unit.nearest(on or await tenants.today(connection, tenant_id))
    paths = await store.paths(connection, tenant_id, [unit.id], on=day)
    return with_path(unit.shown_on(day), paths[unit.id])


def with_path(unit: Unit, path: list[Step]) -> UnitAnswer:
    """The unit as it is told."""
    fields = {name: getattr(unit, name) for name in UnitAnswer.model_fields if name != "path"}
    return UnitAnswer(**fields, path=path)
