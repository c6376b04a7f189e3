"""What the routes of feedback find in their application: made by its lifespan in ``app.py``."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from shared.db import Pool
from shared.messaging.bell import Bell


@dataclass(frozen=True, slots=True)
class State:
    """The api login's pool, and the bell to ring after a commit that wrote to the outbox."""

    pool: Pool
    bell: Bell


def state_of(request: Request) -> State:
    """FastAPI dependency; the lifespan has run before the first request."""
    state: State = request.app.state.feedback
    return state


InState = Annotated[State, Depends(state_of)]
