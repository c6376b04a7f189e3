"""What operators see on the metrics port of every process while answers go through."""

import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from devstack.stack import Stack
from devstack.system import PARTS, Part
from devstack.tokens import mint
from tests.support.databases import Templates
from tests.support.installation import Installation, installation
from tests.support.load import Load, critical_marks
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

Samples = dict[str, list[tuple[dict[str, str], float]]]


@pytest_asyncio.fixture(scope="module")
async def running(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with installation(templates, tmp_path_factory.mktemp("metrics")) as made:
        yield made


async def samples(running: Installation, part: Part) -> Samples:
    """Every sample a process shows, by name."""
    address = f"http://127.0.0.1:{running.system.metrics_ports[part]}/metrics"
    async with httpx.AsyncClient() as http:
        answer = await http.get(address)
    assert answer.status_code == 200
    found: Samples = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def total(found: Samples, name: str, **labels: str) -> float:
    return sum(value for has, value in found.get(name, []) if labels.items() <= has.items())


async def test_the_way_of_answers_is_visible(running: Installation) -> None:
    office = await running.office()
    async with Load([office.desk], clients=4) as load:
        await load.reach(50)
        await load.stop()
    sent = len(load.accepted)
    tenant = str(office.tenant)

    intake = await samples(running, Part("feedback", "api"))
    assert total(intake, "tera_intake_accepted_total", tenant=tenant) == sent
    assert total(intake, "tera_intake_group_size_sum") >= sent

    async def relayed() -> bool:
        found = await samples(running, Part("feedback", "worker"))
        assert total(found, "tera_relay_published_total", topic="feedback.facts.v1") == sent
        assert total(found, "tera_outbox_rows") == 0
        return True

    async def counted() -> bool:
        found = await samples(running, Part("scoring", "worker"))
        assert total(found, "tera_facts_counted_total", tenant=tenant) == sent
        assert total(found, "tera_answer_to_score_seconds_count") > 0
        group = f"{running.prefix}scoring-feedback.facts.v1"
        assert total(found, "tera_consumer_records_total", group=group) == sent
        assert total(found, "tera_consumer_seconds_total", group=group, part="work") > 0
        assert total(found, "tera_consumer_event_age_seconds_count", group=group) > 0
        assert "tera_consumer_lag_records" in found
        assert total(found, "tera_consumer_lag_records", group=group) == 0
        assert total(found, "tera_consumer_halted") == 0
        return True

    await eventually(relayed, within=20)
    await eventually(counted, within=20)


async def test_an_alarm_reaches_an_open_inbox(running: Installation, stack: Stack) -> None:
    """From the counter to the head's open page, and what operators see of it."""
    office = await running.office()
    head = await office.head()
    claims = {
        "iss": running.environment["TERA_OIDC_ISSUER"],
        "aud": "tera",
        "sub": "kepala",
        "exp": int(time.time()) + 600,
        "tenant": str(office.tenant),
        "person": str(head),
    }
    address = running.environment["TERA_NOTIFICATION_HTTP"] + "/v1/inbox/stream?lang=en"
    headers = {"authorization": f"Bearer {mint(stack.issuer_key, claims)}"}
    async with (
        httpx.AsyncClient(timeout=30) as http,
        http.stream("GET", address, headers=headers) as answer,
    ):
        lines = answer.aiter_lines()
        async for line in lines:
            if line == 'data: {"unread": 0}':
                break
        open_inboxes = await samples(running, Part("notification", "api"))
        assert total(open_inboxes, "tera_inbox_streams") == 1
        async with Load([office.desk], clients=1, marks=critical_marks) as load:
            await load.reach(1)
            await load.stop()
        async for line in lines:
            if "A very low mark in Loket" in line:
                break

    async def counted() -> bool:
        found = await samples(running, Part("notification", "worker"))
        return total(found, "tera_notices_total", occasion="critical_answer") >= 1

    await eventually(counted)


async def test_every_process_shows_metrics_without_personal_data(running: Installation) -> None:
    for part in PARTS:
        found = await samples(running, part)
        assert "process_resident_memory_bytes" in found
        labels = {label for has in found.values() for names, _ in has for label in names}
        assert not labels & {"person", "officer", "subject", "name", "nip", "token"}


async def test_a_transaction_that_stays_open_is_seen(running: Installation) -> None:
    connection = await asyncpg.connect(running.databases["feedback"].api)
    try:
        async with connection.transaction():
            await connection.execute("select")

            async def seen() -> bool:
                found = await samples(running, Part("feedback", "worker"))
                return total(found, "tera_database_oldest_transaction_age_seconds") > 1

            await eventually(seen, within=20)
    finally:
        await connection.close()
