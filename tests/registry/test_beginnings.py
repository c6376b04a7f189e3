"""On the day a planned state begins, the unit is published as it is from then on."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.registry.timers import begin_states
from shared.db import open_pool
from tests.registry.conftest import Found
from tests.registry.test_moves import TOMORROW, moved
from tests.registry.town import Town
from tests.support.databases import Database


async def stored(town: Town, unit: UUID) -> asyncpg.Record:
    row = await town.owner.fetchrow(
        "select name, version, state_from from units where tenant_id = $1 and id = $2",
        town.id,
        unit,
    )
    assert row is not None
    return row


async def brought_forward(town: Town, unit: UUID, planned: date, day: date) -> None:
    """As if time had passed: what was planned for one day is planned for another."""
    await town.owner.execute(
        """
        update unit_states set valid_from = $4
        where tenant_id = $1 and unit_id = $2 and valid_from = $3
        """,
        town.id,
        unit,
        planned,
        day,
    )


async def test_a_state_begins_once(found: Found, database: Database) -> None:
    towns = [await found(), await found()]
    today = datetime.now(UTC).date()
    units = [await town.unit("Lama") for town in towns]
    waits = await towns[0].unit("Nanti")
    for town, unit in zip(towns, units, strict=True):
        await moved(town, unit, on=str(TOMORROW), name="Baru")
        await brought_forward(town, unit, TOMORROW, today - timedelta(days=1))
    await moved(towns[0], waits, on=str(TOMORROW), name="Kelak")

    shown = (await towns[0].call("GET", f"/v1/units/{units[0]}")).json()
    assert shown["name"] == "Baru", "readers of the registry need no timer"
    pool = await open_pool(database.worker)
    try:
        begun = await asyncio.gather(begin_states(pool), begin_states(pool))
        begun += [await begin_states(pool)]
    finally:
        await pool.close()
    assert sorted(begun)[:2] == [0, 0]
    assert max(begun) >= 2
    for town, unit in zip(towns, units, strict=True):
        row = await stored(town, unit)
        assert (row["name"], row["version"]) == ("Baru", 3)
        event: dict[str, Any] = json.loads((await town.outbox())[-1]["body"])
        assert (event["name"], event["version"]) == ("Baru", 3)
        assert [state["name"] for state in event["states"]] == ["Lama", "Baru"]
    assert (await stored(towns[0], waits))["name"] == "Nanti"


async def test_a_correction_before_the_timer_is_of_today(town: Town, database: Database) -> None:
    unit = await town.unit("Lama")
    await moved(town, unit, on=str(TOMORROW), name="Bru")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    await brought_forward(town, unit, TOMORROW, yesterday)
    await town.call("PATCH", f"/v1/units/{unit}", {"name": "Baru"})
    row = await stored(town, unit)
    assert (row["name"], row["state_from"]) == ("Baru", yesterday)
    states = (await town.call("GET", f"/v1/units/{unit}")).json()["states"]
    assert [state["name"] for state in states] == ["Lama", "Baru"]
