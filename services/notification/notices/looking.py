"""Looks into many open inboxes at once: those that wake together share a transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.notification.notices import store
from services.notification.notices.views import NoticeView, views
from services.notification.wording.rules import Language
from shared.db import Connection

TOGETHER: Final = 200
"""Inboxes in one transaction."""
AT_ONCE: Final = 4
"""Transactions at the same time: requests need connections too."""
MOST_NEW: Final = 100
"""Notices told of in one look; who got so many looks again after them."""

Transaction = Callable[[UUID], AbstractAsyncContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in an inbox after a position: each notice with its own. ``position`` is the
    inbox's newest."""

    position: int
    unread: int
    new: Sequence[tuple[int, NoticeView]]


@dataclass(frozen=True, slots=True)
class _Question:
    person: UUID
    after: int | None
    language: Language
    answer: asyncio.Future[Seen]


class Looking:
    """One per process. A thousand readers of one notice cost five transactions, not a thousand."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._questions: dict[UUID, list[_Question]] = defaultdict(list)
        self._tasks: set[asyncio.Task[None]] = set()

    async def look(
        self, tenant: UUID, person: UUID, *, after: int | None, language: Language
    ) -> Seen:
        """What came after a position, oldest first; with None nothing is new. Raises what the
        database raises."""
        answer: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        questions = self._questions[tenant]
        questions.append(_Question(person, after, language, answer))
        if len(questions) == 1:
            task = asyncio.create_task(self._serve(tenant), name="look-into-inboxes")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _serve(self, tenant: UUID) -> None:
        """Answer the questions of a tenant, those that came meanwhile too."""
        async with self._turn:
            while questions := self._questions.get(tenant):
                some = questions[:TOGETHER]
                try:
                    answers = await self._ask(tenant, some)
                except Exception as error:
                    for question in some:
                        if not question.answer.done():
                            question.answer.set_exception(error)
                else:
                    for question, answer in zip(some, answers, strict=True):
                        if not question.answer.done():
                            question.answer.set_result(answer)
                del questions[: len(some)]
        del self._questions[tenant]

    async def _ask(self, tenant: UUID, questions: Sequence[_Question]) -> list[Seen]:
        async with self._transaction(tenant) as connection:
            states = await store.states(connection, tenant, [q.person for q in questions])
            rows = await store.after(
                connection,
                tenant,
                [
                    # Nobody has seen more than there is: a position beyond it is not one of ours.
                    (q.person, min(position if q.after is None else q.after, position))
                    for q, (position, _) in zip(questions, states, strict=True)
                ],
                limit=MOST_NEW,
            )
            new: dict[int, list[tuple[int, NoticeView]]] = defaultdict(list)
            for language in {question.language for question in questions}:
                mine = [row for row in rows if questions[row["place"]].language is language]
                worded = await views(connection, tenant, mine, language=language)
                for row, view in zip(mine, worded, strict=True):
                    new[row["place"]].append((row["position"], view))
        return [
            Seen(position, unread, new[place]) for place, (position, unread) in enumerate(states)
        ]
