"""A process: counting as FastStream and SQLModel suggest it, one message and one transaction.

It fills the same ledger and tallies, exactly. It is spared the history, marks for the scorecards
and dead letters. Arguments: bootstrap servers and topic.
"""

import asyncio
import os
import sys
from typing import Final

import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.baselines.process import DATABASE
from services.scoring.ledger.rules import TALLY_KEY, Assignment, attribute
from services.scoring.ledger.tables import Fact, tallies
from services.scoring.registry_replica import tables as replica
from shared.contracts import ELEMENTS, SurveyAnswered

_COUNTS: Final = tuple(f"{element}_{mark}" for element in ELEMENTS for mark in range(1, 5))


async def count(database: AsyncSession, event: SurveyAnswered) -> None:
    """Bring one event into the ledger and the tallies, unless a newer revision is there."""
    key = {"tenant_id": event.tenant_id, "fact_id": event.fact_id}
    known = await database.get(Fact, key, with_for_update=True)
    if known is not None and known.revision >= event.revision:
        return
    if known is not None and known.counted:
        await _add(database, known, sign=-1)
    fact = known or Fact(**key)
    said = event.model_dump(include=set(Fact.model_fields) - set(key)) | dict(event.scores)
    for field, value in said.items():
        setattr(fact, field, value)
    await _attribute(database, fact)
    database.add(fact)
    await database.flush()
    if fact.counted:
        await _add(database, fact, sign=1)


async def _attribute(database: AsyncSession, fact: Fact) -> None:
    tenant = await database.get_one(replica.Tenant, (fact.tenant_id, fact.tenant_id))
    found = await database.exec(
        select(replica.Assignment).where(
            col(replica.Assignment.tenant_id) == fact.tenant_id,
            col(replica.Assignment.person_id) == fact.officer_id,
        )
    )
    attribution = attribute(
        fact.occurred_at,
        tenant.zone,
        unit_id=fact.unit_id,
        officer_id=fact.officer_id,
        assignments=[
            Assignment(a.id, a.person_id, a.unit_id, a.definitive, a.valid_from, a.valid_until)
            for a in found
        ],
    )
    fact.month = attribution.month
    fact.person_unit_id = attribution.person_unit_id


async def _add(database: AsyncSession, fact: Fact, *, sign: int) -> None:
    marks = {element: getattr(fact, element) for element in ELEMENTS}
    answered = sum(1 << bit for bit, mark in enumerate(marks.values()) if mark is not None)
    counts = dict.fromkeys(_COUNTS, 0)
    counts |= {f"{element}_{mark}": sign for element, mark in marks.items() if mark is not None}
    subjects = [("unit", fact.unit_id, fact.unit_id)]
    if fact.person_unit_id is not None:
        assert fact.officer_id is not None
        subjects.append(("person", fact.officer_id, fact.person_unit_id))
    connection = await database.connection()
    for kind, subject, unit in subjects:
        row = {
            "tenant_id": fact.tenant_id,
            "subject_kind": kind,
            "subject_id": subject,
            "unit_id": unit,
            "service_id": fact.service_id,
            "month": fact.month,
            "answered": answered,
            "answers": sign,
        }
        statement = insert(tallies).values(**row, **counts)
        added = {name: tallies.c[name] + statement.excluded[name] for name in ("answers", *counts)}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=TALLY_KEY, set_=added)
        )


async def main(bootstrap: str, topic: str) -> None:
    """Consume until stopped."""
    engine = create_async_engine(
        os.environ[DATABASE].replace("postgresql://", "postgresql+asyncpg://", 1)
    )
    sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    broker = KafkaBroker(bootstrap)

    @broker.subscriber(
        topic,
        group_id="bench-one-by-one",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
    )
    async def on_answer(event: SurveyAnswered, message: KafkaMessage) -> None:
        async with sessions() as database, database.begin():
            await count(database, event)
        await message.ack()

    await FastStream(broker).run()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2]))
