"""SQL of the recovery, with the owner's login: versions raised, entities published again."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Final
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

_TABLES: Final = {
    "tenant": "tenants",
    "unit": "units",
    "person": "people",
    "assignment": "assignments",
    "leave": "leaves",
    "post": "posts",
    "reporting_line": "reporting_lines",
    "service": "services",
    "counter": "counters",
    "roster": "rosters",
    "satisfaction_policy": "satisfaction_policies",
    "policy": "policies",
    "period": "periods",
    "calendar": "calendars",
    "indicator": "indicators",
    "plan": "plans",
}


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
    for kind, table in _TABLES.items():
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
        identity = "tenant_id" if key.kind == "tenant" else "id"
        await connection.execute(
            f"update {_TABLES[key.kind]} set version = $3"  # noqa: S608
            f" where tenant_id = $1 and {identity} = $2",
            key.tenant_id,
            key.id,
            version,
        )
        await _UPDATES[key.kind](connection, key.tenant_id, key.id)


async def _tenant(connection: Connection, tenant_id: UUID, _: UUID) -> None:
    if tenant := await tenants.find(connection, tenant_id, lock=True):
        await tenants.update(connection, tenant)


async def _unit(connection: Connection, tenant_id: UUID, unit_id: UUID) -> None:
    if unit := await units.find(connection, tenant_id, unit_id, lock=True):
        await units.update(connection, tenant_id, [unit])


async def _person(connection: Connection, tenant_id: UUID, person_id: UUID) -> None:
    if person := await people.find(connection, tenant_id, person_id, lock=True):
        await people.update(connection, tenant_id, [person])


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


async def _leave(connection: Connection, tenant_id: UUID, leave_id: UUID) -> None:
    if leave := await leaves.find(connection, tenant_id, leave_id, lock=True):
        await leaves.update(connection, tenant_id, [leave])


async def _post(connection: Connection, tenant_id: UUID, post_id: UUID) -> None:
    if post := await posts.find(connection, tenant_id, post_id, lock=True):
        await posts.update(connection, tenant_id, [post])


async def _reporting_line(connection: Connection, tenant_id: UUID, line_id: UUID) -> None:
    if line := await reporting_lines.find(connection, tenant_id, line_id):
        await reporting_lines.update(connection, tenant_id, [line])


async def _service(connection: Connection, tenant_id: UUID, service_id: UUID) -> None:
    if offering := await offerings.find(connection, tenant_id, service_id, lock=True):
        await offerings.update(connection, tenant_id, offering)


async def _counter(connection: Connection, tenant_id: UUID, counter_id: UUID) -> None:
    if counter := await counters.find(connection, tenant_id, counter_id, lock=True):
        await counters.update(connection, tenant_id, counter)


async def _roster(connection: Connection, tenant_id: UUID, roster_id: UUID) -> None:
    if roster := await counters.find_roster(connection, tenant_id, roster_id):
        raised = replace(roster, version=roster.version + 1)
        await counters.write_roster(connection, tenant_id, raised)


async def _satisfaction_policy(connection: Connection, tenant_id: UUID, policy_id: UUID) -> None:
    if policy := await satisfaction.find(connection, tenant_id, policy_id, lock=True):
        await satisfaction.update(connection, tenant_id, policy)


async def _indicator(connection: Connection, tenant_id: UUID, indicator_id: UUID) -> None:
    if indicator := await indicators.find(connection, tenant_id, indicator_id, lock=True):
        await indicators.update(connection, tenant_id, [indicator])


async def _plan(connection: Connection, tenant_id: UUID, plan_id: UUID) -> None:
    if stored := await plans.find(connection, tenant_id, plan_id, lock=True):
        await plans.update(connection, tenant_id, [stored])


async def _period(connection: Connection, tenant_id: UUID, period_id: UUID) -> None:
    if period := await periods.find(connection, tenant_id, period_id, lock=True):
        await periods.update(connection, tenant_id, period)


async def _policy(connection: Connection, tenant_id: UUID, policy_id: UUID) -> None:
    if policy := await policies.find(connection, tenant_id, policy_id, lock=True):
        await policies.update(connection, tenant_id, [policy])


async def _calendar(connection: Connection, tenant_id: UUID, calendar_id: UUID) -> None:
    if calendar := await calendars.find(connection, tenant_id, calendar_id, lock=True):
        await calendars.update(connection, tenant_id, calendar)


_UPDATES: Final[dict[str, Callable[[Connection, UUID, UUID], Awaitable[None]]]] = {
    "tenant": _tenant,
    "unit": _unit,
    "person": _person,
    "assignment": _assignment,
    "leave": _leave,
    "post": _post,
    "reporting_line": _reporting_line,
    "service": _service,
    "counter": _counter,
    "roster": _roster,
    "satisfaction_policy": _satisfaction_policy,
    "policy": _policy,
    "period": _period,
    "calendar": _calendar,
    "indicator": _indicator,
    "plan": _plan,
}
