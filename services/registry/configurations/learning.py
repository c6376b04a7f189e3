"""Learning, as a configuration says: competences by code, programmes by name and first day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.competences import store as competences
from services.registry.competences.rules import Competence
from services.registry.configurations.documents import CompetencePart, ProgrammePart
from services.registry.indicators import store as indicators
from services.registry.outcomes import EntityOutcome, Outcome, outcome_of
from services.registry.training import store as training
from services.registry.training.rules import Programme, ProgrammeRefused, check_programme
from shared.db import Connection, uuid7
from shared.http.problems import invalid_request
from shared.http.words import MOST_ERRORS, FieldProblem


async def put_competences(
    connection: Connection, tenant_id: UUID, wanted: Sequence[CompetencePart]
) -> list[EntityOutcome]:
    """What shows a lack of a competence is added to what does already."""
    named = await _indicators(connection, tenant_id, wanted)
    there = await competences.ids_of(connection, tenant_id, {part.code for part in wanted})
    changes = []
    for part in wanted:
        known = there.get(part.code)
        before = await competences.find(connection, tenant_id, known, lock=True) if known else None
        after = _competence(part, named, before)
        outcome = outcome_of(before, after)
        if outcome is Outcome.CREATED:
            await competences.insert(connection, tenant_id, after)
        elif outcome is Outcome.CHANGED:
            await competences.update(connection, tenant_id, after)
        changes.append(EntityOutcome("competence", part.code, after.id, outcome))
    return changes


async def put_programmes(
    connection: Connection, tenant_id: UUID, wanted: Sequence[ProgrammePart]
) -> list[EntityOutcome]:
    """Those who are enrolled keep their places."""
    codes = {code for part in wanted for code in part.competences}
    known = await competences.ids_of(connection, tenant_id, codes)
    _refuse_unknown(
        FieldProblem(
            f"programmes[{place}].competences[{number}]",
            f"names {code}, which is not the code of a competence here: add it to competences",
        )
        for place, part in enumerate(wanted)
        for number, code in enumerate(part.competences)
        if code not in known
    )
    changes = []
    for place, part in enumerate(wanted):
        before = await training.find_named(
            connection, tenant_id, name=part.name, starts_on=part.starts_on
        )
        after = replace(
            before or Programme(uuid7(), part.name, part.provider, part.starts_on, part.ends_on),
            provider=part.provider,
            ends_on=part.ends_on,
            places=part.places,
            competence_ids=tuple(sorted(known[code] for code in set(part.competences))),
        )
        try:
            check_programme(after)
        except ProgrammeRefused as refusal:
            field = f"programmes[{place}].{refusal.field}"
            raise invalid_request([FieldProblem(field, str(refusal))]) from None
        outcome = outcome_of(before, after)
        if outcome is Outcome.CREATED:
            await training.insert(connection, tenant_id, after)
        elif outcome is Outcome.CHANGED:
            await training.update(connection, tenant_id, after)
        changes.append(EntityOutcome("programme", part.name, after.id, outcome))
    return changes


def _competence(
    part: CompetencePart, named: Mapping[str, Collection[UUID]], before: Competence | None
) -> Competence:
    held = before or Competence(uuid7(), part.code, part.name, part.kind)
    ids = {indicator_id for name in part.indicators for indicator_id in named[name]}
    return replace(
        held,
        name=part.name,
        kind=part.kind,
        description=part.description,
        indicator_ids=tuple(sorted({*held.indicator_ids, *ids})),
        values=tuple(sorted({*held.values, *part.values})),
        elements=tuple(sorted({*held.elements, *part.elements})),
    )


async def _indicators(
    connection: Connection, tenant_id: UUID, wanted: Sequence[CompetencePart]
) -> Mapping[str, Collection[UUID]]:
    """Ids by name: of one name there may be several, of different units."""
    found = defaultdict(list)
    names = {name for part in wanted for name in part.indicators}
    for indicator in await indicators.named(connection, tenant_id, names):
        found[indicator.name].append(indicator.id)
    _refuse_unknown(
        FieldProblem(
            f"competences[{place}].indicators[{number}]",
            f"names {name}, which is not an indicator here: see /v1/indicators",
        )
        for place, part in enumerate(wanted)
        for number, name in enumerate(part.indicators)
        if name not in found
    )
    return found


def _refuse_unknown(problems: Iterable[FieldProblem]) -> None:
    if found := list(problems):
        raise invalid_request(found[:MOST_ERRORS])
