"""`/v1/configurations`: one document, stored as a whole or not at all; safe to send again."""

from functools import partial

from fastapi import APIRouter
from pydantic import BaseModel

from services.registry.access import Access, Keeper, refused
from services.registry.configurations.applying import apply
from services.registry.configurations.documents import Configuration
from services.registry.outcomes import EntityOutcome
from services.registry.trying import DryRun, written
from shared.http.problems import conflict

router = APIRouter(prefix="/v1/configurations", tags=["configurations"])

_changed_meanwhile = partial(
    conflict,
    "changed-meanwhile",
    "Nothing was stored: somebody changed what it names at the same moment. Send it again.",
)
_REFUSALS = {
    "uq_satisfaction_policies_tenant_id_unit_id_valid_from": _changed_meanwhile,
    "uq_calendars_tenant_id_unit_id_valid_from": _changed_meanwhile,
    "uq_competences_tenant_id_code": _changed_meanwhile,
    "uq_programmes_tenant_id_name_starts_on": _changed_meanwhile,
    "fk_policies_tenant_id_unit_id_units": _changed_meanwhile,
    "fk_satisfaction_policies_tenant_id_unit_id_units": _changed_meanwhile,
    "fk_indicators_tenant_id_unit_id_units": _changed_meanwhile,
    "fk_calendars_tenant_id_unit_id_units": _changed_meanwhile,
    "fk_programme_competences_tenant_id_competence_id_competences": _changed_meanwhile,
    "ck_goals_dates": partial(
        refused, "goals", "has one whose ends_on is not after starts_on: correct it"
    ),
}


class Configured(BaseModel):
    """What became of everything the document names; of a dry run, what would."""

    name: str
    dry_run: bool
    changes: list[EntityOutcome]


@router.post("")
async def apply_configuration(
    configuration: Configuration,
    caller: Keeper,
    registry: Access,
    dry_run: DryRun = False,
) -> Configured:
    """Make everything as the document says. What it does not name stays as it is."""
    changes = await written(
        registry,
        caller,
        lambda connection: apply(connection, caller.tenant, configuration),
        refusals=_REFUSALS,
        dry_run=dry_run,
    )
    return Configured(name=configuration.name, dry_run=dry_run, changes=changes)
