"""Facts into the ledger, registry changes into the replica: what scoring reads from Kafka."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from services.scoring.ledger import marks, recounts, store
from services.scoring.ledger.rules import ELEMENTS
from services.scoring.ledger.store import FactRow
from services.scoring.registry_replica import changes as registry_replica
from shared.contracts import (
    FACTS,
    REGISTRY_CHANGES,
    SERVICE_YEARS,
    AssignmentChanged,
    EntityChanged,
    PersonChanged,
    SatisfactionPolicyChanged,
    ServiceChanged,
    SurveyAnswered,
    TenantChanged,
    UnitChanged,
    is_service_time,
)
from shared.db import Connection
from shared.messaging.consumer import Committed, Consumer, Refused, check_zone, decode_event
from shared.messaging.records import Record
from shared.observability import metrics

REGISTRY_BATCH = 500
"""Entities per transaction: counting waits while the replica changes."""

_Mark = Literal[1, 2, 3, 4]


class _Scores(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    persyaratan: _Mark | None = None
    prosedur: _Mark | None = None
    waktu: _Mark | None = None
    biaya: _Mark | None = None
    produk: _Mark | None = None
    kompetensi: _Mark | None = None
    perilaku: _Mark | None = None
    pengaduan: _Mark | None = None
    sarana: _Mark | None = None


class _Answer(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """``SurveyAnswered`` as msgspec reads it, eight times as fast as the contract.

    It may refuse what the contract accepts, never the other way round: what it refuses is decoded
    by the contract, which decides. Fields of a newer writer are such a case: what msgspec skips it
    does not check.
    """

    tenant_id: UUID
    fact_id: UUID
    revision: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    counted: bool
    state: Literal["accepted", "parked", "withdrawn"]
    channel: Literal["ticket", "walk_in", "paper"]
    unit_id: UUID
    service_id: UUID
    occurred_at: msgspec.Raw
    received_at: msgspec.Raw
    scores: _Scores
    officer_id: UUID | None = None


_read: Final = msgspec.json.Decoder(_Answer).decode
_read_moment: Final = msgspec.json.Decoder(Annotated[datetime, msgspec.Meta(tz=True)]).decode
_LONGEST_MOMENT: Final = len('"2026-11-12T05:00:00.123456Z"')


def decode_fact(record: Record) -> FactRow:
    """The ledger's row of one record, by the contract. Raises what ``decode_event`` raises, and
    ``Refused`` for a day on which nobody can have been served."""
    answer: SurveyAnswered = decode_event(record)
    if not is_service_time(answer.occurred_at):
        raise Refused("impossible-date", f"occurred_at must be of {SERVICE_YEARS}")
    return _row(answer, occurred_at=answer.occurred_at, received_at=answer.received_at)


def decode_facts(records: Sequence[Record]) -> list[FactRow]:
    """The same for a whole batch, fast. Raises where any record needs a closer look."""
    rows = []
    for record in records:
        answer = _read(record.value or b"")
        rows.append(
            _row(
                answer,
                occurred_at=_moment(answer.occurred_at),
                received_at=_moment(answer.received_at),
            )
        )
    return rows


def _moment(text: msgspec.Raw) -> datetime:
    # A seventh digit of the second is rounded here and cut off by the contract; the first and the
    # last year may leave the calendar when the contract turns them to UTC.
    moment: datetime = _read_moment(text)
    if len(text) > _LONGEST_MOMENT or not is_service_time(moment):
        raise ValueError("not as we write it")
    return moment


def _row(answer: Any, *, occurred_at: datetime, received_at: datetime) -> FactRow:
    scores = answer.scores
    marks = (
        scores.persyaratan,
        scores.prosedur,
        scores.waktu,
        scores.biaya,
        scores.produk,
        scores.kompetensi,
        scores.perilaku,
        scores.pengaduan,
        scores.sarana,
    )
    if not (answer.fact_id.int and answer.unit_id.int and answer.service_id.int):
        # In our keys it stands for all services, and for the beginning of a list.
        raise Refused("nil-id", "fact_id, unit_id and service_id must not be the nil UUID")
    if not any(marks):
        raise Refused("nothing-answered", f"scores must have one of {', '.join(ELEMENTS)}")
    return (
        answer.tenant_id,
        answer.fact_id,
        answer.revision,
        answer.counted,
        answer.state,
        answer.unit_id,
        answer.service_id,
        answer.officer_id,
        occurred_at,
        received_at,
        *marks,
    )


async def on_facts(connection: Connection, facts: Sequence[FactRow]) -> Committed:
    """Count a batch: one statement."""
    applied = await store.count(connection, facts)

    def committed() -> None:
        for tenant, revisions in applied.items():
            metrics.FACTS_COUNTED.labels(str(tenant)).inc(revisions)

    return committed


async def trace_facts(connection: Connection, traced: Sequence[tuple[FactRow, str]]) -> None:
    """Leave their traces on the marks of this transaction, for whoever computes the cards."""
    await marks.trace(connection, [(fact[0], fact[1], traceparent) for fact, traceparent in traced])


async def on_registry_changes(connection: Connection, changes: Sequence[EntityChanged]) -> None:
    """Take the changes over and queue what they move."""
    for change in changes:
        if not change.id.int:
            raise Refused("nil-id", "id must not be the nil UUID")
        if isinstance(change, TenantChanged):
            check_zone(change)
    await recounts.queue_recounts(connection, await registry_replica.apply(connection, changes))


FACTS_CONSUMER: Final = Consumer[FactRow](
    service="scoring",
    topic=FACTS,
    events=(SurveyAnswered,),
    handle=on_facts,
    decode=decode_fact,
    decode_batch=decode_facts,
    trace=trace_facts,
)

REGISTRY_CONSUMER: Final = Consumer[EntityChanged](
    service="scoring",
    topic=REGISTRY_CHANGES,
    events=(
        TenantChanged,
        UnitChanged,
        PersonChanged,
        AssignmentChanged,
        ServiceChanged,
        SatisfactionPolicyChanged,
    ),
    handle=on_registry_changes,
    max_records=REGISTRY_BATCH,
)
