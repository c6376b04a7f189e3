"""Satisfaction policies as a document says, recognised by place and day."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.outcomes import Outcome
from services.registry.satisfaction import store
from services.registry.satisfaction.rules import Policy
from shared.db import Connection


async def put(
    connection: Connection, tenant_id: UUID, wanted: Sequence[Policy]
) -> list[tuple[Policy, Outcome]]:
    """Store each of `wanted` unless the same is there already; ids and versions are those stored.

    Raises like `store.insert`, where another transaction was quicker too.
    """
    there = await store.every(connection, tenant_id)
    known = {(policy.unit_id, policy.valid_from): policy for policy in there}
    found = []
    for policy in wanted:
        before = known.get((policy.unit_id, policy.valid_from))
        if before is None:
            await store.insert(connection, tenant_id, policy)
            found.append((policy, Outcome.CREATED))
            continue
        after = replace(policy, id=before.id, version=before.version)
        if after == before:
            found.append((before, Outcome.UNCHANGED))
        else:
            stored = await store.update(connection, tenant_id, after)
            found.append((stored, Outcome.CHANGED))
    return found
