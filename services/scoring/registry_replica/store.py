"""Questions to the replica: which policies hold where, and what is known at all."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.scoring.registry_replica.rules import Policy, choose_policy, path_upward
from shared.db import Connection


async def parents(
    connection: Connection, units: Sequence[tuple[UUID, UUID]]
) -> dict[UUID, dict[UUID, UUID | None]]:
    """Of (tenant, unit) pairs: by tenant, the parent of each of these units and of all above."""
    rows = await connection.fetch(
        """
        with recursive up as (
            select u.tenant_id, u.id, u.parent_id
            from unnest($1::uuid[], $2::uuid[]) as k(tenant_id, id)
            join units u using (tenant_id, id)
            union
            select u.tenant_id, u.id, u.parent_id
            from up join units u on u.tenant_id = up.tenant_id and u.id = up.parent_id)
        select * from up
        """,
        [tenant for tenant, _ in units],
        [unit for _, unit in units],
    )
    found: dict[UUID, dict[UUID, UUID | None]] = {tenant: {} for tenant, _ in units}
    for row in rows:
        found[row["tenant_id"]][row["id"]] = row["parent_id"]
    return found


async def policies(connection: Connection, tenants: Sequence[UUID]) -> dict[UUID, list[Policy]]:
    """The policies that hold or held or will hold in each tenant."""
    rows = await connection.fetch(
        "select * from satisfaction_policies where tenant_id = any ($1) and not deleted", tenants
    )
    found: dict[UUID, list[Policy]] = {tenant: [] for tenant in tenants}
    for row in rows:
        found[row["tenant_id"]].append(_policy(row))
    return found


async def policy_for(connection: Connection, tenant: UUID, unit: UUID, *, on: date) -> Policy:
    """The policy that holds for a unit in a period that begins on this day."""
    above = await parents(connection, [(tenant, unit)])
    mine = await policies(connection, [tenant])
    return choose_policy(path_upward(unit, above[tenant]), mine[tenant], on=on)


def _policy(row: Any) -> Policy:
    return Policy(
        id=row["id"],
        version=row["version"],
        unit_id=row["unit_id"],
        valid_from=row["valid_from"],
        weight_decimals=row["weight_decimals"],
        switched_off=frozenset(
            (off["element"], UUID(off["service_id"]) if off.get("service_id") else None)
            for off in json.loads(row["switched_off"])
        ),
        minimum_sample=row["minimum_sample"],
        shrinkage=row["shrinkage"],
    )


async def known(connection: Connection, tenant: UUID, *, table: str, id: UUID) -> bool:
    """Whether the tenant has, or had, this entity; ``table`` is one of the replica's."""
    if table not in {"units", "services", "people"}:
        raise ValueError(f"{table} is not a table of ids")
    found: bool = await connection.fetchval(
        f"select exists (select from {table} where tenant_id = $1 and id = $2)",  # noqa: S608
        tenant,
        id,
    )
    return found
