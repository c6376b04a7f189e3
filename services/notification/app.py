"""Puts notification together: the only place that knows all of its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from services.notification.access import Notification
from services.notification.deliveries.api import router as deliveries
from services.notification.gateways.api import router as gateways
from services.notification.notices.api import router as inbox
from services.notification.notices.looking import Looking
from services.notification.occasions.consumers import (
    FACTS_CONSUMER,
    REGISTRY_CONSUMER,
    RESULTS_CONSUMER,
)
from services.notification.outbound.access import OutsideWorld
from services.notification.preferences.api import router as preferences
from services.notification.timers import loops
from services.notification.webhooks.api import router as webhooks
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
    app.state.looking = Looking(notification.transaction)
    app.state.outside = OutsideWorld.from_settings(settings)
    for router in (inbox, preferences, deliveries, webhooks, gateways):
        app.include_router(router)
    return app


def consumers(settings: Settings, pool: Pool) -> list[Consumer[Any]]:
    """What notification reads."""
    return [REGISTRY_CONSUMER, FACTS_CONSUMER, RESULTS_CONSUMER]


def build_worker(settings: Settings) -> Worker:
    """The worker role: replicas, occasions, messages, relay, with the worker login."""
    # Imported here: the api role never loads a Kafka client.
    from services.notification.sending.timers import loops as sending
    from shared.messaging.worker import ServiceWorker

    return ServiceWorker(
        SERVICE,
        database_url(SERVICE, Login.worker),
        settings=settings,
        consumers=consumers,
        loops=lambda pool, bell: [*loops(pool, bell), *sending(settings, pool, bell.ring)],
    )
