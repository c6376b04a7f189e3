"""Whether policies that were just stored contradict others, somewhere in the tree on some day."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registry.policies import store
from services.registry.policies.rules import Fault, contradictions, faults
from services.registry.policies.store import Policy
from services.registry.units import store as units
from shared.contracts import PolicyDocument
from shared.contracts.policy_levels import complete, in_force, said
from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A field of a kind of policy that does not fit another one that holds beside it."""

    kind: str
    field: str
    problem: str


def faults_of(document: PolicyDocument) -> list[Fault]:
    """What is wrong in one document, looking only at the fields it gives."""
    given = document.model_dump()
    return faults({field: given[field] for field in said(document)})


async def contradictions_after(
    connection: Connection, tenant_id: UUID, touched: Sequence[Policy]
) -> list[Contradiction]:
    """What no longer fits together after `touched` were stored or deleted in this transaction,
    which holds the lock of the tenant's policies. At most one for each field.

    `touched` are the policies as they were and as they are. Only places below them are looked at,
    and days from the first of them on: what was wrong elsewhere does not stand in their way.
    """
    kinds = sorted({policy.kind for policy in touched})
    policies = await store.of_kinds(connection, tenant_id, kinds)
    places = {policy.unit_id for policy in policies if policy.unit_id}
    paths = await units.paths(connection, tenant_id, places)
    found: dict[tuple[str, str], Contradiction] = {}
    for kind in kinds:
        mine = [policy for policy in touched if policy.kind == kind]
        days = {policy.valid_from for policy in [*policies, *mine] if policy.kind == kind}
        concerned = {policy.unit_id for policy in mine}
        for place in (None, *places):
            levels = [*(step.id for step in reversed(paths[place])), None] if place else [None]
            if concerned.isdisjoint(levels):
                continue
            where = paths[place][-1].name if place else "the whole tenant"
            for day in sorted(day for day in days if day >= min(p.valid_from for p in mine)):
                fields = in_force((p for p in policies if p.kind == kind), levels, day)[kind]
                for fault in contradictions(kind, complete(kind, fields).model_dump()):
                    found.setdefault(
                        (kind, fault.field),
                        Contradiction(
                            kind, fault.field, f"{fault.problem} ({where}, from {day} on)"
                        ),
                    )
    return list(found.values())
