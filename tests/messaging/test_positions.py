"""`tera consumers`: lag, and taking a group back to a time."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.messaging.positions import GroupInUse, positions, rewind
from tests.messaging.probe import Probe, person, record_of
from tests.messaging.test_subscribe import PEOPLE, caught_up, consuming
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker


async def lag(probe: Probe) -> int:
    found = await positions(probe.bootstrap, group=PEOPLE.group(probe.prefix), topic=probe.topic)
    return sum(position.lag for position in found)


async def test_lag_before_and_after(probe: Probe) -> None:
    await probe.send([record_of(person(uuid4())) for _ in range(7)])
    assert await lag(probe) == 7
    async with consuming(probe):
        await caught_up(probe)
    assert await lag(probe) == 0


async def test_back_to_a_time_and_to_the_beginning(probe: Probe) -> None:
    group = PEOPLE.group(probe.prefix)
    early, late = person(uuid4()), person(uuid4())
    await probe.send([record_of(early)])
    async with probe.consumer(None) as reader:
        (records,) = (await reader.getmany(timeout_ms=5000)).values()
    between = datetime.fromtimestamp((records[-1].timestamp + 1) / 1000, UTC)

    async def later() -> bool:
        return datetime.now(UTC) > between

    await eventually(later)
    await probe.send([record_of(late)])
    async with consuming(probe):
        await caught_up(probe)
        with pytest.raises(GroupInUse, match=r"tera-probe at .*stop these worker processes"):
            await rewind(probe.bootstrap, group=group, topic=probe.topic, to=None)

    (moved,) = await rewind(probe.bootstrap, group=group, topic=probe.topic, to=between)
    assert (moved.before, moved.after) == (2, 1)
    assert await rewind(probe.bootstrap, group=group, topic=probe.topic, to=between) == []
    assert await lag(probe) == 1

    (moved,) = await rewind(probe.bootstrap, group=group, topic=probe.topic, to=None)
    assert (moved.before, moved.after) == (1, 0)
    async with consuming(probe):
        await caught_up(probe)
    assert await probe.people() == {early.id: 1, late.id: 1}
