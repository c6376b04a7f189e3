"""The history in the database; rows are written by triggers alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """States are the rows as stored. `actor` is the login that made the change, or None where
    none did (a migration, a recovery); `before` is None for the first state, `after` for a
    deletion."""

    id: int
    changed_at: datetime
    actor: str | None
    actor_person_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    kind: str,
    entity_id: UUID,
    before_id: int | None,
    limit: int,
) -> Sequence[Change]:
    """Changes of one entity, the newest first."""
    rows = await connection.fetch(
        """
        select id, changed_at, actor, actor_person_id, before, after from history
        where (tenant_id, kind, entity_id) = ($1, $2, $3) and ($4::bigint is null or id < $4)
        order by id desc limit $5
        """,
        tenant_id,
        kind,
        entity_id,
        before_id,
        limit,
    )
    return [_change(row) for row in rows]


async def last_before(
    connection: Connection, tenant_id: UUID, *, kind: str, entity_id: UUID, moment: datetime
) -> Change | None:
    """The last change of an entity before `moment`; None where it did not exist yet."""
    row = await connection.fetchrow(
        """
        select id, changed_at, actor, actor_person_id, before, after from history
        where (tenant_id, kind, entity_id) = ($1, $2, $3) and changed_at < $4
        order by id desc limit 1
        """,
        tenant_id,
        kind,
        entity_id,
        moment,
    )
    return _change(row) if row else None


def _change(row: asyncpg.Record) -> Change:
    states = {
        name: json.loads(row[name]) if row[name] is not None else None
        for name in ("before", "after")
    }
    return Change(**{**row, **states})
