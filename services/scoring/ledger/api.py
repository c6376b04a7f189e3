"""`/v1/facts/status`: what became of facts that were sent in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.scoring.access import Access, SurveyKeeper
from services.scoring.ledger import store

router = APIRouter(prefix="/v1/facts", tags=["facts"])


class FactIds(BaseModel):
    model_config = ConfigDict(extra="forbid")

    fact_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class FactStatus(BaseModel):
    """How many of the facts asked for, each once, are in which state.

    `counted` ones are in the tallies, `waiting` ones until their unit and service are known,
    `excluded` ones are parked or withdrawn, `unknown` ones have not arrived. `stale` of the counted
    ones are not on their unit's card yet.
    """

    counted: int
    waiting: int
    excluded: int
    unknown: int
    stale: int


@router.post("/status")
async def show_status(asked: FactIds, caller: SurveyKeeper, scoring: Access) -> FactStatus:
    async with scoring.transaction(caller.tenant) as connection:
        return FactStatus(**await store.statuses(connection, caller.tenant, asked.fact_ids))
