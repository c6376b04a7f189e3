"""SQL of the cards: locked in order, written where they changed, read for the API."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.scoring.ledger.rules import ALL_SERVICES, ELEMENTS
from services.scoring.registry_replica.rules import DEFAULT, Policy
from services.scoring.satisfaction.rules import RULE, RULE_VERSION, MarkCounts
from services.scoring.scorecards.rules import (
    Before,
    Card,
    CardKey,
    Period,
    Score,
    Subject,
    index_of,
)
from shared.db import Connection

# ruff: noqa: S608 - made of constants of this module, never of values
_KEY = "tenant_id, subject_kind, subject_id, unit_id, service_id, period"
_KEYS = "$1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[]"

_PLACE = f"""
insert into cards ({_KEY}, period_starts, version, answers, incomplete, counts, policy,
                   rule, rule_version, computed_at, changed_by, changed_at)
select *, 0, 0, 0, '{{}}', '{{}}', '{RULE}', {RULE_VERSION}, now(), 'counted', now()
from unnest({_KEYS}, $7::date[]) order by 1, 2, 3, 4, 5, 6
on conflict ({_KEY}) do nothing
"""

_LOCK = f"""
select from cards join unnest({_KEYS}) as k({_KEY}) using ({_KEY})
order by {_KEY} for update of cards
"""

_WRITE = f"""
update cards c
set version = c.version + 1, answers = n.answers, incomplete = n.incomplete,
    index_numerator = n.index_numerator, index_denominator = n.index_denominator,
    index = n.index, grade = n.grade, counts = n.counts, policy_id = n.policy_id,
    policy_version = n.policy_version, policy = n.policy, rule = '{RULE}',
    previous_answers = case when c.version > 0 then c.answers end, previous_index = c.index,
    previous_grade = c.grade, rule_version = {RULE_VERSION}, computed_at = $17,
    changed_by = n.changed_by, changed_at = $17
from unnest({_KEYS}, $7::int[], $8::int[], $9::numeric[], $10::numeric[], $11::numeric[],
            $12::text[], $13::jsonb[], $14::uuid[], $15::int[], $16::jsonb[], $18::text[])
     as n({_KEY}, answers, incomplete, index_numerator, index_denominator, index, grade, counts,
          policy_id, policy_version, policy, changed_by)
where (c.tenant_id, c.subject_kind, c.subject_id, c.unit_id, c.service_id, c.period)
      = (n.tenant_id, n.subject_kind, n.subject_id, n.unit_id, n.service_id, n.period)
  and (c.answers, c.incomplete, c.index_numerator, c.index_denominator, c.grade, c.counts,
       c.policy, c.rule_version)
      is distinct from (n.answers, n.incomplete, n.index_numerator, n.index_denominator, n.grade,
                        n.counts, n.policy, {RULE_VERSION})
returning c.tenant_id, c.subject_kind, c.subject_id, c.unit_id, c.service_id, c.period,
          new.version, old.grade as previous_grade, old.answers as previous_answers
"""


def _columns(keys: Sequence[CardKey]) -> tuple[list[Any], ...]:
    return (
        [key.subject.tenant_id for key in keys],
        [key.subject.kind for key in keys],
        [key.subject.id for key in keys],
        [key.subject.unit_id for key in keys],
        [key.service_id or ALL_SERVICES for key in keys],
        [key.period.name for key in keys],
    )


async def lock(connection: Connection, keys: Sequence[CardKey]) -> None:
    """Lock the cards, made where they are missing, in the same order everywhere.

    Two statements, each ordered: whoever finds a card missing waits for the one who makes it, so
    that nobody holds a new card and waits for an old one that waits for it.
    """
    columns = _columns(keys)
    await connection.execute(_PLACE, *columns, [key.period.starts for key in keys])
    await connection.execute(_LOCK, *columns)


async def write(
    connection: Connection,
    cards: Sequence[tuple[CardKey, Score, Policy, str]],
    *,
    now: datetime,
) -> dict[CardKey, Any]:
    """Store a new version of each card that says something new, with what changed it.

    Returns those, each with ``version``, ``previous_grade`` and ``previous_answers``.
    """
    keys = [key for key, *_ in cards]
    scores = [score for _, score, *_ in cards]
    policies = [policy if score.answers else None for _, score, policy, _ in cards]
    rows = await connection.fetch(
        _WRITE,
        *_columns(keys),
        [score.answers for score in scores],
        [score.incomplete for score in scores],
        [score.index and score.index.exact.numerator for score in scores],
        [score.index and score.index.exact.denominator for score in scores],
        [score.index and score.index.rounded for score in scores],
        [score.index and score.index.grade for score in scores],
        [json.dumps({e: marks.each for e, marks in score.counts.items()}) for score in scores],
        [policy and policy.id for policy in policies],
        [policy and policy.version for policy in policies],
        [json.dumps(policy_document(policy) if policy else {}) for policy in policies],
        now,
        [cause for *_, cause in cards],
    )
    places = dict(zip(zip(*_columns(keys), strict=True), keys, strict=True))
    return {places[tuple(row)[:6]]: row for row in rows}


async def of_subject(
    connection: Connection,
    tenant: UUID,
    *,
    kind: str,
    subject: UUID,
    period: Period,
    service: UUID | None = None,
) -> list[Card]:
    """The subject's cards of a period: one for a unit, one per unit of assignment for a person."""
    rows = await connection.fetch(
        """
        select * from cards where tenant_id = $1 and subject_kind = $2 and subject_id = $3
        and service_id = $4 and period = $5 and version > 0 order by unit_id
        """,
        tenant,
        kind,
        subject,
        service or ALL_SERVICES,
        period.name,
    )
    return [_card(row) for row in rows]


