"""A change that may only be tried: what it would touch is told, and nothing is stored."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Query

from services.registry.access import Refusals, Registry
from shared.db import Connection
from shared.http.auth import Principal

T = TypeVar("T")

DryRun = Annotated[bool, Query(description="Only tell what it would touch, store nothing")]


class _Tried(Exception):  # noqa: N818 - it takes a change back that was only tried
    """Carries out of the transaction what is told of it."""

    def __init__(self, told: Any) -> None:
        super().__init__()
        self.told = told


async def written(
    registry: Registry,
    caller: Principal,
    work: Callable[[Connection], Awaitable[T]],
    *,
    refusals: Refusals,
    dry_run: bool,
) -> T:
    """What `work` tells of what it stored. A dry run refuses what would be refused, and stores
    nothing."""

    async def tried(connection: Connection) -> T:
        raise _Tried(await work(connection))

    if not dry_run:
        return await registry.write(caller, work, refusals=refusals)
    try:
        return await registry.write(caller, tried, refusals=refusals)
    except _Tried as told:
        result: T = told.told
        return result


def dry_run_of(model: type) -> dict[int | str, dict[str, Any]]:
    """For the ``responses`` of a route that creates something, or only tells."""
    return {200: {"model": model, "description": "What a dry run tells; nothing was stored"}}
