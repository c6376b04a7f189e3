"""`/v1/inbox`: everybody reads their own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from services.notification.access import Access, Reader
from services.notification.notices import store
from services.notification.notices.feed import Feed
from services.notification.notices.looking import Looking
from services.notification.notices.rules import stream_key
from services.notification.notices.views import NoticeView, views
from services.notification.preferences import store as preferences
from services.notification.wording.rules import Language
from shared.http.paging import Paging, encode_cursor
from shared.http.problems import not_found
from shared.http.streams import EventStream, LastEventId

router = APIRouter(prefix="/v1/inbox", tags=["inbox"])


async def _language(
    reader: Reader,
    notification: Access,
    lang: Annotated[
        Language | None, Query(description="Instead of the language of the preferences")
    ] = None,
) -> Language:
    if lang is not None:
        return lang
    async with notification.transaction(reader[0]) as connection:
        held = await preferences.of_people(connection, [reader])
    return held[reader].preference.language or Language.INDONESIAN


def _looking(request: Request) -> Looking:
    looking: Looking = request.app.state.looking
    return looking


Shared = Annotated[Looking, Depends(_looking)]
InLanguage = Annotated[Language, Depends(_language)]


class InboxPage(BaseModel):
    """Newest first. `position` is where a stream goes on that misses nothing of what comes after
    this page: its `after`."""

    items: list[NoticeView]
    next_cursor: str | None
    unread: int
    position: int


class Unread(BaseModel):
    """How many notices are unread now."""

    unread: int


@router.get("")
async def show(
    reader: Reader,
    notification: Access,
    paging: Paging,
    language: InLanguage,
    *,
    unread: bool = False,
) -> InboxPage:
    """The caller's notices, or only the unread ones."""
    tenant, person = reader
    (before,) = paging.after(int) or (None,)
    async with notification.transaction(tenant) as connection:
        ((position, number),) = await store.states(connection, tenant, [person])
        rows = await store.listed(
            connection, tenant, person, before=before, unread=unread, limit=paging.fetch
        )
        shown = rows[: paging.limit]
        items = await views(connection, tenant, shown, language=language)
    more = len(rows) > len(shown)
    return InboxPage(
        items=items,
        next_cursor=encode_cursor((shown[-1]["position"],)) if more else None,
        unread=number,
        position=position,
    )


@router.get("/stream", response_class=EventStream)
async def stream(
    reader: Reader,
    notification: Access,
    looking: Shared,
    language: InLanguage,
    *,
    last_event_id: LastEventId = None,
    after: Annotated[
        int | None, Query(ge=0, lt=2**63, description="Position of an inbox page")
    ] = None,
) -> EventStream:
    """Server-sent events: `notice` for each new one, `unread` for their number. Goes on after the
    header Last-Event-ID, else after `after`, else from now."""
    feed = Feed(looking, *reader, language=language)
    begin = last_event_id or (None if after is None else str(after))
    return EventStream(notification.hub, key=stream_key(*reader), look=feed.look, after=begin)


@router.post("/{notice}/read")
async def mark_read(notice: UUID, reader: Reader, notification: Access) -> Unread:
    """Once read, it stays read."""
    async with notification.transaction(reader[0]) as connection:
        if not await store.mark_read(connection, *reader, notice):
            raise not_found("There is no such notice in your inbox: read the list again.")
        ((_, unread),) = await store.states(connection, reader[0], [reader[1]])
    notification.announce([stream_key(*reader)])
    return Unread(unread=unread)


@router.post("/read-all")
async def mark_all_read(
    reader: Reader,
    notification: Access,
    until: Annotated[
        int, Query(ge=0, lt=2**63, description="Position of the page that was seen")
    ] = 2**63 - 1,
) -> Unread:
    """All of them, or those up to a position: what came in meanwhile stays unread."""
    async with notification.transaction(reader[0]) as connection:
        await store.mark_all_read(connection, *reader, until=until)
        ((_, unread),) = await store.states(connection, reader[0], [reader[1]])
    notification.announce([stream_key(*reader)])
    return Unread(unread=unread)
