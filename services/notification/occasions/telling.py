"""Occasions into notices: who answers for the unit on that day is told."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from services.notification.notices.making import make
from services.notification.notices.rules import NewNotice
from services.notification.occasions import store
from services.notification.occasions.rules import (
    GIVE_UP,
    HESITATION,
    Answerable,
    nobody_is_missing,
    readers,
)
from services.notification.registry_replica import store as registry_replica
from services.notification.webhooks import store as webhooks
from services.notification.webhooks.rules import Announcement
from services.notification.wording.rules import Occasion
from shared.db import Connection
from shared.observability import metrics, spans

AT_ONCE: Final = 500
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
"""What waits is looked at again after as long as it has waited, within these bounds; and at once
when its tenant's registry moves."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Told:
    """What a step did: how many occasions it looked at, whose inboxes are to be announced."""

    looked: int = 0
    keys: Sequence[str] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """Who answers for an occasion's unit and those above; ``day`` is None while it is unknown."""

    day: date | None = None
    levels: int = 0
    above: UUID | None = None
    """The unit above the topmost one that is known: None where that is the top."""
    people: list[Answerable] = field(default_factory=list)


async def tell_some(connection: Connection, *, now: datetime, limit: int = AT_ONCE) -> Told:
    """Tell of the oldest occasions that may be told; what nobody can be told of waits."""
    rows = await store.take(connection, now=now, limit=limit)
    if not rows:
        return Told()
    with spans.each("tell", "internal", lambda: [row["traceparent"] for row in rows]) as traced:
        return await _tell(connection, rows, traced, now=now)


async def _tell(
    connection: Connection, rows: Sequence[Any], traced: Mapping[int, str], *, now: datetime
) -> Told:
    notices, states, looks, announcements = [], [], [], []
    for place, line in enumerate(await _lines(connection, rows)):
        row, trace = rows[place], traced.get(place)
        occasion = Occasion(row["occasion"])
        people = readers(occasion, line.people)
        hesitates_until = row["created_at"] + HESITATION
        whole = line.above is None and nobody_is_missing(occasion, line.people, levels=line.levels)
        if not whole and now < hesitates_until:
            people = frozenset()
        notices += [_notice(row, line, person, trace=trace) for person in sorted(people)]
        states.append("told" if people else _state_of_untold(row, now=now))
        if line.day is not None:
            announcements.append(_announcement(row, line.day, trace=trace))
        waited = now - row["created_at"]
        again = now + min(max(waited, SOONEST), LATEST)
        looks.append(hesitates_until if now < hesitates_until else again)
    await store.settle(connection, rows, states=states, look_at=looks)
    await webhooks.announce(connection, announcements, now=now)
    return Told(len(rows), await make(connection, notices, now=now))


async def _lines(connection: Connection, rows: Sequence[Any]) -> list[_Line]:
    found: dict[int, _Line] = defaultdict(_Line)
    asked = [(row["tenant_id"], row["unit_id"], row["happened_at"]) for row in rows]
    for one in await registry_replica.answerable(connection, asked):
        line = found[one["place"]]
        line.day = one["day"]
        line.levels, line.above = one["depth"] + 1, one["parent_id"]  # the topmost comes last
        if one["person_id"] is not None:
            line.people.append(
                Answerable(one["depth"], one["person_id"], one["head"], one["survey_officer"])
            )
    return [found[place] for place in range(len(rows))]


def _notice(row: Any, line: _Line, person: UUID, *, trace: str | None) -> NewNotice:
    return NewNotice(
        tenant_id=row["tenant_id"],
        person_id=person,
        occasion=row["occasion"],
        source=row["source"],
        unit_id=row["unit_id"],
        parameters=parameters_of(row, line.day),
        traceparent=trace,
    )


def _announcement(row: Any, day: date, *, trace: str | None) -> Announcement:
    """What the tenant's own systems hear, also while no person is found who could."""
    return Announcement(
        tenant_id=row["tenant_id"],
        occasion=row["occasion"],
        source=row["source"],
        data={"unit_id": str(row["unit_id"]), **parameters_of(row, day)},
        traceparent=trace,
    )


def parameters_of(row: Any, day: date | None) -> dict[str, Any]:
    """What the message is made of. An answer's moment becomes a day: whoever knows the hour knows
    the citizen."""
    parameters: dict[str, Any] = json.loads(row["parameters"])
    if row["occasion"] == Occasion.CRITICAL_ANSWER:
        assert day is not None
        parameters["day"] = day.isoformat()
    return parameters


def _state_of_untold(row: Any, *, now: datetime) -> str:
    if now - row["happened_at"] < GIVE_UP:
        return "waiting"
    metrics.NOTICES_GIVEN_UP.labels(row["occasion"]).inc()
    log.warning(
        "Nobody was told of an occasion: its unit, or anybody who answers for it, never became "
        "known; look at the duties of the unit's assignments",
        action="occasion.given_up",
        occasion=row["occasion"],
        tenant_id=str(row["tenant_id"]),
        unit_id=str(row["unit_id"]),
    )
    return "given_up"