async def of_periods(
    connection: Connection,
    tenant: UUID,
    *,
    unit: UUID,
    periods: Sequence[Period],
    service: UUID | None,
) -> dict[Period, Card]:
    """The unit's cards of those of the periods that have answers."""
    rows = await connection.fetch(
        """
        select * from cards where tenant_id = $1 and subject_kind = 'unit' and subject_id = $2
        and unit_id = $2 and service_id = $3 and period = any ($4) and answers > 0
        """,
        tenant,
        unit,
        service or ALL_SERVICES,
        [period.name for period in periods],
    )
    return {card.key.period: card for card in map(_card, rows)}


async def of_units(
    connection: Connection, tenant: UUID, *, period: Period, after: UUID | None, limit: int
) -> list[Card]:
    """The cards over all services of the tenant's units, by id of the unit."""
    rows = await connection.fetch(
        """
        select * from cards where tenant_id = $1 and period = $2 and subject_kind = 'unit'
        and service_id = $3 and version > 0 and unit_id > $4 order by unit_id limit $5
        """,
        tenant,
        period.name,
        ALL_SERVICES,
        after or UUID(int=0),
        limit,
    )
    return [_card(row) for row in rows]


def _card(row: Any) -> Card:
    stored = json.loads(row["counts"])  # jsonb keeps an order of its own
    counts = {element: MarkCounts(*stored[element]) for element in ELEMENTS if element in stored}
    document = json.loads(row["policy"])
    policy = policy_of(document) if document else DEFAULT
    subject = Subject(row["tenant_id"], row["subject_kind"], row["subject_id"], row["unit_id"])
    service = "" if row["service_id"] == ALL_SERVICES else str(row["service_id"])
    return Card(
        key=CardKey(subject, service, Period.parse(row["period"])),
        score=Score(row["answers"], row["incomplete"], counts, index_of(counts, policy)),
        policy=policy,
        version=row["version"],
        rule_version=row["rule_version"],
        computed_at=row["computed_at"],
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
        before=_before(row),
    )


def _before(row: Any) -> Before | None:
    if row["previous_answers"] is None:
        return None
    return Before(row["previous_answers"], row["previous_index"], row["previous_grade"])


def policy_document(policy: Policy) -> dict[str, Any]:
    """The policy as it is kept on a card and shown in an explanation."""
    return {
        "id": str(policy.id) if policy.id else None,
        "version": policy.version,
        "unit_id": str(policy.unit_id) if policy.unit_id else None,
        "valid_from": policy.valid_from.isoformat() if policy.id else None,
        "weight_decimals": policy.weight_decimals,
        "switched_off": [
            {"element": element, "service_id": str(service) if service else None}
            for element, service in sorted(policy.switched_off, key=str)
        ],
        "minimum_sample": policy.minimum_sample,
        "shrinkage": policy.shrinkage,
    }


def policy_of(document: dict[str, Any]) -> Policy:
    """The reverse of ``policy_document``."""
    return Policy(
        id=UUID(document["id"]) if document["id"] else None,
        version=document["version"],
        unit_id=UUID(document["unit_id"]) if document["unit_id"] else None,
        valid_from=date.fromisoformat(document["valid_from"]) if document["id"] else date.min,
        weight_decimals=document["weight_decimals"],
        switched_off=frozenset(
            (off["element"], UUID(off["service_id"]) if off["service_id"] else None)
            for off in document["switched_off"]
        ),
        minimum_sample=document["minimum_sample"],
        shrinkage=document["shrinkage"],
    )
