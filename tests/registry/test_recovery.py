"""After a restored backup the registry leads again: what is published, and what is left alone."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from services.registry.recovery.rules import Key, State, plan
from services.registry.recovery.store import catch_up
from shared.contracts import EVENTS, EntityChanged
from shared.db import uuid7
from shared.messaging.published import Published
from tests.registry.conftest import Found
from tests.registry.test_isolation import victim

UNIT = Key(uuid7(), "unit", uuid7())


@pytest.mark.parametrize(
    ("stored", "published", "again", "gone"),
    [
        (3, State(3, deleted=False), None, False),
        (3, State(5, deleted=False), 5, False),
        (3, State(4, deleted=True), 4, False),  # deleted after the backup: it is there again
        (3, State(2, deleted=False), 3, False),  # the topic was made anew
        (3, None, 3, False),
        (None, State(1, deleted=False), None, True),
        (None, State(2, deleted=True), None, False),
    ],
)
def test_the_restored_registry_decides(
    stored: int | None, published: State | None, again: int | None, gone: bool
) -> None:
    made = plan(
        {UNIT: stored} if stored else {}, {UNIT: published} if published else {}, waiting=()
    )
    assert made.again == ({UNIT: again} if again else {})
    assert made.gone == ([UNIT] if gone else [])


class _Nothing:
    """A topic that was made anew."""

    async def everything(self, _: str) -> AsyncIterator[list[Any]]:
        yield []


async def test_every_kind_of_entity_can_be_published_again(found: Found) -> None:
    town = (await victim(found)).town
    async with town.owner.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        # What other towns announced still waits there, so that they need nothing.
        await connection.execute("delete from outbox where tenant_id = $1", town.id)
        await catch_up(connection, cast("Published", _Nothing()))
        rows = await connection.fetch(
            "select subject, body from outbox where tenant_id = $1", town.id
        )
        await undone.rollback()
    assert set(Counter(row["subject"] for row in rows).values()) == {1}
    kinds = {event.kind for event in EVENTS.values() if issubclass(event, EntityChanged)}
    assert {row["subject"].partition("/")[0] for row in rows} == kinds
    assert min(json.loads(row["body"])["version"] for row in rows) >= 2


def test_what_waits_in_the_outbox_needs_nothing() -> None:
    assert plan({UNIT: 3}, {UNIT: State(2, deleted=False)}, waiting={UNIT}).again == {}
    assert plan({}, {UNIT: State(2, deleted=False)}, waiting={UNIT}).gone == []


def test_a_topic_that_is_ahead_is_overtaken_even_where_the_outbox_has_older_rows() -> None:
    assert plan({UNIT: 3}, {UNIT: State(5, deleted=False)}, waiting={UNIT}).again == {UNIT: 5}
