"""`/v1/regulations`: what the regulations say, and their adoption by a tenant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.registry.access import Access, Keeper, Member, no_tenant
from services.registry.fields import Body
from services.registry.locks import lock_all
from services.registry.outcomes import EntityOutcome
from services.registry.policies import store as policies
from services.registry.policies.api import REFUSALS
from services.registry.policies.putting import put
from services.registry.policies.store import Policy
from services.registry.regulations.packs import PACKS, SurveyRules
from services.registry.satisfaction import store as satisfaction
from services.registry.satisfaction.putting import put as put_satisfaction
from services.registry.satisfaction.rules import Policy as SatisfactionPolicy
from shared.contracts import PolicyDocument
from shared.contracts.policy_levels import said
from shared.db import Connection, uuid7
from shared.http.problems import conflict, not_found

router = APIRouter(prefix="/v1/regulations", tags=["policies"])

Slug = Annotated[str, Path(max_length=40, description="As in /v1/regulations: pp-30-2019, ...")]
_REFUSALS = REFUSALS | {
    "uq_satisfaction_policies_tenant_id_unit_id_valid_from": partial(
        conflict,
        "changed-meanwhile",
        "Nothing was stored: somebody changed policies at the same moment. Send it again.",
    ),
    "fk_satisfaction_policies_tenant_id_tenants": no_tenant,
}


class PackAnswer(BaseModel):
    """`documents` are policies of the tenant once it is adopted; `satisfaction` likewise."""

    slug: str
    name: str
    documents: list[PolicyDocument]
    satisfaction: SurveyRules | None


class Adoption(Body):
    """The pack holds for periods that begin on `valid_from` or later."""

    valid_from: date


class Adopted(BaseModel):
    """`changes` has one entry for each policy of the pack."""

    slug: str
    valid_from: date
    changes: list[EntityOutcome]


@router.get("")
async def list_packs(_: Member) -> list[PackAnswer]:
    return [
        PackAnswer(
            slug=pack.slug,
            name=pack.name,
            documents=list(pack.documents),
            satisfaction=pack.satisfaction,
        )
        for pack in PACKS.values()
    ]


@router.post("/{slug}/adopt")
async def adopt_pack(slug: Slug, adoption: Adoption, caller: Keeper, registry: Access) -> Adopted:
    """Write the pack's documents on the whole tenant. What the tenant says beyond the pack stays,
    and units keep what they say. Adopted twice, the second time changes nothing."""
    pack = PACKS.get(slug)
    if pack is None:
        raise not_found("There is no pack of this name: list them at /v1/regulations.")

    async def work(connection: Connection) -> list[EntityOutcome]:
        await lock_all(connection, caller.tenant, "policies")
        changes = await _documents(connection, caller.tenant, pack.documents, adoption.valid_from)
        if pack.satisfaction:
            changes += await _surveys(
                connection, caller.tenant, pack.satisfaction, adoption.valid_from
            )
        return changes

    changes = await registry.write(caller, work, refusals=_REFUSALS)
    return Adopted(slug=slug, valid_from=adoption.valid_from, changes=changes)


async def _documents(
    connection: Connection, tenant_id: UUID, documents: Sequence[PolicyDocument], on: date
) -> list[EntityOutcome]:
    there = {
        policy.kind: policy
        for policy in sorted(
            await policies.begun_by(connection, tenant_id, [], on=on),
            key=lambda policy: policy.valid_from,
        )
    }
    wanted = [
        Policy(
            uuid7(),
            on,
            there[document.policy_kind].document.model_copy(update=said(document))
            if document.policy_kind in there
            else document,
        )
        for document in documents
    ]
    stored, contradictions = await put(connection, tenant_id, wanted)
    if contradictions:
        first = contradictions[0]
        raise conflict(
            "policies-contradict",
            f"Nothing was stored: with this pack {first.field} {first.problem}. "
            "Change that policy first.",
        )
    return [EntityOutcome("policy", policy.kind, policy.id, outcome) for policy, outcome in stored]


async def _surveys(
    connection: Connection, tenant_id: UUID, rules: SurveyRules, on: date
) -> list[EntityOutcome]:
    there = max(
        await satisfaction.begun_by(connection, tenant_id, [], on=on),
        key=lambda policy: policy.valid_from,
        default=SatisfactionPolicy(uuid7(), on),
    )
    wanted = replace(
        there,
        id=uuid7(),
        version=1,
        valid_from=on,
        weight_decimals=rules.weight_decimals,
        minimum_sample=rules.minimum_sample,
        shrinkage=rules.shrinkage,
    )
    stored = await put_satisfaction(connection, tenant_id, [wanted])
    return [
        EntityOutcome("satisfaction_policy", "satisfaction", policy.id, outcome)
        for policy, outcome in stored
    ]
