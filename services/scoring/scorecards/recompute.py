"""Marks in, new versions of cards and their announcement out: one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from services.scoring.ledger import store as ledger
from services.scoring.ledger.rules import ALL_SERVICES, COUNTS, ELEMENTS, MARKS
from services.scoring.registry_replica import store as registry_replica
from services.scoring.registry_replica.rules import Policy, choose_policy, path_upward
from services.scoring.scorecards import store
from services.scoring.scorecards.rules import (
    CardKey,
    Period,
    Score,
    Subject,
    Tally,
    cards_over,
    score,
)
from shared.contracts import CardChange, Grade, ScoreChanged, SubjectKind
from shared.db import Connection
from shared.messaging.outbox import enqueue
from shared.observability import metrics

MARKS_AT_ONCE = 500


async def recompute_some(connection: Connection, *, limit: int = MARKS_AT_ONCE) -> int:
    """Take the oldest marks and bring their cards up to date; how many marks, 0 when none is free,
    at least ``limit`` when there may be more.

    Counting only leaves marks: computing a card in its transaction would make the counting workers
    wait for each other.
    """
    marks = await ledger.take_marks(connection, limit=limit)
    if not marks:
        return 0
    causes: dict[CardKey, str] = {}
    for mark in marks:
        service = None if mark["service_id"] == ALL_SERVICES else mark["service_id"]
        for key in cards_over(_subject(mark), service, month=mark["month"]):
            causes[key] = mark["cause"]
    keys = sorted(causes)
    await store.lock(connection, keys)
    # A new statement, after the locks: it sees what those who held them, and all who counted
    # before these marks, committed.
    tallies = await _tallies(connection, keys)
    policies = await _policies(connection, keys)
    cards = [
        (key, score(_of_card(tallies[key.subject], key), policies[key]), policies[key], causes[key])
        for key in keys
    ]
    now = datetime.now(UTC)
    changed = await store.write(connection, cards, now=now)
    await enqueue(connection, _announcements(cards, changed, now=now))
    _measure(marks, keys, now=now)
    return len(marks)


def _measure(marks: Sequence[Any], keys: Iterable[CardKey], *, now: datetime) -> None:
    for key in keys:
        metrics.CARDS_RECOMPUTED.labels(key.subject.kind).inc()
    for mark in marks:
        if mark["received_at"] is not None and mark["subject_kind"] == "unit":
            metrics.ANSWER_TO_SCORE_SECONDS.observe(
                max(0.0, (now - mark["received_at"]).total_seconds())
            )


def _subject(row: Any) -> Subject:
    return Subject(row["tenant_id"], row["subject_kind"], row["subject_id"], row["unit_id"])


async def _tallies(connection: Connection, keys: Iterable[CardKey]) -> dict[Subject, list[Tally]]:
    quarters = sorted({(key.subject, Period.quarter_of(key.period.starts).starts) for key in keys})
    rows = await ledger.tallies_of(
        connection, [(s.tenant_id, s.kind, s.id, s.unit_id, starts) for s, starts in quarters]
    )
    found: dict[Subject, list[Tally]] = defaultdict(list)
    for row in rows:
        marks = tuple(row)[-len(COUNTS) :]
        found[_subject(row)].append(
            Tally(
                month=row["month"],
                service_id=row["service_id"],
                answered=row["answered"],
                answers=row["answers"],
                counts={
                    element: marks[len(MARKS) * bit : len(MARKS) * (bit + 1)]
                    for bit, element in enumerate(ELEMENTS)
                    if row["answered"] >> bit & 1
                },
            )
        )
    return found


def _of_card(tallies: Iterable[Tally], key: CardKey) -> list[Tally]:
    starts, ends, service = key.period.starts, key.period.ends, key.service_id
    return [
        tally
        for tally in tallies
        if starts <= tally.month < ends and service in (None, tally.service_id)
    ]


async def _policies(connection: Connection, keys: Iterable[CardKey]) -> dict[CardKey, Policy]:
    units = sorted({(key.subject.tenant_id, key.subject.unit_id) for key in keys})
    parents = await registry_replica.parents(connection, units)
    policies = await registry_replica.policies(connection, sorted({tenant for tenant, _ in units}))
    return {
        key: choose_policy(
            path_upward(key.subject.unit_id, parents[key.subject.tenant_id]),
            policies[key.subject.tenant_id],
            on=key.period.starts,
        )
        for key in keys
    }


def _announcements(
    cards: Sequence[tuple[CardKey, Score, Policy, str]],
    changed: dict[CardKey, Any],
    *,
    now: datetime,
) -> list[ScoreChanged]:
    by_subject: dict[Subject, list[CardChange]] = defaultdict(list)
    for key, score_, policy, _ in cards:
        if key in changed:
            by_subject[key.subject].append(_change(key, score_, policy, changed[key]))
    return [
        ScoreChanged(
            tenant_id=subject.tenant_id,
            subject_kind=SubjectKind(subject.kind),
            subject_id=subject.id,
            unit_id=subject.unit_id,
            computed_at=now,
            cards=tuple(changes),
        )
        for subject, changes in by_subject.items()
    ]


def _change(key: CardKey, score_: Score, policy: Policy, row: Any) -> CardChange:
    def shown(answers: int) -> bool:
        # A person's index is announced only where it may be shown: few is not certain.
        return key.subject.kind == "unit" or answers >= policy.minimum_sample

    index = score_.index if shown(score_.answers) else None
    previous = row["previous_grade"] if shown(row["previous_answers"]) else None
    return CardChange(
        period=key.period.name,
        period_starts=key.period.starts,
        service_id=key.service_id,
        version=row["version"],
        answers=score_.answers,
        index=index.rounded if index else None,
        grade=Grade(index.grade) if index else None,
        previous_grade=Grade(previous) if previous else None,
    )
