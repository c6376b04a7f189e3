"""What the routes of feedback find in their application: opened by its lifespan in ``app.py``."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from shared.db.tenant_database import TenantDatabase
from shared.messaging.bell import Bell


@dataclass(frozen=True, slots=True)
class State:
    """The database, and the bell to ring after a commit that wrote to the outbox."""

    database: TenantDatabase
    bell: Bell


def state_of(request: Request) -> State:
    """FastAPI dependency."""
    state: State = request.app.state.feedback
    return state


InState = Annotated[State, Depends(state_of)]
