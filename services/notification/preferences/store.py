"""SQL of the preferences."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notification.preferences.rules import Preference, QuietHours
from services.notification.wording.rules import Language, Occasion
from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Held:
    """What holds for a person: their preference, and the zone it is kept in."""

    preference: Preference
    tenant_zone: str

    @property
    def zone(self) -> str:
        return self.preference.zone or self.tenant_zone


async def of_people(
    connection: Connection, people: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Held]:
    """By (tenant, person). Where the tenant is not known, its zone is UTC."""
    rows = await connection.fetch(
        """
        select k.tenant_id, k.person_id, coalesce(t.zone, 'UTC') as tenant_zone,
               p.person_id is not null as said, p.language, p.zone, p.quiet_from, p.quiet_until,
               p.channels, p.critical_answers
        from unnest($1::uuid[], $2::uuid[]) as k(tenant_id, person_id)
        left join tenants t on (t.tenant_id, t.id) = (k.tenant_id, k.tenant_id)
        left join preferences p on (p.tenant_id, p.person_id) = (k.tenant_id, k.person_id)
        """,
        [tenant for tenant, _ in people],
        [person for _, person in people],
    )
    return {
        (row["tenant_id"], row["person_id"]): Held(_preference(row), row["tenant_zone"])
        for row in rows
    }


async def save(
    connection: Connection, tenant: UUID, person: UUID, *, preference: Preference
) -> None:
    """Replace what a person said."""
    quiet = preference.quiet
    await connection.execute(
        """
        insert into preferences (tenant_id, person_id, language, zone, quiet_from, quiet_until,
                                 channels, critical_answers)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant_id, person_id) do update
        set language = excluded.language, zone = excluded.zone, quiet_from = excluded.quiet_from,
            quiet_until = excluded.quiet_until, channels = excluded.channels,
            critical_answers = excluded.critical_answers, changed_at = clock_timestamp()
        """,
        tenant,
        person,
        preference.language,
        preference.zone,
        quiet.begins if quiet else None,
        quiet.ends if quiet else None,
        json.dumps({occasion: list(names) for occasion, names in preference.channels.items()}),
        "daily" if preference.critical_daily else "at_once",
    )


def _preference(row: Any) -> Preference:
    if not row["said"]:
        return Preference()
    quiet = row["quiet_from"] is not None
    return Preference(
        language=Language(row["language"]) if row["language"] else None,
        zone=row["zone"],
        quiet=QuietHours(row["quiet_from"], row["quiet_until"]) if quiet else None,
        channels={
            Occasion(occasion): tuple(names)
            for occasion, names in json.loads(row["channels"]).items()
        },
        critical_daily=row["critical_answers"] == "daily",
    )
