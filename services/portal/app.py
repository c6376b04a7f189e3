"""Puts the portal together: the only place that knows all of its pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.portal.answers import pages as answers
from services.portal.apis import Apis
from services.portal.cookies import Cookies
from services.portal.counters import pages as counters
from services.portal.design import files
from services.portal.design.errors import error_pages
from services.portal.design.headers import SecurityHeaders, security_headers
from services.portal.imports import files as imports_files
from services.portal.imports import pages as imports
from services.portal.imports.passing import LARGEST
from services.portal.inbox import pages as inbox
from services.portal.issuer import Issuer
from services.portal.organisation import moving as organisation_moving
from services.portal.organisation import pages as organisation
from services.portal.people import changing as people_changing
from services.portal.people import pages as people
from services.portal.plans import pages as plans
from services.portal.plans import writing as plans_writing
from services.portal.policies import keeping as policies_keeping
from services.portal.policies import pages as policies
from services.portal.relay import Relays
from services.portal.reports import pages as reports
from services.portal.results import pages as results
from services.portal.session import Vault
from services.portal.sign_in import pages as sign_in
from services.portal.start import pages as start
from services.portal.state import Portal
from services.portal.view import View
from shared.http.app import create_app
from shared.http.auth import TokenVerifier
from shared.settings import Settings

SERVICE = "portal"


def build_api(settings: Settings) -> FastAPI:
    """The only role; it needs neither PostgreSQL nor Kafka, and starts while others are away."""
    apis = Apis(settings)
    relays = Relays()
    verifier = TokenVerifier.from_settings(settings)
    headers = security_headers(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await relays.aclose()
            await apis.close()

    app = create_app(
        title="Tera portal",
        service=SERVICE,
        verifier=verifier,
        lifespan=lifespan,
        show_error=error_pages(View, headers),
        openapi_url=None,
        body_limits={"/imports/": LARGEST},
        file_paths=("/imports/",),
        before_stop=relays.close,
    )
    app.add_middleware(SecurityHeaders, headers=headers)
    app.state.relays = relays
    app.state.portal = Portal(
        settings=settings,
        apis=apis,
        vault=Vault(settings.portal_session_secret),
        cookies=Cookies(settings),
        issuer=Issuer(settings, apis.http, verifier),
    )
    for page in (
        files,
        start,
        answers,
        sign_in,
        counters,
        inbox,
        results,
        reports,
        organisation,
        organisation_moving,
        people,
        people_changing,
        imports,
        imports_files,
        plans_writing,
        plans,
        policies,
        policies_keeping,
    ):
        app.include_router(page.router)
    return app
