"""Satisfaction policies in the database."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import asyncpg

from services.registry.satisfaction.rules import Policy, Switch
from shared.contracts import Element, SatisfactionPolicyChanged, SwitchedOffElement
from shared.db import Connection
from shared.messaging.outbox import enqueue

_FIND = """
select id, unit_id, valid_from, weight_decimals, switched_off, minimum_sample, shrinkage, version
from satisfaction_policies where tenant_id = $1 and id = $2
"""


async def find(
    connection: Connection, tenant_id: UUID, policy_id: UUID, *, lock: bool = False
) -> Policy | None:
    """The policy of this tenant; with `lock` nobody else changes it meanwhile."""
    suffix = " for no key update" if lock else ""
    row = await connection.fetchrow(_FIND + suffix, tenant_id, policy_id)
    return _policy(row) if row else None


async def page(
    connection: Connection, tenant_id: UUID, *, after: UUID | None, limit: int
) -> list[Policy]:
    """Policies of the tenant and its units, in the order of their ids."""
    rows = await connection.fetch(
        """
        select id, unit_id, valid_from, weight_decimals, switched_off, minimum_sample, shrinkage,
               version
        from satisfaction_policies
        where tenant_id = $1 and ($2::uuid is null or id > $2) order by id limit $3
        """,
        tenant_id,
        after,
        limit,
    )
    return [_policy(row) for row in rows]


async def begun_by(
    connection: Connection, tenant_id: UUID, unit_ids: Sequence[UUID], *, on: date
) -> list[Policy]:
    """Policies of the tenant itself or of one of these units that began on `on` or before."""
    rows = await connection.fetch(
        """
        select id, unit_id, valid_from, weight_decimals, switched_off, minimum_sample, shrinkage,
               version
        from satisfaction_policies
        where tenant_id = $1 and (unit_id is null or unit_id = any ($2)) and valid_from <= $3
        """,
        tenant_id,
        list(unit_ids),
        on,
    )
    return [_policy(row) for row in rows]


async def every(connection: Connection, tenant_id: UUID) -> list[Policy]:
    """All policies of the tenant and its units; nobody else changes them meanwhile."""
    rows = await connection.fetch(
        """
        select id, unit_id, valid_from, weight_decimals, switched_off, minimum_sample, shrinkage,
               version
        from satisfaction_policies where tenant_id = $1 order by id for no key update
        """,
        tenant_id,
    )
    return [_policy(row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, policy: Policy) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` for an unknown unit or a day taken."""
    await connection.execute(
        """
        insert into satisfaction_policies
            (tenant_id, id, unit_id, valid_from, weight_decimals, switched_off, minimum_sample,
             shrinkage, version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        tenant_id,
        *_columns(policy),
    )
    await enqueue(connection, [_event(tenant_id, policy)])


async def update(connection: Connection, tenant_id: UUID, policy: Policy) -> Policy:
    """Store a policy whose row is locked; returns it with its version raised."""
    await connection.execute(
        """
        update satisfaction_policies
        set unit_id = $3, valid_from = $4, weight_decimals = $5, switched_off = $6,
            minimum_sample = $7, shrinkage = $8, version = $9 + 1
        where tenant_id = $1 and id = $2
        """,
        tenant_id,
        *_columns(policy),
    )
    stored = replace(policy, version=policy.version + 1)
    await enqueue(connection, [_event(tenant_id, stored)])
    return stored


async def delete(connection: Connection, tenant_id: UUID, policy: Policy) -> None:
    """What stands above it holds again, for past periods too."""
    await connection.execute(
        "delete from satisfaction_policies where tenant_id = $1 and id = $2", tenant_id, policy.id
    )
    gone = replace(policy, version=policy.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(policy: Policy) -> tuple[object, ...]:
    switches = [
        {"element": s.element, "service_id": str(s.service_id) if s.service_id else None}
        for s in policy.switched_off
    ]
    return (
        policy.id,
        policy.unit_id,
        policy.valid_from,
        policy.weight_decimals,
        json.dumps(switches),
        policy.minimum_sample,
        policy.shrinkage,
        policy.version,
    )


def _policy(row: asyncpg.Record) -> Policy:
    switches = tuple(
        Switch(s["element"], UUID(s["service_id"]) if s["service_id"] else None)
        for s in json.loads(row["switched_off"])
    )
    return Policy(**{**row, "switched_off": switches})


def _event(tenant_id: UUID, policy: Policy, *, deleted: bool = False) -> SatisfactionPolicyChanged:
    return SatisfactionPolicyChanged.model_validate(
        {
            "tenant_id": tenant_id,
            "id": policy.id,
            "version": policy.version,
            "deleted": deleted,
            "unit_id": policy.unit_id,
            "valid_from": policy.valid_from,
            "weight_decimals": policy.weight_decimals,
            "switched_off": tuple(
                SwitchedOffElement(element=Element(s.element), service_id=s.service_id)
                for s in policy.switched_off
            ),
            "minimum_sample": policy.minimum_sample,
            "shrinkage": policy.shrinkage,
        }
    )
