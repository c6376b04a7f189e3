"""The registry put together: its API, and a worker with its relay and timers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from services.registry.access import Registry
from services.registry.calendars.api import router as calendars
from services.registry.careers.api import router as careers
from services.registry.careers.lines_api import router as reporting_line_changes
from services.registry.competences.api import router as competences
from services.registry.configurations.api import router as configurations
from services.registry.contacts.api import router as contacts
from services.registry.counters.api import router as counters
from services.registry.counters.rosters_api import router as rosters
from services.registry.enrolments.api import router as enrolments
from services.registry.goals.api import router as goals
from services.registry.history.api import router as history
from services.registry.imports.api import FILE_LIMIT
from services.registry.imports.api import router as imports
from services.registry.imports.exports_api import router as exports
from services.registry.imports.mappings_api import router as import_mappings
from services.registry.in_force.api import router as in_force
from services.registry.indicators.api import router as indicators
from services.registry.indicators.applying_api import router as applying_indicators
from services.registry.leaves.api import router as leaves
from services.registry.logins.api import router as logins
from services.registry.moves.api import router as moves
from services.registry.moves.mergers_api import router as mergers
from services.registry.offerings.api import router as offerings
from services.registry.offerings.open_api import router as open_offerings
from services.registry.people.api import router as people
from services.registry.periods.api import router as periods
from services.registry.plans.api import PLAN_LIMIT
from services.registry.plans.api import router as plans
from services.registry.policies.api import router as policies
from services.registry.posts.api import router as posts
from services.registry.regions.api import FILE_LIMIT as REGIONS_LIMIT
from services.registry.regions.api import router as regions
from services.registry.regulations.api import router as regulations
from services.registry.reporting_lines.api import router as reporting_lines
from services.registry.satisfaction.api import router as satisfaction
from services.registry.tenants.api import router as tenants
from services.registry.timelines.api import router as timelines
from services.registry.training.api import router as training
from services.registry.units.api import router as units
from services.registry.working_hours.api import router as working_hours
from shared.db import Connection
from shared.http.app import create_app
from shared.http.auth import TokenVerifier
from shared.runtime import Worker
from shared.settings import Login, Settings, database_url

if TYPE_CHECKING:
    from shared.messaging.published import Published

SERVICE = "registry"


def build_api(settings: Settings) -> FastAPI:
    """The API on the api login. It starts, and answers 503, while PostgreSQL is away."""
    registry = Registry(database_url(SERVICE, Login.api))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await registry.open()
        try:
            yield
        finally:
            await registry.close()

    app = create_app(
        title="Tera registry",
        service=SERVICE,
        verifier=TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        ready=registry.ready,
        body_limits={
            regions.prefix: REGIONS_LIMIT,
            "/v1/plans": PLAN_LIMIT,
            imports.prefix: FILE_LIMIT,
        },
        file_paths=(regions.prefix, imports.prefix),
    )
    app.state.registry = registry
    for router in (
        tenants,
        units,
        moves,
        mergers,
        regions,
        posts,
        people,
        contacts,
        reporting_lines,
        leaves,
        careers,
        reporting_line_changes,
        timelines,
        logins,
        offerings,
        open_offerings,
        counters,
        rosters,
        satisfaction,
        policies,
        in_force,
        regulations,
        configurations,
        periods,
        calendars,
        working_hours,
        competences,
        training,
        enrolments,
        indicators,
        applying_indicators,
        goals,
        plans,
        history,
        imports,
        import_mappings,
        exports,
    ):
        app.include_router(router)
    return app


async def catch_up(connection: Connection, published: "Published") -> list[str]:
    """After a restored backup, with the owner login: publish again what readers
    would ignore. What was done, in sentences."""
    # Imported here: the api role never loads a Kafka client.
    from services.registry.recovery.store import catch_up

    return await catch_up(connection, published)


def build_worker(settings: Settings) -> Worker:
    """The relay of the registry's outbox and what becomes due, on the worker login."""
    # Imported here: the api role never loads a Kafka client.
    from services.registry.timers import loops
    from shared.messaging.worker import ServiceWorker

    return ServiceWorker(
        SERVICE, database_url(SERVICE, Login.worker), settings=settings, loops=loops
    )
