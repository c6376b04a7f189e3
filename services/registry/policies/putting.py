"""Policies as a document says, recognised by place, kind and day."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.outcomes import Outcome, outcome_of, which
from services.registry.policies import store
from services.registry.policies.checks import Contradiction, contradictions_after, refuse_closed
from services.registry.policies.store import Policy
from shared.db import Connection


async def put(
    connection: Connection, tenant_id: UUID, wanted: Sequence[Policy]
) -> tuple[list[tuple[Policy, Outcome]], list[Contradiction]]:
    """Store each of `wanted` unless the same is there already, under the lock of the tenant's
    policies; ids and versions are those stored. With contradictions nothing may be committed.

    Raises like `store.insert`, and the 409 where a period is closed that would change.
    """
    there = await store.of_kinds(connection, tenant_id, sorted({p.kind for p in wanted}))
    known = {(policy.unit_id, policy.kind, policy.valid_from): policy for policy in there}
    found: list[tuple[Policy, Outcome]] = []
    for new in wanted:
        before = known.get((new.unit_id, new.kind, new.valid_from))
        after = replace(new, id=before.id, version=before.version) if before else new
        found.append((after, outcome_of(before, after)))
    created, changed = which(Outcome.CREATED, found), which(Outcome.CHANGED, found)
    await store.insert(connection, tenant_id, created)
    await store.update(connection, tenant_id, changed)
    touched = created + changed
    if not touched:
        return found, []
    await refuse_closed(connection, tenant_id, touched)
    return found, await contradictions_after(connection, tenant_id, touched)
