"""Tables that only say what belongs to what: the services of a counter, the units of a service."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Links:
    """A table with the columns tenant_id, `owner` and `other`, all of them its key."""

    table: str
    owner: str
    other: str

    async def write(
        self, connection: Connection, tenant_id: UUID, owner_id: UUID, other_ids: Sequence[UUID]
    ) -> None:
        """Make them those of an owner whose row is locked. What stays is not touched: the history
        tells only what changed.

        Raises `asyncpg.ForeignKeyViolationError` for an unknown one.
        """
        key = (tenant_id, owner_id, list(other_ids))
        await connection.execute(
            f"delete from {self.table}"  # noqa: S608
            f" where tenant_id = $1 and {self.owner} = $2 and {self.other} <> all ($3)",
            *key,
        )
        await connection.execute(
            f"""
            insert into {self.table} (tenant_id, {self.owner}, {self.other})
            select $1, $2, other from unnest($3::uuid[]) as other order by other
            on conflict do nothing
            """,  # noqa: S608
            *key,
        )
