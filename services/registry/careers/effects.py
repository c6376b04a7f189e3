"""What a change of where a person works touches besides: past periods, reporting lines, plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.registry.assignments import store as assignments
from services.registry.assignments.rules import Assignment
from services.registry.careers.rules import Consequence, Span, Touching, fits
from services.registry.moves import store as moves
from services.registry.people import store as people
from services.registry.periods import store as periods
from services.registry.plans import store as plans
from services.registry.reporting_lines import store as reporting_lines
from services.registry.reporting_lines.rules import Line
from services.registry.units import store as units
from shared.db import Connection

_MOST_PLANS: Final = 1000


async def of_assignments(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, spans: Sequence[Span], today: date
) -> list[Consequence]:
    """What is touched where a person holds something else than before on the days of `spans`. The
    change is stored already, in this transaction."""
    lines = await reporting_lines.of_people(connection, tenant_id, [person_id])
    under = await reporting_lines.under(connection, tenant_id, person_id)
    lines += [line for line in under if line.assessor_id == person_id]
    planned = await _plans(connection, tenant_id, person_id, spans)
    return [
        *await _periods(connection, tenant_id, spans, today),
        *await _wrong(connection, tenant_id, lines, spans),
        *(Consequence("plan", each.id, each.name, Touching.PLAN_OF_BEFORE) for each in planned),
    ]


async def of_lines(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, spans: Sequence[Span]
) -> list[Consequence]:
    """What is touched where somebody else assesses a person on the days of `spans`. The change is
    stored already, in this transaction."""
    lines = await reporting_lines.of_people(connection, tenant_id, [person_id])
    planned = await _plans(connection, tenant_id, person_id, spans)
    return [
        *await _wrong(connection, tenant_id, lines, spans),
        *(
            Consequence("plan", each.id, each.name, Touching.PLAN_WITH_OTHER_LEADER)
            for each in planned
            if any(
                line.assessor_id != each.leader_id
                for days in each.days
                for line in lines
                if days.common(line.valid_from, line.valid_until)
            )
        ),
    ]


async def _periods(
    connection: Connection, tenant_id: UUID, spans: Sequence[Span], today: date
) -> list[Consequence]:
    found: dict[UUID, str] = {}
    for span in spans:
        if past := span.common(date.min, today):
            found |= dict(
                await moves.periods_begun(
                    connection, tenant_id, since=past.first, until=past.until or today
                )
            )
    return [Consequence("period", id_, name, Touching.PAST_CHANGES) for id_, name in found.items()]


async def _wrong(
    connection: Connection, tenant_id: UUID, lines: Sequence[Line], spans: Sequence[Span]
) -> list[Consequence]:
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
        Consequence("reporting_line", line.id, names[line.person_id], Touching.ASSESSOR_ELSEWHERE)
        for line in wrong
    ]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A plan, and the days of it that a change concerns."""

    id: UUID
    name: str
    leader_id: UUID
    days: list[Span]


async def _plans(
    connection: Connection, tenant_id: UUID, person_id: UUID, spans: Sequence[Span]
) -> list[_Planned]:
    found = []
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
        common = [span.common(period.starts_on, period.ends_on) for span in spans]
        if days := [each for each in common if each]:
            name = f"{period.kind} {period.starts_on}"
            found.append(_Planned(plan.id, name, plan.leader_id, days))
    return found
