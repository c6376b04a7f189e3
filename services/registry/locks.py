"""Locks on a whole set of rows of one tenant, held to the end of the transaction."""

from typing import Literal
from uuid import UUID

from shared.db import Connection


async def lock_all(
    connection: Connection,
    tenant_id: UUID,
    what: Literal[
        "units",
        "people",
        "policies",
        "reporting_lines",
        "services",
        "calendars",
        "goals",
        "leaves",
        "periods",
        "posts",
        "indicators",
        "plans",
        "competences",
        "programmes",
    ],
) -> None:
    """One transaction at a time beyond this line, per tenant and `what`.

    Where a rule concerns many rows (no unit below itself), locks on rows do not hold it: two moves
    of different units can close a circle together.
    """
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"registry.{what}/{tenant_id}"
    )


async def lock_rows(
    connection: Connection,
    tenant_id: UUID,
    *,
    table: Literal["calendars", "goals", "periods", "posts", "competences", "programmes"],
) -> None:
    """Nobody changes or deletes a row of the tenant's meanwhile, and nobody else gets here."""
    await lock_all(connection, tenant_id, table)
    await connection.execute(
        f"select from {table} where tenant_id = $1 order by id for no key update",
        tenant_id,
    )
