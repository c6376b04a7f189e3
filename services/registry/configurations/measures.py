"""What is measured, as a configuration says: goals by name, indicators by name, unit and day."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.configurations.documents import IndicatorPart
from services.registry.configurations.names import Names, at
from services.registry.goals import store as goals
from services.registry.goals.api import GoalBody
from services.registry.goals.rules import Goal
from services.registry.indicators import store as indicators
from services.registry.indicators.api import check_measured_alike
from services.registry.indicators.rules import Band, Indicator, refusals
from services.registry.outcomes import EntityOutcome, Outcome, outcome_of, which
from shared.db import Connection, uuid7
from shared.http.problems import invalid_request
from shared.http.words import MOST_ERRORS, FieldProblem


async def put_goals(
    connection: Connection, tenant_id: UUID, wanted: Sequence[GoalBody]
) -> list[EntityOutcome]:
    changes = []
    for part in wanted:
        there = await goals.page(connection, tenant_id, after=None, limit=1, name=part.name)
        before = await goals.find(connection, tenant_id, there[0].id, lock=True) if there else None
        new = Goal(uuid7(), part.name, part.starts_on, part.ends_on)
        after = replace(new, id=before.id, version=before.version) if before else new
        outcome = outcome_of(before, after)
        if outcome is Outcome.CREATED:
            await goals.insert(connection, tenant_id, after)
        elif outcome is Outcome.CHANGED:
            await goals.update(connection, tenant_id, after)
        changes.append(EntityOutcome("goal", part.name, after.id, outcome))
    return changes


async def put_indicators(
    connection: Connection, tenant_id: UUID, wanted: Sequence[IndicatorPart], names: Names
) -> list[EntityOutcome]:
    parts = [_indicator(part, names) for part in wanted]
    problems = [
        FieldProblem(f"indicators[{place}].{refusal.field}", refusal.problem)
        for place, indicator in enumerate(parts)
        for refusal in refusals(indicator)
    ]
    if problems:
        raise invalid_request(problems[:MOST_ERRORS])
    there = {
        (indicator.name, indicator.unit_id, indicator.valid_from): indicator
        for indicator in await indicators.named(
            connection, tenant_id, {indicator.name for indicator in parts}
        )
        if indicator.person_id is None
    }
    found: list[tuple[Indicator, Outcome]] = []
    for new in parts:
        before = there.get((new.name, new.unit_id, new.valid_from))
        after = replace(new, id=before.id, version=before.version) if before else new
        if before:
            await check_measured_alike(connection, tenant_id, before, after)
        found.append((after, outcome_of(before, after)))
    await indicators.insert(connection, tenant_id, which(Outcome.CREATED, found))
    await indicators.update(connection, tenant_id, which(Outcome.CHANGED, found))
    return [
        EntityOutcome("indicator", at(part.name, part.unit), indicator.id, outcome)
        for part, (indicator, outcome) in zip(wanted, found, strict=True)
    ]


def _indicator(part: IndicatorPart, names: Names) -> Indicator:
    fields = {name: getattr(part, name) for name in type(part).model_fields}
    fields["unit_id"] = names.unit(fields.pop("unit"))
    fields["service_id"] = names.service(fields.pop("service"))
    fields["bands"] = tuple(Band(band.lower, band.upper, band.points) for band in part.bands)
    return Indicator(id=uuid7(), **fields)
