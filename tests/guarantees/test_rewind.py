"""After a restored backup the offsets go back; counting once makes that safe (promise G3)."""

import asyncio
from typing import Any

import pytest

from devstack.system import Part
from shared.contracts import FACTS, REGISTRY_CHANGES, RESULTS
from tests.support.commands import tera
from tests.support.installation import Installation
from tests.support.load import Load, critical_marks
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

SCORES = {
    "facts": "select * from facts order by tenant_id, fact_id",
    "tallies": "select * from tallies order by subject_kind, subject_id, month, answered",
    "cards": "select * from cards order by subject_kind, subject_id, period, service_id",
}
NOTICES = {
    "notices": "select * from notices order by tenant_id, id",
    "deliveries": "select tenant_id, id, notice_id, channel from deliveries order by tenant_id, id",
}


async def scores(running: Installation) -> dict[str, list[Any]]:
    return {name: await running.rows("scoring", query) for name, query in SCORES.items()} | {
        name: await running.rows("notification", query) for name, query in NOTICES.items()
    }


async def all_read(running: Installation) -> bool:
    lags = [
        await running.lag(service, topic)
        for service in ("scoring", "notification")
        for topic in (FACTS, REGISTRY_CHANGES)
    ]
    lags.append(await running.lag("notification", RESULTS))
    stale = await running.value("scoring", "select count(*) from stale_marks")
    waiting = await running.value(
        "notification", "select count(*) from occasions where state = 'waiting'"
    )
    assert (sum(lags), stale, waiting) == (0, 0, 0)
    return True


async def test_g3_a_rewind_to_the_beginning_changes_nothing(whole: Installation) -> None:
    office = await whole.office()
    await office.head()
    async with Load([office.desk], clients=8, marks=critical_marks) as load:
        await load.reach(80)
        await load.stop()
    facts = list(load.accepted.values())
    for fact in facts[:6]:
        path = f"/v1/answers/{fact}"
        await office.administrator.post("feedback", f"{path}/park", {"reason_code": "burst"})
        await office.administrator.post("feedback", f"{path}/restore")
    await office.administrator.post(
        "feedback", f"/v1/answers/{facts[0]}/withdraw", {"reason_code": "burst"}
    )

    async def counted() -> bool:
        assert await all_read(whole)
        answers = await whole.value(
            "scoring", "select sum(answers)::int from tallies where subject_kind = 'unit'"
        )
        told = await whole.value(
            "notification", "select count(*) from notices where occasion = 'critical_answer'"
        )
        return bool((answers, told) == (len(facts) - 1, len(facts)))

    await eventually(counted, within=30)
    before = await scores(whole)

    for service in ("scoring", "notification"):
        worker = Part(service, "worker")
        rewind = ["consumers", "rewind", "--to", "beginning", "--service", service]
        refused = await tera(whole, *rewind, fails=True)
        assert service in refused, "it says who has to be stopped first"
        await asyncio.to_thread(whole.system.child(worker).stop)
        await tera(whole, *rewind)
        assert await whole.lag(service, FACTS) > 0
        whole.system.start_part(worker)
        await asyncio.to_thread(whole.system.wait_ready, worker)

    await eventually(lambda: all_read(whole), within=30)
    assert await scores(whole) == before


REPLICAS = {
    "feedback": ("tenants", "units", "services", "satisfaction_policies", "people"),
    "scoring": ("tenants", "units", "services", "people", "assignments", "satisfaction_policies"),
    "notification": ("tenants", "units", "services", "people", "assignments"),
}


LOST = {"satisfaction_policies": "delete from {}", "assignments": "delete from {}"}
"""Nothing refers to these; the others only become wrong."""


async def test_replicas_are_made_again_from_the_topic_alone(whole: Installation) -> None:
    office = await whole.office()
    person = await office.head()
    policy = {"valid_from": "2020-01-01", "unit_id": str(office.unit), "minimum_sample": 7}
    await office.administrator.post("registry", "/v1/satisfaction-policies", policy)

    async def heard() -> bool:
        lags = [await whole.lag(service, REGISTRY_CHANGES) for service in REPLICAS]
        waiting = await whole.value("registry", "select count(*) from outbox")
        return bool((sum(lags), waiting) == (0, 0))

    await eventually(heard, within=30)
    before = await replicas(whole)
    assert str(person) in str(before["notification"]["assignments"])

    for service, tables in REPLICAS.items():
        worker, rebuild = Part(service, "worker"), ["replicas", "rebuild", "--service", service]
        refused = await tera(whole, *rebuild, fails=True)
        assert service in refused, "it says who has to be stopped first"
        assert await replicas(whole) == before, "and did nothing"
        await asyncio.to_thread(whole.system.child(worker).stop)
        for table in tables:
            await whole.rows(service, LOST.get(table, "update {} set deleted = true").format(table))
        await tera(whole, *rebuild)
        whole.system.start_part(worker)
        await asyncio.to_thread(whole.system.wait_ready, worker)

    async def made_again() -> bool:
        assert await heard()
        assert await replicas(whole) == before
        return True

    await eventually(made_again, within=30)


async def replicas(running: Installation) -> dict[str, dict[str, list[Any]]]:
    return {
        service: {
            table: await running.rows(service, f"select * from {table} as entity order by entity")
            for table in tables
        }
        for service, tables in REPLICAS.items()
    }
