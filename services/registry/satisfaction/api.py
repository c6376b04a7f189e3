"""`/v1/satisfaction-policies`, and which of them wins for a unit on a day."""

from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.fields import Body
from services.registry.offerings import store as offerings
from services.registry.satisfaction import store
from services.registry.satisfaction.rules import (
    Level,
    Policy,
    Switch,
    services_without_element,
    survey,
)
from services.registry.tenants import store as tenants
from services.registry.units import store as units
from services.registry.units.answers import unknown_unit
from shared.contracts import Element
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(tags=["policies"])

_REFUSALS = {
    "uq_satisfaction_policies_tenant_id_unit_id_valid_from": partial(
        conflict,
        "policy-date-taken",
        "Nothing was stored: another policy of the same unit or tenant begins on this day. "
        "Change that one, or choose another day.",
    ),
    "fk_satisfaction_policies_tenant_id_unit_id_units": partial(
        refused, "unit_id", "is not a unit of this tenant: leave it out for the whole tenant"
    ),
    "fk_satisfaction_policies_tenant_id_tenants": no_tenant,
}


class SwitchedOff(Body):
    """An element that is not asked, for one service, or for all without `service_id`."""

    element: Element
    service_id: UUID | None = None


class PolicyDocument(Body):
    """The whole policy: it replaces those above it entirely, and a change replaces it entirely.

    `weight_decimals` 2 or 3 weighs each element 0.11 or 0.111, only to reproduce old
    publications. `minimum_sample` is a number of answers. `shrinkage` is k of n / (n + k).
    """

    unit_id: UUID | None = None
    valid_from: date
    weight_decimals: Literal[2, 3] | None = None
    switched_off: Annotated[tuple[SwitchedOff, ...], Field(max_length=1000)] = ()
    minimum_sample: Annotated[int, Field(ge=1, le=100_000)] = 30
    shrinkage: Annotated[int, Field(ge=0, le=100_000)] = 30

    def policy(self, policy_id: UUID, version: int = 1) -> Policy:
        """Equal switches are kept once."""
        switches = dict.fromkeys(Switch(s.element, s.service_id) for s in self.switched_off)
        return Policy(
            policy_id,
            self.valid_from,
            self.unit_id,
            self.weight_decimals,
            tuple(switches),
            self.minimum_sample,
            self.shrinkage,
            version,
        )


class Source(BaseModel):
    """What one level says; `unit_id` null is the tenant, a missing policy says nothing."""

    level: Literal["unit", "tenant", "default"]
    unit_id: UUID | None
    name: str
    policy_id: UUID | None
    valid_from: date | None
    wins: bool


class EffectivePolicy(BaseModel):
    """The winning policy, and `sources` from the nearest to the farthest with what each says."""

    unit_id: UUID
    on: date
    weight_decimals: int | None
    switched_off: list[Switch]
    minimum_sample: int
    shrinkage: int
    sources: list[Source]


@router.post("/v1/satisfaction-policies", status_code=201)
async def create_policy(
    new: PolicyDocument, caller: Keeper, registry: Access, response: Response
) -> Policy:
    policy = new.policy(uuid7())

    async def work(connection: Connection) -> None:
        await _check_switches(connection, caller.tenant, policy)
        await store.insert(connection, caller.tenant, policy)

    await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, policy.version)
    return policy


@router.get("/v1/satisfaction-policies")
async def list_policies(caller: Member, registry: Access, paging: Paging) -> Page[Policy]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        policies = await store.page(connection, caller.tenant, after=after, limit=paging.fetch)
    return paging.page(policies, key=lambda policy: (policy.id,))


@router.get("/v1/satisfaction-policies/{satisfaction_policy_id}")
async def show_policy(
    satisfaction_policy_id: UUID, caller: Member, registry: Access, response: Response
) -> Policy:
    async with registry.transaction(caller.tenant) as connection:
        policy = await store.find(connection, caller.tenant, satisfaction_policy_id)
    if policy is None:
        raise _unknown()
    show_version(response, policy.version)
    return policy


@router.put("/v1/satisfaction-policies/{satisfaction_policy_id}")
async def replace_policy(
    satisfaction_policy_id: UUID,
    document: PolicyDocument,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Policy:
    async def work(connection: Connection) -> Policy:
        policy = await store.find(connection, caller.tenant, satisfaction_policy_id, lock=True)
        if policy is None:
            raise _unknown()
        check_version(policy.version, expected)
        changed = document.policy(satisfaction_policy_id, policy.version)
        if changed == policy:
            return policy
        await _check_switches(connection, caller.tenant, changed)
        return await store.update(connection, caller.tenant, changed)

    policy = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, policy.version)
    return policy


@router.delete("/v1/satisfaction-policies/{satisfaction_policy_id}", status_code=204)
async def delete_policy(
    satisfaction_policy_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    async def work(connection: Connection) -> None:
        policy = await store.find(connection, caller.tenant, satisfaction_policy_id, lock=True)
        if policy is None:
            raise _unknown()
        check_version(policy.version, expected)
        await store.delete(connection, caller.tenant, policy)

    await registry.write(caller, work)


@router.get("/v1/units/{unit_id}/policy")
async def effective_policy(
    unit_id: UUID, caller: Member, registry: Access, on: Annotated[date, Query()]
) -> EffectivePolicy:
    """What holds for the unit in a period that begins on `on`."""
    async with registry.transaction(caller.tenant) as connection:
        path = (await units.paths(connection, caller.tenant, [unit_id]))[unit_id]
        tenant = await tenants.find(connection, caller.tenant)
        if not path or tenant is None:
            raise unknown_unit()
        policies = await store.begun_by(
            connection, caller.tenant, [step.id for step in path], on=on
        )
    levels = [Level(step.id, step.name) for step in reversed(path)] + [Level(None, tenant.name)]
    found = survey(policies, levels, on)
    winner = next((f.policy for f in found if f.policy), None)
    sources = [
        Source(
            level="unit" if f.level.unit_id else "tenant",
            unit_id=f.level.unit_id,
            name=f.level.name,
            policy_id=f.policy.id if f.policy else None,
            valid_from=f.policy.valid_from if f.policy else None,
            wins=f.policy is not None and f.policy is winner,
        )
        for f in found
    ]
    sources.append(
        Source(
            level="default",
            unit_id=None,
            name="PermenPANRB 14/2017",
            policy_id=None,
            valid_from=None,
            wins=winner is None,
        )
    )
    effective = winner or Policy(unit_id, on)
    return EffectivePolicy(
        unit_id=unit_id,
        on=on,
        weight_decimals=effective.weight_decimals,
        switched_off=list(effective.switched_off),
        minimum_sample=effective.minimum_sample,
        shrinkage=effective.shrinkage,
        sources=sources,
    )


_unknown = partial(
    not_found, "This tenant has no policy with this id: list them at /v1/satisfaction-policies."
)


async def _check_switches(connection: Connection, tenant_id: UUID, policy: Policy) -> None:
    """Refuse unknown services, and a policy that leaves nothing to ask."""
    named = {s.service_id for s in policy.switched_off if s.service_id}
    if await offerings.hold(connection, tenant_id, named) != named:
        raise refused(
            "switched_off", "names a service that this tenant does not have: see /v1/services"
        )
    if services_without_element(policy.switched_off):
        raise refused("switched_off", "leaves no element to ask: keep at least one of the nine on")
