"""`tera consumers`: lag, and taking a group back to a time."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.messaging.positions import GroupInUse, positions, rewind
from shared.messaging.progress import Progress
from shared.messaging.relay import Relay
from shared.observability.metrics import CONSUMER_LAG
from tests.messaging.probe import SERVICE, Probe, person, record_of
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


async def test_markers_of_transactions_are_no_lag(probe: Probe) -> None:
    """Kafka counts them as offsets; nobody waits for them."""
    relay = Relay(probe.worker, bootstrap=probe.bootstrap, service=SERVICE, prefix=probe.prefix)
    await relay.start()
    async with consuming(probe) as consumers:
        for _ in range(5):
            await probe.write([person(uuid4()) for _ in range(20)])

        async def all_counted() -> bool:
            return len(await probe.people()) == 100

        async def none_left() -> bool:
            return await lag(probe) == 0

        await eventually(all_counted, within=20)
        await eventually(none_left)
        (subscription,) = consumers.subscriptions
        await Progress(subscription).look()
        shown = [
            sample.value
            for metric in CONSUMER_LAG.collect()
            for sample in metric.samples
            if sample.labels["group"] == subscription.group
        ]
        assert shown == [0, 0, 0, 0]
    await relay.stop()


async def test_a_marker_that_nobody_commits_beyond_is_no_lag(probe: Probe) -> None:
    """As when a batch ends with the last record: the marker after it comes alone, and no record
    after it that would be committed."""
    relay = Relay(probe.worker, bootstrap=probe.bootstrap, service=SERVICE, prefix=probe.prefix)
    await relay.start()
    await probe.write([person(uuid4())])
    group = PEOPLE.group(probe.prefix)
    async with probe.consumer(group) as reader:
        ((place, records),) = (await reader.getmany(timeout_ms=10_000)).items()
        await reader.commit({place: records[-1].offset})
        assert await lag(probe) > 0
        await reader.commit({place: records[-1].offset + 1})
        assert (await reader.end_offsets([place]))[place] > records[-1].offset + 1
    assert await lag(probe) == 0
    await relay.stop()


async def test_standing_still_with_records_before_it_is_not_alive(probe: Probe) -> None:
    """As when aiokafka stalls without an error: nothing is taken although something is there."""
    async with consuming(probe) as consumers:
        (subscription,) = consumers.subscriptions
        assert subscription.client is not None
        subscription.client.pause(*subscription.client.assignment())
        await probe.send([record_of(person(uuid4()))])
        progress = Progress(subscription, stalled=0.1)

        async def stuck() -> bool:
            await progress.look()
            return not progress.alive()

        await eventually(stuck)
        subscription.client.resume(*subscription.client.assignment())
        await caught_up(probe)
        await progress.look()
        assert progress.alive()
