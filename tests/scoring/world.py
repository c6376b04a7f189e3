"""A tenant's life as events, and what it must add up to: computed in Python, without a database."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.scoring.ledger.rules import ELEMENTS, Assignment, attribute
from services.scoring.registry_replica.rules import Policy, choose_policy, path_upward
from services.scoring.scorecards.rules import (
    CardKey,
    Score,
    Subject,
    Tally,
    cards_over,
    score,
)
from shared.contracts import (
    AssignmentChanged,
    AssignmentKind,
    EntityChanged,
    PersonChanged,
    PersonKind,
    SatisfactionPolicyChanged,
    Scores,
    ServiceChanged,
    SurveyAnswered,
    SwitchedOffElement,
    TenantChanged,
    UnitChanged,
)

Tallies = dict[tuple[Any, ...], tuple[int, ...]]
"""TALLY_KEY without the tenant, to answers and the 36 counts."""

NOON = datetime(2026, 11, 12, 5, 0, tzinfo=UTC)


@dataclass
class Dice:
    """Ids and choices that a seed repeats."""

    random: random.Random

    def id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


def answered(
    tenant: UUID,
    fact: UUID,
    *,
    unit: UUID,
    service: UUID,
    officer: UUID | None = None,
    revision: int = 1,
    state: str = "accepted",
    at: datetime = NOON,
    marks: Sequence[int | None] = (3,) * 9,
) -> SurveyAnswered:
    """One revision of one answer; marks in the order of ELEMENTS."""
    return SurveyAnswered.model_validate(
        {
            "tenant_id": tenant,
            "fact_id": fact,
            "revision": revision,
            "counted": state == "accepted",
            "state": state,
            "channel": "walk_in",
            "unit_id": unit,
            "service_id": service,
            "officer_id": officer,
            "occurred_at": at,
            "received_at": at + timedelta(minutes=5),
            "scores": Scores(**dict(zip(ELEMENTS, marks, strict=True))),
        }
    )


def newest(events: Iterable[Any]) -> list[Any]:
    """The highest version or revision of each entity or fact."""
    found: dict[str, Any] = {}
    for event in events:
        rank = getattr(event, "version", None) or event.revision
        held = found.get(event.key())
        if held is None or (getattr(held, "version", None) or held.revision) < rank:
            found[event.key()] = event
    return list(found.values())


@dataclass
class Truth:
    """What the highest versions and revisions add up to."""

    entities: list[EntityChanged]
    facts: list[SurveyAnswered]
    tallies: dict[tuple[Subject, date, UUID, int], list[SurveyAnswered]] = field(init=False)

    def __post_init__(self) -> None:
        zones = {e.id: e.zone for e in self._all(TenantChanged)}
        units = {e.id for e in self._all(UnitChanged)}
        services = {e.id for e in self._all(ServiceChanged)}
        assignments = [
            Assignment(
                e.id,
                e.person_id,
                e.unit_id,
                e.assignment_kind is AssignmentKind.DEFINITIVE,
                e.valid_from,
                e.valid_until,
            )
            for e in self._all(AssignmentChanged)
            if not e.deleted
        ]
        self.tallies = defaultdict(list)
        for fact in self.facts:
            known = fact.tenant_id in zones and fact.unit_id in units
            if not (fact.counted and known and fact.service_id in services):
                continue
            whose = attribute(
                fact.occurred_at,
                zones[fact.tenant_id],
                unit_id=fact.unit_id,
                officer_id=fact.officer_id,
                assignments=assignments,
            )
            bits = sum(1 << i for i, e in enumerate(ELEMENTS) if getattr(fact.scores, e))
            place = (whose.month, fact.service_id, bits)
            unit = Subject(fact.tenant_id, "unit", fact.unit_id, fact.unit_id)
            self.tallies[(unit, *place)].append(fact)
            if whose.person_unit_id:
                assert fact.officer_id
                person = Subject(fact.tenant_id, "person", fact.officer_id, whose.person_unit_id)
                self.tallies[(person, *place)].append(fact)

    def _all(self, kind: type[Any]) -> list[Any]:
        return [entity for entity in self.entities if isinstance(entity, kind)]

    def rows(self) -> Tallies:
        """The rows of ``tallies`` that are not zero."""
        return {
            (s.kind, s.id, s.unit_id, month, service, bits): (len(facts), *_counts(facts))
            for (s, month, service, bits), facts in self.tallies.items()
        }

    def cards(self) -> dict[CardKey, tuple[Score, Policy]]:
        """The cards that hold answers."""
        parents = {e.id: e.parent_id for e in self._all(UnitChanged)}
        policies = [
            Policy(
                e.id,
                e.version,
                e.unit_id,
                e.valid_from,
                e.weight_decimals,
                frozenset((off.element.value, off.service_id) for off in e.switched_off),
                e.minimum_sample,
                e.shrinkage,
            )
            for e in self._all(SatisfactionPolicyChanged)
            if not e.deleted
        ]
        parts: dict[CardKey, list[Tally]] = defaultdict(list)
        for (subject, month, service, bits), facts in self.tallies.items():
            each = _counts(facts)
            counts = {e: each[4 * i : 4 * i + 4] for i, e in enumerate(ELEMENTS) if bits >> i & 1}
            for key in cards_over(subject, service, month=month):
                parts[key].append(Tally(month, service, bits, len(facts), counts))
        found = {}
        for key, tallies in parts.items():
            path = path_upward(key.subject.unit_id, parents)
            policy = choose_policy(path, policies, on=key.period.starts)
            found[key] = (score(tallies, policy), policy)
        return found


def _counts(facts: Iterable[SurveyAnswered]) -> tuple[int, ...]:
    counts = [0] * 36
    for fact in facts:
        for place, element in enumerate(ELEMENTS):
            mark = getattr(fact.scores, element)
            if mark is not None:
                counts[4 * place + mark - 1] += 1
    return tuple(counts)


def entities(tenant: UUID, dice: Dice) -> tuple[list[Any], list[UUID], list[UUID], list[UUID]]:
    """All versions of all entities of a small organisation; ids of units, services, people."""
    choice, randint = dice.random.choice, dice.random.randint
    units, services, people = ([dice.id() for _ in range(n)] for n in (4, 3, 3))
    events: list[Any] = [
        TenantChanged(
            tenant_id=tenant,
            id=tenant,
            version=v,
            slug="kota",
            name="Kota",
            zone=zone,
            deleted=v == 3,
        )
        for v, zone in enumerate(
            ("Asia/Jakarta", "Asia/Jayapura", "America/Lima")[: randint(1, 3)], 1
        )
    ]
    for place, unit in enumerate(units):
        for version in range(1, randint(1, 3) + 1):
            events.append(
                UnitChanged(
                    tenant_id=tenant,
                    id=unit,
                    version=version,
                    name="Unit",
                    unit_kind="upt",
                    # Circles included: the registry refuses them, but versions overtake each other.
                    parent_id=choice([None, *units[:place], *units]),
                    deleted=version == 3,
                )
            )
    for service in services:
        events += [
            ServiceChanged(tenant_id=tenant, id=service, version=v, name="KTP", deleted=v == 2)
            for v in range(1, randint(1, 2) + 1)
        ]
    for person in people:
        kind = PersonKind.PPPK
        events.append(PersonChanged(tenant_id=tenant, id=person, version=1, person_kind=kind))
    for _ in range(6):
        assignment = dice.id()
        for version in range(1, randint(1, 4) + 1):
            start = date(2026, 9, 25) + timedelta(days=randint(0, 60))
            end = choice([None, start + timedelta(days=randint(1, 60))])
            events.append(
                AssignmentChanged(
                    tenant_id=tenant,
                    id=assignment,
                    version=version,
                    person_id=choice(people),
                    unit_id=choice(units),
                    assignment_kind=choice(list(AssignmentKind)),
                    valid_from=start,
                    valid_until=end,
                    deleted=randint(1, 5) == 1,
                )
            )
    for _ in range(3):
        policy = dice.id()
        for version in range(1, randint(1, 3) + 1):
            events.append(
                SatisfactionPolicyChanged(
                    tenant_id=tenant,
                    id=policy,
                    version=version,
                    unit_id=choice([None, *units]),
                    valid_from=date(2026, choice((9, 10, 11)), choice((1, 15))),
                    weight_decimals=choice((None, 2, 3)),
                    switched_off=tuple(
                        SwitchedOffElement(element=e, service_id=choice([None, *services]))
                        for e in dice.random.sample(ELEMENTS, randint(0, 2))
                    ),
                    minimum_sample=randint(1, 5),
                    shrinkage=randint(0, 40),
                    deleted=randint(1, 6) == 1,
                )
            )
    return events, units, services, people


def revisions(
    tenant: UUID, dice: Dice, units: list[UUID], services: list[UUID], people: list[UUID]
) -> list[SurveyAnswered]:
    """All revisions of one answer: parked, restored, corrected, moved, withdrawn."""
    choice, randint = dice.random.choice, dice.random.randint
    fact = dice.id()

    def fields() -> dict[str, Any]:
        edge = choice((datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)))
        marks = [choice((None, 1, 2, 3, 4, 4, 4)) for _ in ELEMENTS]
        return {
            "unit": choice(units),
            "service": choice(services),
            "officer": choice([None, *people]),
            "at": edge + timedelta(hours=randint(-30, 30)),
            "marks": marks if any(marks) else [3] * 9,
        }

    now = fields()
    events = []
    for revision in range(1, randint(1, 5) + 1):
        if randint(1, 3) == 1:
            now = fields()
        state = "accepted" if revision == 1 else choice(("accepted", "parked", "parked"))
        if revision == 5:
            state = "withdrawn"
        events.append(answered(tenant, fact, revision=revision, state=state, **now))
    return events
