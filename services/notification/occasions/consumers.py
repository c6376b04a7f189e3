"""Registry, answers and scores: what notification reads from Kafka."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from services.notification.occasions import store
from services.notification.occasions.rules import (
    CRITICAL_MARK,
    GIVE_UP,
    critical_elements,
    is_fresh,
    tells_of_grade,
)
from services.notification.occasions.store import NewOccasion
from services.notification.registry_replica import changes as registry_replica
from services.notification.scores import store as scores
from services.notification.wording.rules import Occasion
from shared.contracts import (
    FACTS,
    REGISTRY_CHANGES,
    RESULTS,
    AssignmentChanged,
    CardChange,
    Duty,
    EntityChanged,
    PersonChanged,
    ScoreChanged,
    ServiceChanged,
    SubjectKind,
    SurveyAnswered,
    TenantChanged,
    UnitChanged,
)
from shared.db import Connection
from shared.messaging.consumer import Consumer, check_zone, decode_event
from shared.messaging.records import Record

_Mark = Literal[1, 2, 3, 4]


class _Scores(msgspec.Struct, gc=False):
    persyaratan: _Mark | None = None
    prosedur: _Mark | None = None
    waktu: _Mark | None = None
    biaya: _Mark | None = None
    produk: _Mark | None = None
    kompetensi: _Mark | None = None
    perilaku: _Mark | None = None
    pengaduan: _Mark | None = None
    sarana: _Mark | None = None


class _Answer(msgspec.Struct, gc=False):
    """Of ``SurveyAnswered`` what decides whether it is critical: hardly any is, and only that one
    is read by the contract, at ten times the cost."""

    counted: bool
    scores: _Scores


_read: Final = msgspec.json.Decoder(_Answer).decode


def decode_fact(record: Record) -> NewOccasion | None:
    """The occasion that an answer is; None for nearly all of them. Raises ``DecodeError`` or what
    ``decode_event`` raises; what else may be wrong with an answer that is not critical is for its
    other readers to say."""
    answer = _read(record.value or b"")
    if not answer.counted or CRITICAL_MARK not in msgspec.structs.astuple(answer.scores):
        return None
    return _critical(decode_event(record))


def _critical(answer: SurveyAnswered) -> NewOccasion | None:
    elements = critical_elements(answer.scores.model_dump())
    if not is_fresh(answer.occurred_at, answer.received_at):
        return None
    return NewOccasion(
        tenant_id=answer.tenant_id,
        occasion=Occasion.CRITICAL_ANSWER,
        # The fact, whatever its revision: a correction of an alarm is no second one.
        source=str(answer.fact_id),
        unit_id=answer.unit_id,
        happened_at=answer.received_at,
        parameters={"service_id": str(answer.service_id), "elements": elements},
    )


async def on_facts(connection: Connection, facts: Sequence[NewOccasion | None]) -> None:
    """Record the critical answers."""
    await _record(connection, [fact for fact in facts if fact is not None])


async def trace_facts(
    connection: Connection, traced: Sequence[tuple[NewOccasion | None, str]]
) -> None:
    """Leave the traces of critical answers on their occasions."""
    await store.trace(connection, [(fact, trace) for fact, trace in traced if fact is not None])


async def on_results(connection: Connection, results: Sequence[ScoreChanged]) -> None:
    """Take over the months of units for their digests, record changed grades of their quarters."""
    cards = [(result, card) for result in results for card in _whole_units(result)]
    await scores.apply(
        connection,
        [
            scores.Score(
                result.tenant_id,
                card.period_starts,
                result.subject_id,
                card.version,
                card.answers,
                card.index,
                card.grade,
            )
            for result, card in cards
            if _months(card) == 1
        ],
    )
    await _record(
        connection, [_grade_changed(result, card) for result, card in cards if _tells(result, card)]
    )


async def trace_results(connection: Connection, traced: Sequence[tuple[ScoreChanged, str]]) -> None:
    """Leave the traces of changed grades on their occasions."""
    await store.trace(
        connection,
        [
            (_grade_changed(result, card), trace)
            for result, trace in traced
            for card in _whole_units(result)
            if _tells(result, card)
        ],
    )


def _whole_units(result: ScoreChanged) -> list[CardChange]:
    """The cards of a unit over all services."""
    if result.subject_kind is not SubjectKind.UNIT:
        return []
    return [card for card in result.cards if card.service_id is None]


async def _record(connection: Connection, occasions: Sequence[NewOccasion]) -> None:
    now = datetime.now(UTC)
    await store.record(
        connection, [new for new in occasions if now - new.happened_at < GIVE_UP], now=now
    )


def _months(card: CardChange) -> int:
    return 3 if "Q" in card.period else 1


def _tells(result: ScoreChanged, card: CardChange) -> bool:
    return tells_of_grade(
        previous=card.previous_grade,
        grade=card.grade,
        answers=card.answers,
        period_starts=card.period_starts,
        months=_months(card),
        computed_on=result.computed_at.date(),
    )


def _grade_changed(result: ScoreChanged, card: CardChange) -> NewOccasion:
    return NewOccasion(
        tenant_id=result.tenant_id,
        occasion=Occasion.GRADE_CHANGED,
        source=f"{result.subject_id}/{card.period}/{card.version}",
        unit_id=result.subject_id,
        happened_at=result.computed_at,
        parameters={
            "period": card.period,
            "previous_grade": card.previous_grade,
            "grade": card.grade,
            "index": f"{card.index:.2f}",
            "answers": card.answers,
        },
    )


async def on_registry_changes(connection: Connection, changes: Sequence[EntityChanged]) -> None:
    """Take the changes over; what waited for one of them is looked at again."""
    for change in changes:
        if isinstance(change, TenantChanged):
            check_zone(change)
    await registry_replica.apply(connection, changes)
    await store.look_now(
        connection, list({change.tenant_id for change in changes if _may_end_a_wait(change)})
    )


def _may_end_a_wait(change: EntityChanged) -> bool:
    if isinstance(change, AssignmentChanged):
        return Duty.HEAD in change.duties or Duty.SURVEY_OFFICER in change.duties
    return isinstance(change, TenantChanged | UnitChanged)


REGISTRY_CONSUMER: Final = Consumer[EntityChanged](
    service="notification",
    topic=REGISTRY_CHANGES,
    events=(TenantChanged, UnitChanged, PersonChanged, AssignmentChanged, ServiceChanged),
    handle=on_registry_changes,
)

FACTS_CONSUMER: Final = Consumer[NewOccasion | None](
    service="notification",
    topic=FACTS,
    events=(SurveyAnswered,),
    handle=on_facts,
    decode=decode_fact,
    trace=trace_facts,
)

RESULTS_CONSUMER: Final = Consumer[ScoreChanged](
    service="notification",
    topic=RESULTS,
    events=(ScoreChanged,),
    handle=on_results,
    trace=trace_results,
)
