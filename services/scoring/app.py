"""Puts scoring together: the only place that knows all of its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from services.scoring.ledger.consumers import FACTS_CONSUMER, REGISTRY_CONSUMER
from services.scoring.timers import loops
from shared.db import Connection, Pool
from shared.db.tenant_database import TenantDatabase
from shared.messaging.consumer import Consumer
from shared.runtime import Worker
from shared.settings import Login, Settings, database_url

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shared.messaging.published import Published

SERVICE = "scoring"


def build_api(settings: Settings) -> "FastAPI":
    """The API on the api login. It starts, and answers 503, while PostgreSQL is away."""
    # Imported here: the worker, whose batches are large, never loads a web framework.
    from services.scoring.explanations.api import router as explanations
    from services.scoring.ledger.api import router as ledger
    from services.scoring.reports.api import router as reports
    from services.scoring.reports.sources import Sources
    from services.scoring.scorecards.api import router as scorecards
    from shared.http.app import create_app
    from shared.http.auth import TokenVerifier
    from shared.http.hub import Hub

    url = database_url(SERVICE, Login.api)
    scoring, streams, sources = TenantDatabase(url), Hub(url), Sources(settings)

    @asynccontextmanager
    async def lifespan(_: "FastAPI") -> AsyncIterator[None]:
        await scoring.open()
        await streams.start()
        await sources.open()
        try:
            yield
        finally:
            await sources.close()
            await streams.stop()
            await scoring.close()

    app = create_app(
        title="Tera scoring",
        service=SERVICE,
        verifier=TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        ready=scoring.ready,
        before_stop=streams.close,
    )
    app.state.scoring = scoring
    app.state.streams = streams
    app.state.sources = sources
    for router in (scorecards, explanations, ledger, reports):
        app.include_router(router)
    return app


def consumers(settings: Settings, pool: Pool) -> list[Consumer[Any]]:
    """What scoring reads."""
    return [REGISTRY_CONSUMER, FACTS_CONSUMER]


async def catch_up(connection: Connection, published: "Published") -> list[str]:
    """After a restored backup, with the owner login: raise the versions of cards.
    What was done, in sentences."""
    # Imported here: the api role never loads a Kafka client.
    from services.scoring.scorecards.recovery import catch_up

    return await catch_up(connection, published)


def build_worker(settings: Settings) -> Worker:
    """The worker role: replica, ledger, cards, relay, with the worker login."""
    # Imported here: the api role never loads a Kafka client.
    from shared.messaging.worker import ServiceWorker

    return ServiceWorker(
        SERVICE,
        database_url(SERVICE, Login.worker),
        settings=settings,
        consumers=consumers,
        loops=loops,
        # Statements over small temporary tables: compiling them costs more than running them.
        session={"jit": "off"},
    )
