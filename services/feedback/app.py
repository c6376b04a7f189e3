"""Puts feedback together: the only place that knows all of its parts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from services.feedback.answers import api as answers
from services.feedback.counters import api as counters
from services.feedback.intake.api import Answers, answer_route
from services.feedback.intake.lanes import Lanes
from services.feedback.intake.rules import Refusal
from services.feedback.intake.store import Receipt, Submission, store_group
from services.feedback.paper import api as paper
from services.feedback.questionnaire import api as questionnaire
from services.feedback.registry_replica.consumers import CONSUMER as REGISTRY_REPLICA
from services.feedback.respondents import api as respondents
from services.feedback.state import State
from services.feedback.timers import loops
from services.feedback.visits import api as visits
from shared.db import Connection, Pool
from shared.db.tenant_database import TenantDatabase
from shared.http.app import create_app
from shared.http.auth import TokenVerifier
from shared.messaging.bell import Bell
from shared.messaging.consumer import Consumer
from shared.observability import spans
from shared.runtime import Worker
from shared.settings import Login, Settings, database_url

if TYPE_CHECKING:
    from shared.messaging.published import Published

SERVICE = "feedback"


def build_api(settings: Settings) -> FastAPI:
    """The api role: PostgreSQL with the api login, and nothing else; starts without it too."""
    url = database_url(SERVICE, Login.api)
    # Every statement of this login goes by a key. A plan that was made while a table was small
    # would go on scanning it as it grows, until the next analyze: 20 times slower in a minute.
    database = TenantDatabase(url, session={"enable_seqscan": "off"})
    bell = Bell(url)
    lanes = Lanes(database)

    async def commit(submissions: Sequence[Submission]) -> Sequence[Receipt | Refusal]:
        with spans.each("commit", "internal", lambda: [s.traceparent for s in submissions]):
            outcomes = await store_group(lanes, submissions)
        bell.ring()
        return outcomes

    intake = Answers(commit)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await database.open()
        await bell.start()
        intake.start()
        try:
            yield
        finally:
            await intake.stop()
            await lanes.close()
            await bell.stop()
            await database.close()

    app = create_app(
        title="Tera feedback",
        service=SERVICE,
        verifier=TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        ready=database.ready,
        body_limits={"/v1/paper-batches/": paper.BODY_LIMIT},
        hot=[answer_route(intake)],
    )
    app.state.feedback = State(database, bell)
    for capability in (questionnaire, visits, counters, answers, paper, respondents):
        app.include_router(capability.router)
    return app


def consumers(settings: Settings, pool: Pool) -> list[Consumer[Any]]:
    """What feedback reads."""
    return [REGISTRY_REPLICA]


async def catch_up(connection: Connection, published: "Published") -> list[str]:
    """After a restored backup, with the owner login: take over what was decided
    since. What was done, in sentences."""
    # Imported here: the api role never loads a Kafka client.
    from services.feedback.recovery.store import catch_up

    return await catch_up(connection, published)


def build_worker(settings: Settings) -> Worker:
    """The worker role: replica, relay, timers, with the worker login."""
    # Imported here: the api role never loads a Kafka client.
    from shared.messaging.worker import ServiceWorker

    return ServiceWorker(
        SERVICE,
        database_url(SERVICE, Login.worker),
        settings=settings,
        consumers=consumers,
        loops=loops,
    )
