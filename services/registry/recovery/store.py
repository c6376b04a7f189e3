"""SQL of the recovery, with the owner's login: versions raised, entities published again."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Final, Protocol, TypeVar
from uuid import UUID

from services.registry.assignments import store as assignments
from services.registry.calendars import store as calendars
from services.registry.counters import store as counters
from services.registry.indicators import store as indicators
from services.registry.leaves import store as leaves
from services.registry.offerings import store as offerings
from services.registry.people import store as people
from services.registry.periods import store as periods
from services.registry.plans import store as plans
from services.registry.policies import store as policies
from services.registry.posts import store as posts
from services.registry.recovery.rules import Key, Plan, State, plan
from services.registry.reporting_lines import store as reporting_lines
from services.registry.satisfaction import store as satisfaction
from services.registry.tenants import store as tenants
from services.registry.units import store as units
from shared.contracts import REGISTRY_CHANGES, EntityChanged
from shared.db import Connection
from shared.messaging.outbox import enqueue
from shared.messaging.published import Published

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)

Again = Callable[[Connection, UUID, UUID], Awaitable[None]]
"""Raises the version of one entity by one, and publishes it."""


class _Find(Protocol[E_co]):
    async def __call__(
        self, connection: Connection, tenant_id: UUID, entity_id: UUID, /, *, lock: bool
    ) -> E_co | None: ...


async def catch_up(connection: Connection, published: Published) -> list[str]:
    """Publish again what readers would ignore, in the caller's transaction; what was done, in
    sentences. Nothing is left to do when it is repeated after the relay has worked."""
    newest: dict[Key, EntityChanged] = {}
    async for batch in published.everything(REGISTRY_CHANGES):
        for event, _ in batch:
            key = Key(event.tenant_id, event.kind, event.id)
            if key not in newest or newest[key].version < event.version:
                newest[key] = event
    states = {key: State(event.version, event.deleted) for key, event in newest.items()}
    stored, waiting = await _stored(connection), await _waiting(connection)
    todo = plan(stored, states, waiting=waiting)
    await _publish_again(connection, todo)
    await enqueue(
        connection,
        [
            newest[key].model_copy(update={"deleted": True, "version": newest[key].version + 1})
            for key in todo.gone
        ],
    )
    return [
        *_told(todo.again, "published again, above the versions that readers have seen"),
        *_told(todo.gone, "made after the backup and unknown now: published as deleted"),
    ]


def _told(keys: Iterable[Key], what: str) -> list[str]:
    kinds = Counter(key.kind for key in keys)
    return [f"{count} of kind {kind} {what}" for kind, count in sorted(kinds.items())]


async def _stored(connection: Connection) -> dict[Key, int]:
    found = {}
    for kind, (table, _) in _KINDS.items():
        identity = "tenant_id" if kind == "tenant" else "id"
        query = f"select tenant_id, {identity} as id, version from {table}"  # noqa: S608
        for row in await connection.fetch(query):
            found[Key(row["tenant_id"], kind, row["id"])] = row["version"]
    return found


async def _waiting(connection: Connection) -> set[Key]:
    rows = await connection.fetch("select distinct tenant_id, subject from outbox")
    keys = set()
    for row in rows:
        kind, _, identity = row["subject"].partition("/")
        keys.add(Key(row["tenant_id"], kind, UUID(identity)))
    return keys


async def _publish_again(connection: Connection, todo: Plan) -> None:
    for key, version in todo.again.items():
        table, again = _KINDS[key.kind]
        identity = "tenant_id" if key.kind == "tenant" else "id"
        await connection.execute(
            f"update {table} set version = $3"  # noqa: S608
            f" where tenant_id = $1 and {identity} = $2",
            key.tenant_id,
            key.id,
            version,
        )
        await again(connection, key.tenant_id, key.id)


async def _tenant(connection: Connection, tenant_id: UUID, _: UUID) -> None:
    if tenant := await tenants.find(connection, tenant_id, lock=True):
        await tenants.update(connection, tenant)


async def _assignment(connection: Connection, tenant_id: UUID, assignment_id: UUID) -> None:
    person_id = await connection.fetchval(
        "select person_id from assignments where tenant_id = $1 and id = $2",
        tenant_id,
        assignment_id,
    )
    assignment = await assignments.find(
        connection, tenant_id, person_id, assignment_id=assignment_id
    )
    if assignment:
        await assignments.update(connection, tenant_id, [assignment])


async def _reporting_line(connection: Connection, tenant_id: UUID, line_id: UUID) -> None:
    if line := await reporting_lines.find(connection, tenant_id, line_id):
        await reporting_lines.update(connection, tenant_id, [line])


async def _roster(connection: Connection, tenant_id: UUID, roster_id: UUID) -> None:
    if roster := await counters.find_roster(connection, tenant_id, roster_id):
        raised = replace(roster, version=roster.version + 1)
        await counters.write_roster(connection, tenant_id, raised)


def _one(find: _Find[E], update: Callable[[Connection, UUID, E], Awaitable[object]]) -> Again:
    async def again(connection: Connection, tenant_id: UUID, entity_id: UUID) -> None:
        if entity := await find(connection, tenant_id, entity_id, lock=True):
            await update(connection, tenant_id, entity)

    return again


def _many(
    find: _Find[E], update: Callable[[Connection, UUID, list[E]], Awaitable[object]]
) -> Again:
    return _one(find, lambda connection, tenant_id, entity: update(connection, tenant_id, [entity]))


_KINDS: Final[dict[str, tuple[str, Again]]] = {
    "tenant": ("tenants", _tenant),
    "unit": ("units", _many(units.find, units.update)),
    "person": ("people", _many(people.find, people.update)),
    "assignment": ("assignments", _assignment),
    "leave": ("leaves", _many(leaves.find, leaves.update)),
    "post": ("posts", _many(posts.find, posts.update)),
    "reporting_line": ("reporting_lines", _reporting_line),
    "service": ("services", _one(offerings.find, offerings.update)),
    "counter": ("counters", _one(counters.find, counters.update)),
    "roster": ("rosters", _roster),
    "satisfaction_policy": (
        "satisfaction_policies",
        _one(satisfaction.find, satisfaction.update),
    ),
    "policy": ("policies", _many(policies.find, policies.update)),
    "period": ("periods", _one(periods.find, periods.update)),
    "calendar": ("calendars", _one(calendars.find, calendars.update)),
    "indicator": ("indicators", _many(indicators.find, indicators.update)),
    "plan": ("plans", _many(plans.find, plans.update)),
}
"""By kind of entity its table, and how one is published again."""
