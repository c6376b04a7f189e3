"""SQL of the questionnaire: what a token or a code stands for, in words for citizens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service was given. ``open`` is false where answers are taken no more."""

    slug: str
    tenant: str | None
    unit: str | None
    service: str | None
    open: bool
    expires_at: datetime | None
    answered: bool


async def of_counter(connection: Connection, tenant: UUID, *, code: str) -> Place | None:
    """The counter of a code as it is stored; None where there is none."""
    row = await connection.fetchrow(
        """
        select t.slug, t.name as tenant, u.name as unit, s.name as service,
               c.switched_off_at is null and not u.deleted and not s.deleted as open,
               null::timestamptz as expires_at, false as answered
        from counters c
        join tenants t on t.tenant_id = c.tenant_id
        join units u on u.tenant_id = c.tenant_id and u.id = c.unit_id
        join services s on s.tenant_id = c.tenant_id and s.id = c.service_id
        where c.tenant_id = $1 and c.code = $2
        """,
        tenant,
        code,
    )
    return Place(**row) if row else None


async def of_visit(connection: Connection, tenant: UUID, *, token_hash: bytes) -> Place | None:
    """The visit of a token; None where there is none."""
    row = await connection.fetchrow(
        """
        select t.slug, t.name as tenant, u.name as unit, s.name as service, true as open,
               v.token_expires_at as expires_at,
               exists (select from answers a
                       where a.tenant_id = v.tenant_id and a.visit_id = v.id) as answered
        from visits v
        join tenants t on t.tenant_id = v.tenant_id
        join units u on u.tenant_id = v.tenant_id and u.id = v.unit_id
        join services s on s.tenant_id = v.tenant_id and s.id = v.service_id
        where v.tenant_id = $1 and v.token_hash = $2
        """,
        tenant,
        token_hash,
    )
    return Place(**row) if row else None
