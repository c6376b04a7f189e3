"""SQL of the questionnaire: what a token or a code stands for, in words for citizens."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service was given. ``open`` is false where answers are taken no more;
    ``served_at`` is None where it is not known."""

    unit_id: UUID
    service_id: UUID
    served_at: datetime | None
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
        select c.unit_id, c.service_id, null::timestamptz as served_at,
               t.slug, t.name as tenant, u.name as unit, s.name as service,
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
        select v.unit_id, v.service_id, coalesce(v.finished_at, v.serving_at) as served_at,
               t.slug, t.name as tenant, u.name as unit, s.name as service, true as open,
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


async def switched_off(
    connection: Connection, tenant: UUID, *, unit_id: UUID, service_id: UUID, on: date
) -> frozenset[str]:
    """The elements that are not asked about a service of a unit in the month that begins on a day.

    As scoring chooses: the policy of the nearest unit upward, else the tenant's, else none; on one
    unit the latest, and of two of the same day the one with the greater id. The tree may hold a
    circle between two changes that arrive out of order, so the way up has an end.
    """
    off: list[str] | None = await connection.fetchval(
        """
        with recursive upward (unit_id, steps) as (
            select $2::uuid, 0
            union all
            select u.parent_id, w.steps + 1
            from upward w join units u on u.tenant_id = $1 and u.id = w.unit_id
            where u.parent_id is not null and w.steps < 50
        )
        select p.switched_off from satisfaction_policies p
        left join upward w on w.unit_id = p.unit_id
        where p.tenant_id = $1 and not p.deleted and p.valid_from <= $3
          and (p.unit_id is null or w.unit_id is not null)
        order by w.steps nulls last, p.valid_from desc, p.id desc
        limit 1
        """,
        tenant,
        unit_id,
        on,
    )
    named = [each.partition("/") for each in off or ()]
    return frozenset(e for e, _, only in named if only in {"", str(service_id)})
