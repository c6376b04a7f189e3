"""Who may ask scoring what; its routes only read, one tenant per transaction."""

from typing import Annotated

from fastapi import Depends, Request

from shared.db.tenant_database import TenantDatabase
from shared.http.auth import Principal, Role, require, signed_in
from shared.http.hub import Hub


def _scoring(request: Request) -> TenantDatabase:
    scoring: TenantDatabase = request.app.state.scoring
    return scoring


Access = Annotated[TenantDatabase, Depends(_scoring)]


def _streams(request: Request) -> Hub:
    streams: Hub = request.app.state.streams
    return streams


Streams = Annotated[Hub, Depends(_streams)]
"""Who waits for new versions of cards."""

Member = Annotated[Principal, Depends(signed_in)]
"""Anybody with a token of the tenant."""

SurveyKeeper = Annotated[
    Principal, Depends(require(Role.survey_officer, Role.tenant_administrator))
]
"""Who loads answers and wants to know what became of them."""
