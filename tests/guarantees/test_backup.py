"""A backup under load, restored into databases of its own, gives the scores that were there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from cli.client import Client
from devstack.system import Part, System
from services import SERVICES
from shared.contracts import FACTS, REGISTRY_CHANGES
from shared.db.provision import provision
from tests.support.commands import tera
from tests.support.databases import Database, Templates
from tests.support.installation import Installation, Office, installation
from tests.support.load import Load
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.chaos, pytest.mark.timeout(180)]

PARTS = (
    Part("registry", "api"),
    Part("registry", "worker"),
    Part("feedback", "api"),
    Part("feedback", "worker"),
    Part("scoring", "worker"),
)
IN_USE = ("registry", "feedback")
"""Databases that have tables already when the backup is restored into them."""
_CARD = "tenant_id, subject_kind, subject_id, unit_id, service_id, period"
SCORES = {
    "facts": "select tenant_id, fact_id, revision, counted, state, unit_id, month from facts"
    " order by tenant_id, fact_id",
    "tallies": "select * from tallies where answers <> 0"
    " order by subject_kind, subject_id, month, answered",
    "cards": f"select {_CARD}, answers, index_numerator, index_denominator, grade, counts"
    f" from cards order by {_CARD}",
}


async def scores(running: Installation) -> dict[str, list[Any]]:
    return {name: await running.rows("scoring", query) for name, query in SCORES.items()}


async def settled(running: Installation) -> bool:
    waiting = [await running.value(s, "select count(*) from outbox") for s in SERVICES]
    assert sum(waiting) == 0
    lags = [await running.lag("scoring", topic) for topic in (FACTS, REGISTRY_CHANGES)]
    lags.append(await running.lag("feedback", REGISTRY_CHANGES))
    stale = await running.value("scoring", "select count(*) from stale_marks")
    assert (lags, stale) == ([0, 0, 0], 0)
    return True


@pytest_asyncio.fixture(scope="module")
async def original(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("original")
    async with installation(templates, folder, parts=PARTS) as running:
        yield running


@pytest_asyncio.fixture
async def elsewhere(
    original: Installation, templates: Templates, tmp_path: Path
) -> AsyncIterator[Installation]:
    """The same topics, and other databases; nothing runs yet."""
    async with AsyncExitStack() as stack:
        environment = dict(original.environment)
        databases = {}
        for service in IN_USE:
            databases[service] = await stack.enter_async_context(templates.clone(service))
        for service in set(SERVICES) - set(IN_USE):
            name = f"restored_{service}_{uuid4().hex[:8]}"
            urls = templates.urls(service, name)
            await provision(templates.admin_url, service, urls)
            stack.push_async_callback(
                templates.admin, f'drop database if exists "{name}" with (force)'
            )
            databases[service] = Database(service, **urls)
        for database in databases.values():
            environment |= database.environment()
        system = System(environment, tmp_path, parts=PARTS)
        stack.callback(system.stop)
        client = await stack.enter_async_context(Client(system.environment))
        yield replace(
            original,
            environment=system.environment,
            databases=databases,
            system=system,
            client=client,
        )


async def test_restored_elsewhere_the_scores_are_equal(
    original: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    office = await original.office()
    folder = tmp_path / "backup"
    async with Load([office.desk], clients=4, pause=0.01) as load:
        await load.reach(60)
        before = list(load.accepted.values())
        await tera(original, "backup", str(folder))
        await load.reach(30)
        await load.stop()
    await change_after_the_backup(office, before[0])
    await eventually(lambda: settled(original), within=30, every=0.3)
    expected = await scores(original)
    assert len(expected["facts"]) == len(load.accepted)

    in_use = await tera(original, "restore", str(folder), "--replace", "--yes", fails=True)
    assert "connections to the database of registry are open" in in_use
    await asyncio.to_thread(original.system.stop)
    refused = await tera(elsewhere, "restore", str(folder), fails=True)
    assert "not empty: registry, feedback." in refused

    other_owner = {"TERA_SCORING_OWNER_URL": elsewhere.environment["TERA_NOTIFICATION_OWNER_URL"]}
    other = replace(elsewhere, environment=dict(elsewhere.environment) | other_owner)
    refused = await tera(other, "restore", str(folder), "--replace", "--yes", fails=True)
    assert "scoring was made with another owner login than tera_notification_owner" in refused

    said = await tera(elsewhere, "restore", str(folder), "--replace", "--yes")
    assert "1 of kind unit published again" in said
    assert "1 of kind unit made after the backup" in said
    assert "1 decisions on answers, made after the backup, taken over" in said
    assert "answers came after the backup and were read back" in said
    await asyncio.to_thread(elsewhere.system.start)
    await eventually(lambda: settled(elsewhere), within=30, every=0.3)
    assert await scores(elsewhere) == expected
    stored = await elsewhere.rows("feedback", "select fact_id from answers")
    assert {row["fact_id"] for row in stored} == set(load.accepted.values())
    await the_registry_leads_again(elsewhere, office)
    await decisions_count_again(elsewhere, office, before[0])
    await read_back_answers_can_be_withdrawn(elsewhere, office)


async def change_after_the_backup(office: Office, fact: UUID) -> None:
    """A decision, a change and a new unit that the backup knows nothing of."""
    administrator = office.administrator
    await administrator.post("feedback", f"/v1/answers/{fact}/park", {"reason_code": "burst"})
    for name in ("Loket A", "Loket B", "Loket C"):
        await rename(office, name)
    await administrator.post("registry", "/v1/units", {"code": "U2", "name": "Baru", "kind": "upt"})


async def rename(office: Office, name: str) -> None:
    administrator = office.administrator
    await administrator.client.send(
        "PATCH",
        administrator.client.address("registry", f"/v1/units/{office.unit}"),
        headers=administrator._headers,
        body={"name": name},
    )


async def at(running: Installation, office: Office) -> Office:
    """The same office, spoken to in another installation."""
    administrator = await running.client.login(
        "tenant_administrator", "survey_officer", tenant=office.tenant
    )
    return replace(office, administrator=administrator)


async def the_registry_leads_again(running: Installation, office: Office) -> None:
    """What it holds is what readers hold, and its next change reaches them."""
    office = await at(running, office)
    shown = await office.administrator.get("registry", f"/v1/units/{office.unit}")
    assert shown["name"] == "Loket", "as of the backup"
    await rename(office, "Loket D")

    async def followed() -> bool:
        owner = await asyncpg.connect(running.databases["registry"].owner)
        try:
            own = await owner.fetch("select id, version from units")
        finally:
            await owner.close()
        read = await running.rows("scoring", "select id, version from units where not deleted")
        assert {tuple(row) for row in read} == {tuple(row) for row in own}
        return True

    await eventually(followed)


async def decisions_count_again(running: Installation, office: Office, parked: UUID) -> None:
    """What was parked after the backup still is, and can be restored."""
    office = await at(running, office)
    shown = await office.administrator.get("feedback", f"/v1/answers/{parked}")
    assert (shown["state"], shown["reason_code"]) == ("parked", "restored")
    await office.administrator.post("feedback", f"/v1/answers/{parked}/restore")

    async def counted() -> bool:
        return bool(
            await running.value("scoring", "select counted from facts where fact_id = $1", parked)
        )

    await eventually(counted)


async def read_back_answers_can_be_withdrawn(running: Installation, office: Office) -> None:
    office = await at(running, office)
    fact = await running.value("feedback", "select fact_id from answers where restored limit 1")
    path = f"/v1/answers/{fact}"
    assert (await office.administrator.get("feedback", path))["comment"] is None
    await office.administrator.post("feedback", f"{path}/withdraw", {"reason_code": "burst"})

    async def excluded() -> bool:
        return not await running.value(
            "scoring", "select counted from facts where fact_id = $1", fact
        )

    await eventually(excluded)
