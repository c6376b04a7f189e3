"""Policies in the database. One policy is a list of one: configurations bring many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from shared.contracts import PolicyChanged, PolicyDocument
from shared.db import Connection
from shared.messaging.outbox import enqueue

_DOCUMENT: TypeAdapter[PolicyDocument] = TypeAdapter(PolicyDocument)
_FIND = """
select id, unit_id, valid_from, document, version from policies where tenant_id = $1 and id = $2
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """One dated document; without `unit_id` it is the tenant's."""

    id: UUID
    valid_from: date
    document: PolicyDocument
    unit_id: UUID | None = None
    version: int = 1

    @property
    def kind(self) -> str:
        return self.document.policy_kind


async def find(
    connection: Connection, tenant_id: UUID, policy_id: UUID, *, lock: bool = False
) -> Policy | None:
    """The policy of this tenant; with `lock` nobody else changes it meanwhile."""
    suffix = " for no key update" if lock else ""
    row = await connection.fetchrow(_FIND + suffix, tenant_id, policy_id)
    return _policy(row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    kind: str | None = None,
    unit_id: UUID | None = None,
) -> list[Policy]:
    """Policies in the order of their ids, those of a kind or of a unit only where asked."""
    rows = await connection.fetch(
        """
        select id, unit_id, valid_from, document, version from policies
        where tenant_id = $1 and ($2::uuid is null or id > $2) and ($4::text is null or kind = $4)
          and ($5::uuid is null or unit_id = $5)
        order by id limit $3
        """,
        tenant_id,
        after,
        limit,
        kind,
        unit_id,
    )
    return [_policy(row) for row in rows]


async def of_kinds(connection: Connection, tenant_id: UUID, kinds: Sequence[str]) -> list[Policy]:
    """All policies of these kinds, of the tenant and of every unit."""
    rows = await connection.fetch(
        """
        select id, unit_id, valid_from, document, version from policies
        where tenant_id = $1 and kind = any ($2)
        """,
        tenant_id,
        list(kinds),
    )
    return [_policy(row) for row in rows]


async def begun_by(
    connection: Connection, tenant_id: UUID, unit_ids: Sequence[UUID], *, on: date
) -> list[Policy]:
    """Policies of the tenant itself or of one of these units that began on `on` or before."""
    rows = await connection.fetch(
        """
        select id, unit_id, valid_from, document, version from policies
        where tenant_id = $1 and (unit_id is null or unit_id = any ($2)) and valid_from <= $3
        """,
        tenant_id,
        list(unit_ids),
        on,
    )
    return [_policy(row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, policies: Sequence[Policy]) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` for an unknown unit or a day taken."""
    await connection.execute(
        """
        insert into policies (tenant_id, id, unit_id, kind, valid_from, document, version)
        select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::jsonb[],
                                 $7::int[])
        """,
        tenant_id,
        *_columns(policies),
    )
    await enqueue(connection, [_event(tenant_id, policy) for policy in policies])


async def update(
    connection: Connection, tenant_id: UUID, policies: Sequence[Policy]
) -> list[Policy]:
    """Store policies whose rows are locked; returns them with their versions raised.

    Raises like `insert`.
    """
    await connection.execute(
        """
        update policies p
        set unit_id = n.unit_id, kind = n.kind, valid_from = n.valid_from, document = n.document,
            version = n.version + 1
        from unnest($2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::jsonb[], $7::int[])
             as n(id, unit_id, kind, valid_from, document, version)
        where p.tenant_id = $1 and p.id = n.id
        """,
        tenant_id,
        *_columns(policies),
    )
    stored = [replace(policy, version=policy.version + 1) for policy in policies]
    await enqueue(connection, [_event(tenant_id, policy) for policy in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, policy: Policy) -> None:
    """What stands above it holds again, for past periods too."""
    await connection.execute(
        "delete from policies where tenant_id = $1 and id = $2", tenant_id, policy.id
    )
    gone = replace(policy, version=policy.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(policies: Sequence[Policy]) -> list[list[object]]:
    return [
        [policy.id for policy in policies],
        [policy.unit_id for policy in policies],
        [policy.kind for policy in policies],
        [policy.valid_from for policy in policies],
        [policy.document.model_dump_json(exclude_none=True) for policy in policies],
        [policy.version for policy in policies],
    ]


def _policy(row: asyncpg.Record) -> Policy:
    return Policy(**{**row, "document": _DOCUMENT.validate_json(row["document"])})


def _event(tenant_id: UUID, policy: Policy, *, deleted: bool = False) -> PolicyChanged:
    return PolicyChanged(
        tenant_id=tenant_id,
        id=policy.id,
        version=policy.version,
        deleted=deleted,
        unit_id=policy.unit_id,
        valid_from=policy.valid_from,
        document=policy.document,
    )
