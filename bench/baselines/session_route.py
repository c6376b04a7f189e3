"""A process: the intake as FastAPI and SQLModel suggest it, one transaction per request.

It writes the same rows (answer and outbox) into a database of the same tables. It is spared what
the intake does on top: row-level security, refusals with reasons, retries that find their answer.
"""

import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.baselines.process import DATABASE
from bench.baselines.server import serve
from services.feedback.answers.rules import claim_of_key
from services.feedback.answers.tables import Answer
from services.feedback.counters.tables import Counter
from services.feedback.idempotency.rules import digest_of
from services.feedback.intake.documents import AnswerBody
from services.feedback.registry_replica import tables as _replica  # noqa: F401 - foreign keys
from services.feedback.schema import Base
from services.feedback.visits import tables as _visits  # noqa: F401 - foreign keys
from shared.contracts import ELEMENTS, AnswerChannel, AnswerState, SurveyAnswered
from shared.db import uuid7
from shared.messaging.outbox import shard_of

_CONNECTIONS = 20

app = FastAPI()
engine = create_async_engine(
    os.environ[DATABASE].replace("postgresql://", "postgresql+asyncpg://", 1),
    pool_size=_CONNECTIONS,
    max_overflow=0,
)
sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
outbox = Base.metadata.tables["outbox"]


class Receipt(BaseModel):
    """As the intake answers."""

    fact_id: UUID
    received_at: datetime


async def session() -> AsyncIterator[AsyncSession]:
    """A session per request."""
    async with sessions() as opened:
        yield opened


@app.post("/v1/tenants/{tenant}/answers", status_code=201)
async def post_answer(
    tenant: UUID,
    body: AnswerBody,
    idempotency_key: Annotated[str, Header()],
    database: Annotated[AsyncSession, Depends(session)],
) -> Receipt:
    """Look the counter up, add answer and outbox row, commit."""
    now = datetime.now(UTC)
    counter = (
        await database.exec(
            select(Counter).where(Counter.tenant_id == tenant, Counter.code == body.counter)
        )
    ).one_or_none()
    if counter is None:
        raise HTTPException(404)
    marks = [getattr(body.scores, element) for element in ELEMENTS]
    answer = Answer(
        tenant_id=tenant,
        fact_id=uuid7(),
        revision=1,
        state=AnswerState.ACCEPTED,
        channel=AnswerChannel.WALK_IN,
        unit_id=counter.unit_id,
        service_id=counter.service_id,
        counter_id=counter.id,
        occurred_at=now,
        received_at=now,
        scores=marks,
        comment=body.comment,
        sentiment=body.sentiment,
        claim=claim_of_key(idempotency_key),
        digest=digest_of(body.counter, marks, body.comment),
    )
    event = SurveyAnswered(
        tenant_id=tenant,
        fact_id=answer.fact_id,
        revision=1,
        counted=True,
        state=AnswerState.ACCEPTED,
        channel=AnswerChannel.WALK_IN,
        unit_id=counter.unit_id,
        service_id=counter.service_id,
        occurred_at=now,
        received_at=now,
        scores=body.scores,
    )
    database.add(answer)
    await database.flush()
    await (await database.connection()).execute(
        outbox.insert().values(
            shard=shard_of(event.key()),
            tenant_id=tenant,
            topic=event.topic,
            key=event.key(),
            event_id=uuid7(),
            event_type=event.type,
            subject=event.subject(),
            time=now,
            body=event.body(),
        )
    )
    await database.commit()
    return Receipt(fact_id=answer.fact_id, received_at=now)


if __name__ == "__main__":
    serve(app, port=int(sys.argv[1]))
