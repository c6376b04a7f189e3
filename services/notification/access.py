"""Who may ask notification what; one tenant per transaction."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from shared.db.tenant_database import TenantDatabase
from shared.http.auth import Principal, Role, require, signed_in
from shared.http.hub import Hub
from shared.http.problems import Problem
from shared.messaging.bell import Bell
from shared.observability import metrics


class Notification(TenantDatabase):
    """The database as the routes use it, with the ear for open inboxes and the bell for others."""

    def __init__(self, url: str) -> None:
        # Every statement of this login goes by a key. A plan that was made while a table was small
        # would go on scanning it as it grows, until the next analyze; compiling it costs more than
        # running it.
        super().__init__(url, session={"enable_seqscan": "off", "jit": "off"})
        # Looks are made together (`notices.looking`), which is what keeps them few.
        self.hub = Hub(url, open_streams=metrics.INBOX_STREAMS, looks_at_once=100_000)
        self._bell = Bell(url)

    async def open(self) -> None:
        await super().open()
        await self.hub.start()
        await self._bell.start()

    async def close(self) -> None:
        await self._bell.stop()
        await self.hub.stop()
        await super().close()

    def announce(self, keys: Iterable[str]) -> None:
        """Wake the open streams of these keys, in every process. Called after the commit."""
        self._bell.announce(keys)


def _notification(request: Request) -> Notification:
    notification: Notification = request.app.state.notification
    return notification


Access = Annotated[Notification, Depends(_notification)]

Member = Annotated[Principal, Depends(signed_in)]
"""Anybody with a token of the tenant."""

Administrator = Annotated[Principal, Depends(require(Role.tenant_administrator))]
"""Keeps web-hooks and the gateway, and reads the log of deliveries."""


def _person(caller: Member) -> tuple[UUID, UUID]:
    if caller.person_id is None:
        raise Problem(
            403,
            "no-person",
            title="Not allowed",
            detail="An inbox belongs to a person, and this token names none: have the login linked "
            "to a person of the registry.",
        )
    return caller.tenant, caller.person_id


Reader = Annotated[tuple[UUID, UUID], Depends(_person)]
"""The caller's tenant and person: everybody sees their own and nobody else's."""
