"""What may not reach the outbox, because no relay could ever publish it."""

from uuid import uuid4

import asyncpg
import pytest

from shared.contracts import UnitChanged
from shared.messaging.outbox import LARGEST_BODY, enqueue
from tests.messaging.probe import Probe


async def test_an_event_too_large_to_publish_fails_its_cause(probe: Probe) -> None:
    small = UnitChanged(tenant_id=uuid4(), id=uuid4(), version=1, name="Loket", unit_kind="upt")
    large = small.model_copy(update={"name": "x" * LARGEST_BODY})
    connection = await asyncpg.connect(probe.worker)
    try:
        with pytest.raises(ValueError, match="too large"):
            await enqueue(connection, [small, large])
        assert await connection.fetchval("select count(*) from outbox") == 0
    finally:
        await connection.close()
