"""Puts notification together: the only place that knows all of its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from services.notification.access import Notification
from shared.db import Pool
from shared.http.app import create_app
from shared.http.auth import TokenVerifier
from shared.messaging.consumer import Consumer
from shared.runtime import Worker
from shared.settings import Login, Settings, database_url

SERVICE = "notification"


def build_api(settings: Settings) -> FastAPI:
    """The API on the api login. It starts, and answers 503, while PostgreSQL is away."""
    notification = Notification(database_url(SERVICE, Login.api))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await notification.open()
        try:
            yield
        finally:
            await notification.close()

    app = create_app(
        title="Tera notification",
        service=SERVICE,
        verifier=TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        ready=notification.ready,
        before_stop=notification.hub.close,
    )
    app.state.notification = notification
    return app


def consumers(settings: Settings, pool: Pool) -> list[Consumer[Any]]:
    """What notification reads."""
    return []


def build_worker(settings: Settings) -> Worker:
    """The worker role: replicas, occasions, messages, relay, with the worker login."""
    # Imported here: the api role never loads a Kafka client.
    from shared.messaging.worker import ServiceWorker

    return ServiceWorker(SERVICE, database_url(SERVICE, Login.worker), settings=settings)
