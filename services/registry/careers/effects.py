"""What a change of where a person works touches besides: past periods, reporting lines, plans."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.registry.assignments import store as assignments
from services.registry.assignments.rules import Assignment
from services.registry.careers.rules import Effect, Span, What, fits
from services.registry.moves import store as moves
from services.registry.people import store as people
from services.registry.periods import store as periods
from services.registry.plans import store as plans
from services.registry.reporting_lines import store as reporting_lines
from services.registry.reporting_lines.rules import Line
from services.registry.units import store as units
from shared.db import Connection

_MOST_PLANS: Final = 1000


async def effects_on(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, spans: Sequence[Span], today: date
) -> list[Effect]:
    """What is touched where a person holds something else than before on the days of `spans`. The
    change is stored already, in this transaction."""
    return [
        *await _periods(connection, tenant_id, spans, today),
        *await _lines(connection, tenant_id, person_id, spans),
        *await _plans(connection, tenant_id, person_id, spans),
    ]


async def _periods(
    connection: Connection, tenant_id: UUID, spans: Sequence[Span], today: date
) -> list[Effect]:
    found: dict[UUID, str] = {}
    for span in spans:
        if past := span.common(date.min, today):
            found |= dict(
                await moves.periods_begun(
                    connection, tenant_id, since=past.first, until=past.until or today
                )
            )
    return [Effect("period", id_, name, What.PAST_CHANGES) for id_, name in found.items()]


async def _lines(
    connection: Connection, tenant_id: UUID, person_id: UUID, spans: Sequence[Span]
) -> list[Effect]:
    lines = [
        *await reporting_lines.of_people(connection, tenant_id, [person_id]),
        *(
            line
            for line in await reporting_lines.under(connection, tenant_id, person_id)
            if line.assessor_id == person_id
        ),
    ]
    if not lines:
        return []
    concerned = {line.person_id for line in lines} | {line.assessor_id for line in lines}
    held: dict[UUID, list[Assignment]] = {one: [] for one in concerned}
    for assignment in await assignments.of_people(connection, tenant_id, concerned):
        held[assignment.person_id].append(assignment)
    unit_ids = {assignment.unit_id for each in held.values() for assignment in each}
    paths = await units.paths(connection, tenant_id, unit_ids)
    above = {unit_id: {step.id for step in path} for unit_id, path in paths.items()}

    def stands_wrong(line: Line) -> bool:
        common = [span.common(line.valid_from, line.valid_until) for span in spans]
        return any(
            not fits(held[line.person_id], held[line.assessor_id], days, above=above)
            for days in common
            if days
        )

    wrong = [line for line in lines if stands_wrong(line)]
    names = await people.names(connection, tenant_id, {line.person_id for line in wrong})
    return [
        Effect("reporting_line", line.id, names[line.person_id], What.ASSESSOR_ELSEWHERE)
        for line in wrong
    ]


async def _plans(
    connection: Connection, tenant_id: UUID, person_id: UUID, spans: Sequence[Span]
) -> list[Effect]:
    effects = []
    for plan in await plans.page(
        connection,
        tenant_id,
        after=None,
        limit=_MOST_PLANS,
        period_id=None,
        person_id=person_id,
        leader_id=None,
        reader_id=None,
        team=(),
    ):
        period = await periods.find(connection, tenant_id, plan.period_id)
        assert period is not None
        if any(span.common(period.starts_on, period.ends_on) for span in spans):
            name = f"{period.kind} {period.starts_on}"
            effects.append(Effect("plan", plan.id, name, What.PLAN_OF_BEFORE))
    return effects
