"""Satisfaction policies as a document says, recognised by place and day."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.outcomes import Outcome, outcome_of
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
    for new in wanted:
        before = known.get((new.unit_id, new.valid_from))
        after = replace(new, id=before.id, version=before.version) if before else new
        outcome = outcome_of(before, after)
        if outcome is Outcome.CREATED:
            await store.insert(connection, tenant_id, after)
        elif outcome is Outcome.CHANGED:
            after = await store.update(connection, tenant_id, after)
        found.append((after, outcome))
    return found
