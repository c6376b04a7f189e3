"""Marks in, new versions of cards and their announcement out: one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import structlog

from services.scoring.ledger import marks as stale
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
from shared.db import Connection, is_transient
from shared.messaging.outbox import enqueue
from shared.observability import metrics, spans

MARKS_AT_ONCE = 500
CARDS_AT_ONCE = 200
"""Cards written by one statement, and told of by one event at most."""
BREATH = 50
"""Cards after which the event loop, with all consumers and the relay, has its turn."""

_Tallies: TypeAlias = dict[Subject, dict[tuple[str, date], list[Tally]]]
"""By subject, and there by service ("": all of them) and month."""

log = structlog.get_logger()


class Recomputed(NamedTuple):
    """How many marks were worked off, and the subjects of which a card says something new."""

    marks: int
    subjects: frozenset[Subject]


@dataclass(frozen=True, slots=True)
class _Work:
    """The marks of a subject, and what marked each of its cards last; ``traceparent`` of the span
    that recomputes for the last of them that is traced."""

    subject: Subject
    marks: Sequence[Any]
    causes: Mapping[CardKey, str]
    traceparent: str | None


async def recompute_some(connection: Connection, *, limit: int = MARKS_AT_ONCE) -> Recomputed:
    """Bring the cards of the oldest marks up to date: no mark when none is free, at least ``limit``
    when there may be more. At most four cards per mark of ``limit`` are computed.

    Counting only leaves marks: computing a card in its transaction would make the counting workers
    wait for each other. A subject whose cards cannot be computed is set aside for a while; its
    marks stay, and the others go on.
    """
    marks = await stale.take(connection, limit=limit)
    if not marks:
        return Recomputed(0, frozenset())
    with spans.each(
        "recompute", "internal", lambda: [mark["traceparent"] for mark in marks]
    ) as traced:
        works = _works(marks, traced)
        await store.lock(connection, [key for work in works for key in work.causes])
        changed = await _settle(connection, works)
    return Recomputed(len(marks), frozenset(key.subject for key in changed))


def _works(marks: Sequence[Any], traced: Mapping[int, str]) -> list[_Work]:
    traces = {_subject(marks[place]): traceparent for place, traceparent in traced.items()}
    by_subject: dict[Subject, list[Any]] = defaultdict(list)
    for mark in marks:
        by_subject[_subject(mark)].append(mark)
    return [
        _Work(subject, moved, _causes(moved, subject), traces.get(subject))
        for subject, moved in sorted(by_subject.items())
    ]


def _causes(marks: Sequence[Any], subject: Subject) -> dict[CardKey, str]:
    moved = {(mark["service_id"], mark["month"]): mark["cause"] for mark in marks}
    causes = {}
    for (service, month), cause in moved.items():
        for key in cards_over(subject, None if service == ALL_SERVICES else service, month=month):
            causes[key] = cause
    return causes


async def _settle(connection: Connection, works: Sequence[_Work]) -> set[CardKey]:
    """Compute all at once; where that fails by halves, until the bad subject stands alone. Which
    cards changed."""
    try:
        async with connection.transaction():
            cards, changed = await _compute(connection, works)
    except Exception as error:
        if is_transient(error):
            raise
        if len(works) == 1:
            await _set_aside(connection, works[0].subject, error)
            return set()
        middle = len(works) // 2
        first = await _settle(connection, works[:middle])
        return first | await _settle(connection, works[middle:])
    _measure([mark for work in works for mark in work.marks], cards, now=datetime.now(UTC))
    return changed


async def _set_aside(connection: Connection, subject: Subject, error: Exception) -> None:
    attempts = await stale.set_aside(
        connection,
        subject.tenant_id,
        kind=subject.kind,
        subject=subject.id,
        unit=subject.unit_id,
        error=type(error).__name__,
    )
    log.error(
        "The cards of a subject could not be computed; they are tried again later",
        action="recompute.set_aside",
        tenant_id=str(subject.tenant_id),
        subject_kind=subject.kind,
        subject_id=str(subject.id),
        unit_id=str(subject.unit_id),
        attempts=attempts,
        error=type(error).__name__,
    )


async def _compute(
    connection: Connection, works: Sequence[_Work]
) -> tuple[list[CardKey], set[CardKey]]:
    """Compute, write and announce the cards, whose rows are locked already; all of them, and those
    that changed."""
    causes = {key: cause for work in works for key, cause in work.causes.items()}
    traces = {work.subject: work.traceparent for work in works}
    keys = list(causes)
    # A new statement, after the locks: it sees what those who held them, and all who counted
    # before these marks, committed.
    tallies = await _tallies(connection, keys)
    policies = await _policies(connection, keys)
    now = datetime.now(UTC)
    news: set[CardKey] = set()
    for start in range(0, len(keys), CARDS_AT_ONCE):
        cards = []
        for place, key in enumerate(keys[start : start + CARDS_AT_ONCE]):
            if place % BREATH == 0:
                await asyncio.sleep(0)
            policy = policies[key]
            cards.append((key, score(_of_card(tallies, key), policy), policy, causes[key]))
        changed = await store.write(connection, cards, now=now)
        news |= changed.keys()
        announced = _announcements(cards, changed, now=now)
        await enqueue(
            connection,
            list(announced.values()),
            traceparents=[traces[subject] for subject in announced],
        )
    await stale.remove(connection, [mark["id"] for work in works for mark in work.marks])
    return keys, news


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


async def _tallies(connection: Connection, keys: Iterable[CardKey]) -> _Tallies:
    quarters = {(key.subject, Period.quarter_of(key.period.starts).starts) for key in keys}
    rows = await ledger.tallies_of(
        connection, [(s.tenant_id, s.kind, s.id, s.unit_id, starts) for s, starts in quarters]
    )
    found: _Tallies = defaultdict(lambda: defaultdict(list))
    for place, row in enumerate(rows):
        if place % BREATH == 0:
            await asyncio.sleep(0)
        marks = tuple(row)[-len(COUNTS) :]
        tally = Tally(
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
        of_subject = found[_subject(row)]
        of_subject["", tally.month].append(tally)
        of_subject[str(tally.service_id), tally.month].append(tally)
    return found


def _of_card(tallies: _Tallies, key: CardKey) -> list[Tally]:
    of_subject = tallies[key.subject]
    return [
        tally
        for month in key.period.each_month()
        for tally in of_subject.get((key.service, month), ())
    ]


async def _policies(connection: Connection, keys: Iterable[CardKey]) -> dict[CardKey, Policy]:
    units = sorted({(key.subject.tenant_id, key.subject.unit_id) for key in keys})
    parents = await registry_replica.parents(connection, units)
    policies = await registry_replica.policies(connection, sorted({tenant for tenant, _ in units}))
    paths = {(tenant, unit): path_upward(unit, parents[tenant]) for tenant, unit in units}

    @cache
    def chosen(tenant: UUID, unit: UUID, on: date) -> Policy:
        return choose_policy(paths[tenant, unit], policies[tenant], on=on)

    return {
        key: chosen(key.subject.tenant_id, key.subject.unit_id, key.period.starts) for key in keys
    }


def _announcements(
    cards: Sequence[tuple[CardKey, Score, Policy, str]],
    changed: dict[CardKey, Any],
    *,
    now: datetime,
) -> dict[Subject, ScoreChanged]:
    by_subject: dict[Subject, list[CardChange]] = defaultdict(list)
    for key, score_, policy, _ in cards:
        if key in changed:
            by_subject[key.subject].append(_change(key, score_, policy, changed[key]))
    return {
        subject: ScoreChanged(
            tenant_id=subject.tenant_id,
            subject_kind=SubjectKind(subject.kind),
            subject_id=subject.id,
            unit_id=subject.unit_id,
            computed_at=now,
            cards=tuple(changes),
        )
        for subject, changes in by_subject.items()
    }


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
