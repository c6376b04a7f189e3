"""`/v1/policies`: dated documents of a tenant or a unit, each of one kind."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.fields import Body
from services.registry.locks import lock_all
from services.registry.policies import store
from services.registry.policies.checks import contradictions_after, faults_of, refuse_closed
from services.registry.policies.store import Policy
from shared.contracts import PolicyDocument
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, invalid_request, not_found
from shared.http.versions import Expected, check_version, show_version
from shared.http.words import FieldProblem

router = APIRouter(prefix="/v1/policies", tags=["policies"])

Kind = Literal["rating", "behaviour", "numeric", "complaints", "evaluation", "follow_up"]
REFUSALS = {
    "uq_policies_tenant_id_unit_id_kind_valid_from": partial(
        conflict,
        "policy-date-taken",
        "Nothing was stored: another policy of this kind, for the same unit or tenant, begins on "
        "this day. Change that one, or choose another day.",
    ),
    "fk_policies_tenant_id_unit_id_units": partial(
        refused, "unit_id", "is not a unit of this tenant: leave it out for the whole tenant"
    ),
    "fk_policies_tenant_id_tenants": no_tenant,
}


class NewPolicy(Body):
    """A document gives only what it wants to say. Every other field is left to the unit above,
    then to the tenant, then to the regulation."""

    unit_id: UUID | None = None
    valid_from: date
    document: PolicyDocument


class PolicyAnswer(BaseModel):
    """`unit_id` null: the whole tenant. Fields of `document` that are null say nothing."""

    id: UUID
    unit_id: UUID | None
    valid_from: date
    document: PolicyDocument
    version: int


@router.post("", status_code=201)
async def create_policy(
    new: NewPolicy, caller: Keeper, registry: Access, response: Response
) -> PolicyAnswer:
    _refuse_faults(new.document)
    policy = Policy(uuid7(), new.valid_from, new.document, new.unit_id)

    async def work(connection: Connection) -> None:
        await lock_all(connection, caller.tenant, "policies")
        await store.insert(connection, caller.tenant, [policy])
        await _check(connection, caller.tenant, [policy])

    await registry.write(caller, work, refusals=REFUSALS)
    show_version(response, policy.version)
    return _answer(policy)


@router.get("")
async def list_policies(
    caller: Member,
    registry: Access,
    paging: Paging,
    kind: Annotated[Kind | None, Query()] = None,
    unit_id: UUID | None = None,
) -> Page[PolicyAnswer]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        policies = await store.page(
            connection,
            caller.tenant,
            after=after,
            limit=paging.fetch,
            kind=kind,
            unit_id=unit_id,
        )
    return paging.page([_answer(policy) for policy in policies], key=lambda policy: (policy.id,))


@router.get("/{policy_id}")
async def show_policy(
    policy_id: UUID, caller: Member, registry: Access, response: Response
) -> PolicyAnswer:
    async with registry.transaction(caller.tenant) as connection:
        policy = await store.find(connection, caller.tenant, policy_id)
    if policy is None:
        raise _unknown()
    show_version(response, policy.version)
    return _answer(policy)


@router.put("/{policy_id}")
async def replace_policy(
    policy_id: UUID,
    new: NewPolicy,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> PolicyAnswer:
    """The whole document; it stays of its kind. It holds for periods that began before today too:
    begin a new policy where they should keep their rules, as closed ones do in any case."""
    _refuse_faults(new.document)

    async def work(connection: Connection) -> Policy:
        policy = await _locked(connection, caller.tenant, policy_id)
        check_version(policy.version, expected)
        if policy.kind != new.document.policy_kind:
            raise refused("document.policy_kind", f"must stay {policy.kind}: create another policy")
        changed = Policy(policy.id, new.valid_from, new.document, new.unit_id, policy.version)
        if changed == policy:
            return policy
        (stored,) = await store.update(connection, caller.tenant, [changed])
        await _check(connection, caller.tenant, [policy, stored])
        return stored

    policy = await registry.write(caller, work, refusals=REFUSALS)
    show_version(response, policy.version)
    return _answer(policy)


@router.delete("/{policy_id}", status_code=204)
async def delete_policy(
    policy_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    async def work(connection: Connection) -> None:
        policy = await _locked(connection, caller.tenant, policy_id)
        check_version(policy.version, expected)
        await store.delete(connection, caller.tenant, policy)
        await refuse_closed(connection, caller.tenant, [policy])
        if found := await contradictions_after(connection, caller.tenant, [policy]):
            raise conflict(
                "policies-contradict",
                f"Nothing was deleted: without this policy {found[0].field} {found[0].problem}. "
                "Change or delete the other one first.",
            )

    await registry.write(caller, work)


def _refuse_faults(document: PolicyDocument) -> None:
    if found := faults_of(document):
        raise invalid_request(
            [FieldProblem(f"document.{each.field}".rstrip("."), each.problem) for each in found]
        )


async def _check(connection: Connection, tenant_id: UUID, touched: Sequence[Policy]) -> None:
    await refuse_closed(connection, tenant_id, touched)
    if found := await contradictions_after(connection, tenant_id, touched):
        raise invalid_request(
            [FieldProblem(f"document.{each.field}", each.problem) for each in found]
        )


async def _locked(connection: Connection, tenant_id: UUID, policy_id: UUID) -> Policy:
    await lock_all(connection, tenant_id, "policies")
    policy = await store.find(connection, tenant_id, policy_id, lock=True)
    if policy is None:
        raise _unknown()
    return policy


def _answer(policy: Policy) -> PolicyAnswer:
    return PolicyAnswer(
        id=policy.id,
        unit_id=policy.unit_id,
        valid_from=policy.valid_from,
        document=policy.document,
        version=policy.version,
    )


_unknown = partial(not_found, "This tenant has no policy with this id: list them at /v1/policies.")
