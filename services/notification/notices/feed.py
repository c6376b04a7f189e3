"""An open inbox: what is new in it, as server-sent events."""

import json
from collections.abc import Sequence
from uuid import UUID

from services.notification.notices.looking import MOST_NEW, Looking
from services.notification.wording.rules import Language
from shared.http.streams import ServerEvent


class Feed:
    """What `EventStream` looks at for one reader.

    ``notice`` events carry a notice as the list shows it, ``unread`` events ``{"unread": n}``,
    first of all and whenever that number changes. Ids are positions of the inbox, so that a reader
    that comes again misses nothing.
    """

    def __init__(self, looking: Looking, tenant: UUID, person: UUID, *, language: Language) -> None:
        self._looking = looking
        self._tenant = tenant
        self._person = person
        self._language = language
        self._unread: int | None = None

    async def look(self, last_seen: str | None) -> Sequence[ServerEvent]:
        """Notices after the position ``last_seen``, and how many are unread where that is news."""
        after = _position(last_seen)
        events: list[ServerEvent] = []
        while True:
            found = await self._looking.look(
                self._tenant, self._person, after=after, language=self._language
            )
            events += [
                ServerEvent("notice", view.model_dump_json(), str(position))
                for position, view in found.new
            ]
            if len(found.new) < MOST_NEW:
                break
            after = found.new[-1][0]
        if found.unread != self._unread:
            self._unread = found.unread
            # An inbox that was restored may end before what was seen: its new notices count too.
            seen = found.position if after is None else min(after, found.position)
            last = events[-1].id if events else str(seen)
            events.append(ServerEvent("unread", json.dumps({"unread": found.unread}), last))
        return events


def _position(seen: str | None) -> int | None:
    """Where to go on; None, from now on, for a new reader and for an id that is none of ours."""
    if seen is None or not (seen.isascii() and seen.isdigit()) or int(seen) >= 2**63:
        return None
    return int(seen)
