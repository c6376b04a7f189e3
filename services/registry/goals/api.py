"""`/v1/goals`: what the region wants to reach, read by everybody of the tenant."""

from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.fields import Body, Text
from services.registry.goals import store
from services.registry.goals.rules import Goal
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/goals", tags=["goals"])

_REFUSALS = {
    "ck_goals_dates": partial(
        refused, "ends_on", "must be after starts_on: it is the first day no more"
    ),
    "fk_goals_tenant_id_tenants": no_tenant,
}


class GoalBody(Body):
    """The whole goal: a change replaces it entirely. `ends_on` is the first day no more."""

    name: Text
    starts_on: date
    ends_on: date


@router.post("", status_code=201)
async def create_goal(new: GoalBody, caller: Keeper, registry: Access, response: Response) -> Goal:
    goal = Goal(uuid7(), new.name, new.starts_on, new.ends_on)
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, goal),
        refusals=_REFUSALS,
    )
    show_version(response, goal.version)
    return goal


@router.get("")
async def list_goals(
    caller: Member,
    registry: Access,
    paging: Paging,
    on: date | None = None,
    name: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[Goal]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        goals = await store.page(
            connection, caller.tenant, after=after, limit=paging.fetch, on=on, name=name
        )
    return paging.page(goals, key=lambda goal: (goal.id,))


@router.get("/{goal_id}")
async def show_goal(goal_id: UUID, caller: Member, registry: Access, response: Response) -> Goal:
    async with registry.transaction(caller.tenant) as connection:
        goal = await store.find(connection, caller.tenant, goal_id)
    if goal is None:
        raise _unknown()
    show_version(response, goal.version)
    return goal


@router.put("/{goal_id}")
async def replace_goal(
    goal_id: UUID,
    document: GoalBody,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Goal:
    async def work(connection: Connection) -> Goal:
        goal = await _locked(connection, caller.tenant, goal_id)
        check_version(goal.version, expected)
        changed = Goal(goal_id, document.name, document.starts_on, document.ends_on, goal.version)
        return goal if changed == goal else await store.update(connection, caller.tenant, changed)

    goal = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, goal.version)
    return goal


@router.delete("/{goal_id}", status_code=204)
async def delete_goal(goal_id: UUID, caller: Keeper, registry: Access, expected: Expected) -> None:
    async def work(connection: Connection) -> None:
        goal = await _locked(connection, caller.tenant, goal_id)
        check_version(goal.version, expected)
        if not await store.delete(connection, caller.tenant, goal):
            raise conflict(
                "goal-in-plans",
                "Results of plans serve this goal: let it end instead of deleting it.",
            )

    await registry.write(caller, work)


async def _locked(connection: Connection, tenant_id: UUID, goal_id: UUID) -> Goal:
    goal = await store.find(connection, tenant_id, goal_id, lock=True)
    if goal is None:
        raise _unknown()
    return goal


_unknown = partial(not_found, "This tenant has no goal with this id: list them at /v1/goals.")
