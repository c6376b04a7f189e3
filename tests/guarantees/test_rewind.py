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
