"""`/v1/configurations`: one document, stored as a whole or not at all; safe to send again."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.registry.access import Access, Keeper, refused
from services.registry.configurations.applying import apply
from services.registry.configurations.documents import Configuration
from services.registry.outcomes import EntityOutcome
from shared.db import Connection
from shared.http.problems import conflict

router = APIRouter(prefix="/v1/configurations", tags=["configurations"])

_REFUSALS = {
    "uq_satisfaction_policies_tenant_id_unit_id_valid_from": partial(
        conflict,
        "changed-meanwhile",
        "Nothing was stored: somebody changed policies at the same moment. Send it again.",
    ),
    "ck_goals_dates": partial(
        refused, "goals", "has one whose ends_on is not after starts_on: correct it"
    ),
}


class Configured(BaseModel):
    """What became of everything the document names; of a dry run, what would."""

    name: str
    dry_run: bool
    changes: list[EntityOutcome]


class _OnlyTriedError(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""

    def __init__(self, changes: list[EntityOutcome]) -> None:
        self.changes = changes


@router.post("")
async def apply_configuration(
    configuration: Configuration,
    caller: Keeper,
    registry: Access,
    dry_run: Annotated[bool, Query(description="Say what would change, store nothing")] = False,
) -> Configured:
    """Make everything as the document says. What it does not name stays as it is."""

    async def work(connection: Connection) -> list[EntityOutcome]:
        changes = await apply(connection, caller.tenant, configuration)
        if dry_run:
            raise _OnlyTriedError(changes)
        return changes

    try:
        changes = await registry.write(caller, work, refusals=_REFUSALS)
    except _OnlyTriedError as tried:
        changes = tried.changes
    return Configured(name=configuration.name, dry_run=dry_run, changes=changes)
