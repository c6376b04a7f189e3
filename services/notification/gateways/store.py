"""Gateways in the database; what is in their headers stays sealed here."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Stored:
    """A gateway as it stands in the database: ``headers`` are sealed JSON."""

    url: str
    header_names: list[str]
    headers: bytes
    template: Any
    version: int


async def of_tenants(connection: Connection, tenants: Collection[UUID]) -> dict[UUID, Stored]:
    """Those of these tenants that have one."""
    rows = await connection.fetch(
        "select tenant_id, url, header_names, headers, template, version from gateways "
        "where tenant_id = any ($1)",
        list(tenants),
    )
    return {
        row["tenant_id"]: Stored(
            row["url"],
            row["header_names"],
            row["headers"],
            json.loads(row["template"]),
            row["version"],
        )
        for row in rows
    }


async def lock(connection: Connection, tenant_id: UUID) -> int:
    """The version, 0 where there is none; nobody else changes it in this transaction."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        f"notification.gateway/{tenant_id}",
    )
    version: int | None = await connection.fetchval(
        "select version from gateways where tenant_id = $1", tenant_id
    )
    return version or 0


async def put(connection: Connection, tenant_id: UUID, gateway: Stored) -> None:
    """Store the whole gateway."""
    await connection.execute(
        """
        insert into gateways (tenant_id, url, header_names, headers, template, version)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant_id) do update
        set url = excluded.url, header_names = excluded.header_names,
            headers = excluded.headers, template = excluded.template, version = excluded.version
        """,
        tenant_id,
        gateway.url,
        gateway.header_names,
        gateway.headers,
        json.dumps(gateway.template),
        gateway.version,
    )


async def delete(connection: Connection, tenant_id: UUID) -> None:
    """What is still queued for it is skipped."""
    await connection.execute("delete from gateways where tenant_id = $1", tenant_id)
