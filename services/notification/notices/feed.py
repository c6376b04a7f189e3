"""An open inbox: what is new in it, as server-sent events."""

import json
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.notification.access import Notification
from services.notification.notices import store
from services.notification.notices.views import views
from services.notification.wording.rules import Language
from shared.http.streams import ServerEvent

_AT_ONCE: Final = 100
"""Notices told of in one look; a reader that was away longer reads the list."""


class Feed:
    """What `EventStream` looks at for one reader.

    ``notice`` events carry a notice as the list shows it, ``unread`` events ``{"unread": n}``,
    first of all and whenever that number changes. Ids are positions of the inbox, so that a reader
    that comes again misses nothing.
    """

    def __init__(
        self, notification: Notification, tenant: UUID, person: UUID, *, language: Language
    ) -> None:
        self._notification = notification
        self._tenant = tenant
        self._person = person
        self._language = language
        self._unread: int | None = None

    async def look(self, seen: str | None) -> Sequence[ServerEvent]:
        """Notices after the position ``seen``, and how many are unread where that is news."""
        async with self._notification.transaction(self._tenant) as connection:
            position, unread = await store.state(connection, self._tenant, self._person)
            after = _position(seen, newest=position)
            rows = (
                await store.after(
                    connection, self._tenant, self._person, position=after, limit=_AT_ONCE
                )
                if after < position
                else []
            )
            told = await views(connection, self._tenant, rows, language=self._language)
        events = [
            ServerEvent("notice", view.model_dump_json(), str(row["position"]))
            for row, view in zip(rows, told, strict=True)
        ]
        if unread != self._unread:
            self._unread = unread
            where = events[-1].id if events else str(after)
            events.append(ServerEvent("unread", json.dumps({"unread": unread}), where))
        return events


def _position(seen: str | None, *, newest: int) -> int:
    """Where to go on; a new reader, and one whose id is none of ours, begins at the newest."""
    if seen is None or not seen.isascii() or not seen.isdigit() or int(seen) > newest:
        return newest
    return int(seen)
