"""Policies as a document says, recognised by place, kind and day."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.outcomes import Outcome
from services.registry.policies import store
from services.registry.policies.checks import Contradiction, contradictions_after
from services.registry.policies.store import Policy
from shared.db import Connection


async def put(
    connection: Connection, tenant_id: UUID, wanted: Sequence[Policy]
) -> tuple[list[tuple[Policy, Outcome]], list[Contradiction]]:
    """Store each of `wanted` unless the same is there already, under the lock of the tenant's
    policies; ids and versions are those stored. With contradictions nothing may be committed.

    Raises like `store.insert`.
    """
    there = await store.of_kinds(connection, tenant_id, sorted({p.kind for p in wanted}))
    known = {(policy.unit_id, policy.kind, policy.valid_from): policy for policy in there}
    found: list[tuple[Policy, Outcome]] = []
    for policy in wanted:
        before = known.get((policy.unit_id, policy.kind, policy.valid_from))
        if before is None:
            found.append((policy, Outcome.CREATED))
        else:
            after = replace(policy, id=before.id, version=before.version)
            outcome = Outcome.UNCHANGED if after == before else Outcome.CHANGED
            found.append((after, outcome))
    created, changed = (
        [policy for policy, outcome in found if outcome is which]
        for which in (Outcome.CREATED, Outcome.CHANGED)
    )
    await store.insert(connection, tenant_id, created)
    await store.update(connection, tenant_id, changed)
    touched = created + changed
    return found, await contradictions_after(connection, tenant_id, touched) if touched else []
