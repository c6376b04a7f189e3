"""SQL of the replica: versioned upserts for the consumer, existence for the other capabilities."""

from collections.abc import Collection, Sequence
from typing import Literal
from uuid import UUID

from shared.contracts import (
    PersonChanged,
    SatisfactionPolicyChanged,
    ServiceChanged,
    SwitchedOffElement,
    TenantChanged,
    UnitChanged,
)
from shared.db import Connection

EntityTable = Literal["units", "services", "people"]

# Rows from before names were kept take theirs from the same version, which always says the same,
# when the topic is read again.
_UPSERT_TENANTS = """
insert into tenants as t (tenant_id, slug, name, zone, version, deleted)
select distinct on (i.tenant_id) i.*
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bool[])
     as i(tenant_id, slug, name, zone, version, deleted)
order by i.tenant_id, i.version desc
on conflict (tenant_id) do update
set slug = excluded.slug, name = excluded.name, zone = excluded.zone, version = excluded.version,
    deleted = excluded.deleted
where excluded.version > t.version or (excluded.version = t.version and t.name is null)
"""

_UPSERT_UNITS = """
insert into units as t (tenant_id, id, name, parent_id, version, deleted)
select distinct on (i.tenant_id, i.id) i.*
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::int[], $6::bool[])
     as i(tenant_id, id, name, parent_id, version, deleted)
order by i.tenant_id, i.id, i.version desc
on conflict (tenant_id, id) do update
set name = excluded.name, parent_id = excluded.parent_id, version = excluded.version,
    deleted = excluded.deleted
where excluded.version > t.version or (excluded.version = t.version
      and (t.name is null or t.parent_id is distinct from excluded.parent_id))
"""

_UPSERT_SERVICES = """
insert into services as t (tenant_id, id, name, version, deleted)
select distinct on (i.tenant_id, i.id) i.*
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::bool[])
     as i(tenant_id, id, name, version, deleted)
order by i.tenant_id, i.id, i.version desc
on conflict (tenant_id, id) do update
set name = excluded.name, version = excluded.version, deleted = excluded.deleted
where excluded.version > t.version or (excluded.version = t.version and t.name is null)
"""

_UPSERT_POLICIES = """
insert into satisfaction_policies as t
    (tenant_id, id, unit_id, valid_from, switched_off, version, deleted)
select distinct on (i.tenant_id, i.id)
       i.tenant_id, i.id, i.unit_id, i.valid_from, string_to_array(i.switched_off, ' '),
       i.version, i.deleted
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::text[], $6::int[], $7::bool[])
     as i(tenant_id, id, unit_id, valid_from, switched_off, version, deleted)
order by i.tenant_id, i.id, i.version desc
on conflict (tenant_id, id) do update
set unit_id = excluded.unit_id, valid_from = excluded.valid_from,
    switched_off = excluded.switched_off, version = excluded.version, deleted = excluded.deleted
where excluded.version > t.version
"""

_UPSERT_PEOPLE = """
insert into people as t (tenant_id, id, version, deleted)
select distinct on (i.tenant_id, i.id) i.*
from unnest($1::uuid[], $2::uuid[], $3::int[], $4::bool[]) as i(tenant_id, id, version, deleted)
order by i.tenant_id, i.id, i.version desc
on conflict (tenant_id, id) do update
set version = excluded.version, deleted = excluded.deleted
where excluded.version > t.version
"""


async def apply_tenants(connection: Connection, changes: Sequence[TenantChanged]) -> None:
    """Take over what is newer than the replica, in any order and any number of times."""
    if changes:
        await connection.execute(
            _UPSERT_TENANTS,
            [change.tenant_id for change in changes],
            [change.slug for change in changes],
            [change.name for change in changes],
            [change.zone for change in changes],
            [change.version for change in changes],
            [change.deleted for change in changes],
        )


async def apply_units(connection: Connection, changes: Sequence[UnitChanged]) -> None:
    """The same for units, whose names citizens are shown."""
    if changes:
        await connection.execute(
            _UPSERT_UNITS,
            [change.tenant_id for change in changes],
            [change.id for change in changes],
            [change.name for change in changes],
            [change.parent_id for change in changes],
            [change.version for change in changes],
            [change.deleted for change in changes],
        )


async def apply_services(connection: Connection, changes: Sequence[ServiceChanged]) -> None:
    """The same for services."""
    if changes:
        await connection.execute(
            _UPSERT_SERVICES,
            [change.tenant_id for change in changes],
            [change.id for change in changes],
            [change.name for change in changes],
            [change.version for change in changes],
            [change.deleted for change in changes],
        )


async def apply_policies(
    connection: Connection, changes: Sequence[SatisfactionPolicyChanged]
) -> None:
    """The same for policies, of which only what they switch off matters here."""
    if changes:
        await connection.execute(
            _UPSERT_POLICIES,
            [change.tenant_id for change in changes],
            [change.id for change in changes],
            [change.unit_id for change in changes],
            [change.valid_from for change in changes],
            [" ".join(map(_switch, change.switched_off)) for change in changes],
            [change.version for change in changes],
            [change.deleted for change in changes],
        )


def _switch(off: SwitchedOffElement) -> str:
    return f"{off.element}/{off.service_id}" if off.service_id else str(off.element)


async def apply_people(connection: Connection, changes: Sequence[PersonChanged]) -> None:
    """The same for people, of whom only the existence matters here."""
    if changes:
        await connection.execute(
            _UPSERT_PEOPLE,
            [change.tenant_id for change in changes],
            [change.id for change in changes],
            [change.version for change in changes],
            [change.deleted for change in changes],
        )


async def tenant_of_slug(connection: Connection, slug: str) -> UUID | None:
    """The tenant that is addressed by its short name, whatever tenant the transaction sees."""
    tenant: UUID | None = await connection.fetchval("select tenant_of_slug($1)", slug)
    return tenant


async def zone_of(connection: Connection, tenant: UUID) -> str | None:
    """The tenant's IANA time zone; None where the tenant is unknown or deleted."""
    zone: str | None = await connection.fetchval(
        "select zone from tenants where tenant_id = $1 and not deleted", tenant
    )
    return zone


async def missing(
    connection: Connection,
    tenant: UUID,
    *,
    wanted: dict[EntityTable, UUID | None],
    even_deleted: bool = False,
) -> Collection[EntityTable]:
    """Which of the wanted entities (None: not wanted) the replica does not have.

    ``even_deleted`` accepts what existed once: for facts of the past.
    """
    row = await connection.fetchrow(
        """
        select $2::uuid is null or exists (select from units
                   where tenant_id = $1 and id = $2 and ($5 or not deleted)) as units,
               $3::uuid is null or exists (select from services
                   where tenant_id = $1 and id = $3 and ($5 or not deleted)) as services,
               $4::uuid is null or exists (select from people
                   where tenant_id = $1 and id = $4 and ($5 or not deleted)) as people
        """,
        tenant,
        wanted.get("units"),
        wanted.get("services"),
        wanted.get("people"),
        even_deleted,
    )
    return [table for table in wanted if row is None or not row[table]]
