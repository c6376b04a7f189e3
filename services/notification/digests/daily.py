"""Critical answers of a day in one message, for those who want it so."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notification.notices import store as notices
from services.notification.notices.making import make
from services.notification.notices.rules import NewNotice
from services.notification.preferences import store as preferences
from services.notification.wording.rules import Occasion
from shared.db import Connection

AT_ONCE: Final = 500


async def send_due(connection: Connection, *, now: datetime) -> int:
    """Make the digests that are due; how many critical answers they hold.

    They have no place of their own in the inbox, where each answer stands already.
    """
    rows = await notices.take_due_digests(connection, now=now, limit=AT_ONCE)
    if not rows:
        return 0
    collected: dict[tuple[UUID, UUID, datetime], Counter[UUID]] = defaultdict(Counter)
    first: dict[tuple[UUID, UUID, datetime], UUID] = {}
    for row in rows:
        key = row["tenant_id"], row["person_id"], row["digest_at"]
        collected[key][row["unit_id"]] += 1
        first[key] = min(first.get(key, row["id"]), row["id"])
    held = await preferences.of_people(connection, sorted({key[:2] for key in collected}))
    wanted = [
        NewNotice(
            tenant_id=tenant,
            person_id=person,
            occasion=Occasion.CRITICAL_DIGEST,
            # An answer that is committed after its digest gets a second one, not none.
            source=f"{at.isoformat()}/{first[tenant, person, at]}",
            unit_id=min(units),
            parameters={
                "day": at.astimezone(ZoneInfo(held[tenant, person].zone)).date().isoformat(),
                "units": [
                    {"unit_id": str(unit), "answers": number}
                    for unit, number in sorted(units.items(), key=lambda one: (-one[1], one[0]))
                ],
            },
        )
        for (tenant, person, at), units in sorted(collected.items(), key=lambda one: one[0])
    ]
    await make(connection, wanted, now=now)
    return len(rows)
