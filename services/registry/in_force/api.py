"""`/v1/units/{unit_id}/policies`: every value that holds for a unit, with its source."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.registry.access import Access, Member, no_tenant
from services.registry.policies import store as policies
from services.registry.policies.store import Policy
from services.registry.regulations.packs import SURVEYS
from services.registry.satisfaction import store as satisfaction
from services.registry.satisfaction.rules import Level, Switch, survey
from services.registry.satisfaction.rules import Policy as SatisfactionPolicy
from services.registry.tenants import store as tenants
from services.registry.units import store as units
from shared.contracts.policy_levels import REGULATION_OF, complete, in_force
from shared.http.problems import not_found

router = APIRouter(tags=["policies"])


class ValueSource(BaseModel):
    """Who says so. `unit_id` is given for a unit; `policy_id` and `valid_from` for a unit or the
    tenant; a regulation has a name only."""

    level: Literal["unit", "tenant", "regulation"]
    unit_id: UUID | None = None
    name: str
    policy_id: UUID | None = None
    valid_from: date | None = None


class FieldInForce(BaseModel):
    """Decimals travel as strings."""

    field: str
    value: Any
    source: ValueSource


class KindInForce(BaseModel):
    """All fields of one kind of policy."""

    kind: str
    fields: list[FieldInForce]


class SatisfactionInForce(BaseModel):
    """The policy of satisfaction surveys, which holds as a whole."""

    weight_decimals: int | None
    switched_off: list[Switch]
    minimum_sample: int
    shrinkage: int
    source: ValueSource


class PoliciesInForce(BaseModel):
    """What holds for the unit in a period that begins on `on`."""

    unit_id: UUID
    on: date
    kinds: list[KindInForce]
    satisfaction: SatisfactionInForce


@router.get("/v1/units/{unit_id}/policies")
async def policies_in_force(
    unit_id: UUID,
    caller: Member,
    registry: Access,
    on: Annotated[date | None, Query(description="Without it: today, in the tenant's zone")] = None,
) -> PoliciesInForce:
    """Every value that holds for the unit in a period that begins on `on`, with its source."""
    async with registry.transaction(caller.tenant) as connection:
        tenant = await tenants.find(connection, caller.tenant)
        if tenant is None:
            raise no_tenant()
        on = on or await tenants.today(connection, caller.tenant)
        path = (await units.paths(connection, caller.tenant, [unit_id], on=on))[unit_id]
        if not path:
            raise not_found("There is no such unit on this day: list them at /v1/units?on=DATE.")
        ids = [step.id for step in path]
        stated = await policies.begun_by(connection, caller.tenant, ids, on=on)
        surveys = await satisfaction.begun_by(connection, caller.tenant, ids, on=on)
    levels = [Level(step.id, step.name) for step in reversed(path)] + [Level(None, tenant.name)]
    return PoliciesInForce(
        unit_id=unit_id,
        on=on,
        kinds=_kinds(stated, levels, on),
        satisfaction=_satisfaction(surveys, levels, on),
    )


def _kinds(stated: Sequence[Policy], levels: Sequence[Level], on: date) -> list[KindInForce]:
    names = {level.unit_id: level.name for level in levels}
    kinds = []
    for kind, fields in in_force(stated, [level.unit_id for level in levels], on).items():
        values = complete(kind, fields).model_dump(mode="json")
        regulation = ValueSource(level="regulation", name=REGULATION_OF[kind].name)
        kinds.append(
            KindInForce(
                kind=kind,
                fields=[
                    FieldInForce(
                        field=field,
                        value=values[field],
                        source=_source(held.policy, names) if held.policy else regulation,
                    )
                    for field, held in fields.items()
                ],
            )
        )
    return kinds


def _satisfaction(
    surveys: Sequence[SatisfactionPolicy], levels: Sequence[Level], on: date
) -> SatisfactionInForce:
    names = {level.unit_id: level.name for level in levels}
    winner = next((found.policy for found in survey(surveys, levels, on) if found.policy), None)
    regulation = ValueSource(level="regulation", name=SURVEYS)
    policy = winner or SatisfactionPolicy(UUID(int=0), on)
    return SatisfactionInForce(
        weight_decimals=policy.weight_decimals,
        switched_off=list(policy.switched_off),
        minimum_sample=policy.minimum_sample,
        shrinkage=policy.shrinkage,
        source=_source(winner, names) if winner else regulation,
    )


def _source(policy: Policy | SatisfactionPolicy, names: dict[UUID | None, str]) -> ValueSource:
    return ValueSource(
        level="unit" if policy.unit_id else "tenant",
        unit_id=policy.unit_id,
        name=names[policy.unit_id],
        policy_id=policy.id,
        valid_from=policy.valid_from,
    )
