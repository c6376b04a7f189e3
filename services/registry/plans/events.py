"""What the registry announces of a plan."""

from typing import Any
from uuid import UUID

from services.registry.plans.rules import Plan, Revision
from shared.contracts import PlanChanged


def event_of(tenant_id: UUID, plan: Plan, *, deleted: bool = False) -> PlanChanged:
    """Ids, targets and days: the words of a plan stay here."""
    return PlanChanged.model_validate(
        {
            "tenant_id": tenant_id,
            "id": plan.id,
            "version": plan.version,
            "deleted": deleted,
            "person_id": plan.person_id,
            "period_id": plan.period_id,
            "leader_id": plan.newest.leader_id,
            "state": plan.newest.state,
            "agreed": [_agreed(revision) for revision in plan.agreed],
        }
    )


def _agreed(revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.revision,
        "valid_from": revision.valid_from,
        "results": [
            {
                "id": result.id,
                "main": result.main,
                "serves_result_id": result.serves_result_id,
                "serves_goal_id": result.serves_goal_id,
                "indicators": [
                    {
                        "id": target.id,
                        "aspect": target.aspect,
                        "measure_unit": target.measure_unit,
                        "better": target.better,
                        "target_low": target.target_low,
                        "target_high": target.target_high,
                        "indicator_id": target.indicator_id,
                    }
                    for target in result.indicators
                ],
            }
            for result in revision.document.results
        ],
    }
