"""After a restored backup the registry leads again: what is published, and what is left alone."""

import pytest

from services.registry.recovery.rules import Key, State, plan
from shared.db import uuid7

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


def test_what_waits_in_the_outbox_needs_nothing() -> None:
    assert plan({UNIT: 3}, {UNIT: State(2, deleted=False)}, waiting={UNIT}).again == {}
    assert plan({}, {UNIT: State(2, deleted=False)}, waiting={UNIT}).gone == []


def test_a_topic_that_is_ahead_is_overtaken_even_where_the_outbox_has_older_rows() -> None:
    assert plan({UNIT: 3}, {UNIT: State(5, deleted=False)}, waiting={UNIT}).again == {UNIT: 5}
