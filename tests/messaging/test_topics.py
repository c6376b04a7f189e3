"""Topics are created as in the catalogue, compared with it, and never changed."""

from dataclasses import replace
from uuid import uuid4

import pytest

from devstack.stack import Stack
from shared.contracts import FACTS, REGISTRY_CHANGES
from shared.messaging.topics import NotThere, create_topics, wait_for_topics

pytestmark = pytest.mark.broker


async def test_created_once_then_compared(stack: Stack) -> None:
    bootstrap, prefix = stack.environment["TERA_KAFKA_BOOTSTRAP"], f"topics_{uuid4().hex[:8]}."
    topics = [REGISTRY_CHANGES, FACTS]
    first = await create_topics(bootstrap, topics, prefix=prefix, partitions=3)
    assert [(state.created, state.partitions, state.differences) for state in first] == [
        (True, 3, ()),
        (True, 3, ()),
    ]
    again = await create_topics(bootstrap, topics, prefix=prefix, partitions=3)
    assert [(state.created, state.differences) for state in again] == [(False, ()), (False, ())]
    await wait_for_topics(bootstrap, [prefix + FACTS.name], within=5)


async def test_differences_are_said_and_left_alone(stack: Stack) -> None:
    bootstrap, prefix = stack.environment["TERA_KAFKA_BOOTSTRAP"], f"topics_{uuid4().hex[:8]}."
    await create_topics(bootstrap, [REGISTRY_CHANGES], prefix=prefix, partitions=3)
    other = replace(
        REGISTRY_CHANGES, partitions=6, settings=REGISTRY_CHANGES.settings | {"retention.ms": "7"}
    )
    (state,) = await create_topics(bootstrap, [other], prefix=prefix)
    assert state.partitions == 3
    assert len(state.differences) == 2
    assert "keys of a compacted topic would move" in state.differences[0]
    assert state.differences[1].startswith("retention.ms is")


async def test_what_is_missing_is_named(stack: Stack) -> None:
    with pytest.raises(NotThere, match=r"no_such\.topic.*tera topics create"):
        await wait_for_topics(
            stack.environment["TERA_KAFKA_BOOTSTRAP"], ["no_such.topic"], within=0.5
        )
    with pytest.raises(NotThere, match="TERA_KAFKA_BOOTSTRAP"):
        await wait_for_topics("127.0.0.1:9", ["any"], within=0.5)
