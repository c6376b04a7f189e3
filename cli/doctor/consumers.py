"""Whether each consumer group has members, and moves."""

import asyncio
from typing import Any

import asyncpg
from aiokafka.errors import KafkaError

from cli.consumer_groups import definitions
from cli.doctor.findings import Finding, Patient, error, skipped, why
from services import SERVICES
from shared.db import open_pool
from shared.messaging.consumer import Consumer
from shared.messaging.positions import Position, members_of, positions
from shared.messaging.topics import NotThere

NOTHING_LOST = "Nothing is lost"


async def check_consumers(patient: Patient) -> list[Finding]:
    bootstrap = patient.settings.kafka_bootstrap
    if bootstrap is None:
        return [skipped("Consumers: no broker is known")]
    found: list[Finding] = []
    for service in SERVICES:
        url = patient.url(service, "worker")
        if url is None:
            found.append(
                skipped(f"{service}: its consumers are not known without its worker login")
            )
            continue
        try:
            for consumer in await _definitions(patient, service, url):
                found += await _check(patient, bootstrap, consumer)
        except NotThere:
            continue  # said of the topics
        except (KafkaError, OSError, TimeoutError, asyncpg.PostgresError) as failure:
            found.append(
                error(f"{service}: its consumers cannot be looked at ({why(failure)}).",
                      "see what is said of Kafka and of the database")
            )  # fmt: skip
    return found


async def _definitions(patient: Patient, service: str, url: str) -> "list[Consumer[Any]]":
    async with await open_pool(url, max_size=1) as pool:
        return definitions(service, patient.settings, pool)


async def _check(patient: Patient, bootstrap: str, consumer: "Consumer[Any]") -> list[Finding]:
    prefix = patient.settings.topic_prefix
    group, topic = consumer.group(prefix), prefix + consumer.topic.name
    before = await positions(bootstrap, group=group, topic=topic)
    lag = sum(position.lag for position in before)
    if not await members_of(bootstrap, group):
        return [
            error(
                f"Nobody reads {consumer.topic.name} for {consumer.service}; {lag} records wait. "
                f"{NOTHING_LOST}.",
                f"start `tera serve {consumer.service} --role worker`",
            )
        ]
    if lag == 0:
        return []
    await asyncio.sleep(patient.limits.progress)
    after = await positions(bootstrap, group=group, topic=topic)
    if _moved(before, after):
        return []
    return [
        error(
            f"{group} has members but stands still with {lag} records before it. {NOTHING_LOST}.",
            "look at the log of the worker (action consumer.halted or consumer.retry) and at "
            f"`tera dead-letters list --service {consumer.service}`; then start the worker again",
        )
    ]


def _moved(before: list[Position], after: list[Position]) -> bool:
    return [each.committed for each in before] != [each.committed for each in after]
