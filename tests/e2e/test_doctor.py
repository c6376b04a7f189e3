"""`tera doctor` says of an installation that is really broken what is wrong, and what to do."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from cli.doctor.command import examine
from cli.doctor.consumers import check_consumers
from cli.doctor.databases import check_databases
from cli.doctor.findings import Finding, Limits, Patient
from cli.doctor.settings import check_settings
from devstack.system import Part
from shared.contracts import DELIVERIES, REGISTRY_CHANGES, TenantChanged
from shared.db import uuid7
from shared.messaging.topics import administration
from shared.settings import Settings
from tests.support.commands import tera
from tests.support.databases import Templates
from tests.support.installation import Installation, installation
from tests.support.topic import record_of
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

SCORING = Part("scoring", "worker")
FEEDBACK = Part("feedback", "worker")
PARTS = (Part("registry", "api"), Part("notification", "worker"), FEEDBACK, SCORING)


@pytest_asyncio.fixture(scope="module")
async def running(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("doctor")
    async with installation(templates, folder, parts=PARTS) as made:
        yield made


def patient(running: Installation, *, limits: Limits | None = None, **changed: str) -> Patient:
    environment = dict(running.environment) | changed
    settings = Settings(
        kafka_bootstrap=environment["TERA_KAFKA_BOOTSTRAP"],
        topic_prefix=running.prefix,
        oidc_issuer=environment["TERA_OIDC_ISSUER"],
    )
    return Patient(settings, environment, limits or Limits())


async def execute(url: str, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


def said(findings: list[Finding], severity: str = "error") -> str:
    return "\n".join(f"{f.sentence} {f.next}" for f in findings if f.severity == severity)


async def test_a_whole_installation_has_no_errors(running: Installation) -> None:
    findings = json.loads(await tera(running, "doctor", "--json"))
    assert {each["severity"] for each in findings} <= {"warning", "skipped"}
    assert any("has 8 partitions" in each["sentence"] for each in findings), "said, not hidden"


async def test_an_open_transaction(running: Installation) -> None:
    holder = await asyncpg.connect(running.databases["feedback"].api)
    await holder.execute("begin; select 1")
    impatient = patient(running, limits=Limits(transaction=0.5))

    async def noticed() -> bool:
        return "feedback: a transaction has been open" in said(
            await check_databases(impatient), "warning"
        )

    try:
        await eventually(noticed)
    finally:
        await holder.close()


async def test_a_consumer_that_stands_still(running: Installation) -> None:
    pid = running.system.child(FEEDBACK).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        tenant = uuid7()
        changed = TenantChanged(
            tenant_id=tenant, id=tenant, version=1, slug="kota", name="Kota", zone="Asia/Jakarta"
        )
        await running.produce(REGISTRY_CHANGES, [record_of(changed)])

        async def others_have_read() -> bool:
            return await running.lag("scoring", REGISTRY_CHANGES) == 0

        await eventually(others_have_read)
        told = said(await check_consumers(patient(running, limits=Limits(progress=0.5))))
    finally:
        os.kill(pid, signal.SIGCONT)
    assert "feedback-registry.changes.v1 has members but stands still with 1 records" in told
    assert "scoring-" not in told, "who has read it is well"

    async def recovered() -> bool:
        return not said(await check_consumers(patient(running)))

    await eventually(recovered)


async def test_logins_that_are_too_mighty_or_the_same(running: Installation) -> None:
    owner = running.databases["scoring"].owner
    admin = running.environment["TERA_ADMIN_URL"].rpartition("/")[0]
    mighty = f"{admin}/{owner.rpartition('/')[2]}"
    told = said(await check_databases(patient(running, TERA_SCORING_API_URL=mighty)))
    assert "scoring: the api login is a superuser" in told
    same = patient(running, TERA_SCORING_API_URL=owner)
    assert "Logins of scoring share an account" in said(await check_settings(same))
    assert "scoring: the api login may create tables" in said(await check_databases(same))
    elsewhere = patient(running, TERA_SCORING_API_URL=running.databases["feedback"].api)
    told = said(await check_settings(elsewhere))
    assert "The logins of scoring lead to different databases" in told
    assert "feedback and scoring use the same database" in told


async def test_a_broken_installation_is_described(running: Installation) -> None:
    """A worker gone, a topic dropped, migrations amiss, an outbox that waits, a dead letter, an
    issuer and an API that are not there."""
    owner = {name: database.owner for name, database in running.databases.items()}
    worker = {name: database.worker for name, database in running.databases.items()}
    for part in (SCORING, FEEDBACK):
        await asyncio.to_thread(running.system.child(part).stop)
    async with administration(running.environment["TERA_KAFKA_BOOTSTRAP"]) as client:
        await client.delete_topics([running.prefix + DELIVERIES.name])
    await execute(owner["scoring"], "update alembic_version set version_num = '0001'")
    await execute(owner["registry"], "update alembic_version set version_num = '9999'")
    await execute(
        worker["feedback"],
        "insert into outbox (shard, tenant_id, topic, key, event_id, event_type, subject, time,"
        " body, created_at)"
        " values (0, $1, 't', 'k', $1, 'e', 's', now(), '', now() - '1h'::interval)",
        uuid7(),
    )
    await execute(
        worker["scoring"],
        "insert into dead_letters (consumer_group, topic, partition, record_offset, headers,"
        " reason, detail) values ('g', 't', 0, 0, '[]', 'undecodable', '')",
    )
    broken = dict(running.environment) | {
        "TERA_OIDC_ISSUER": "http://127.0.0.1:9",
        "TERA_SCORING_HTTP": "http://127.0.0.1:9",
        "TERA_SMTP_URL": "smtp://127.0.0.1:9",
        "TERA_MAIL_FROM": "",
    }
    told = await tera(replace(running, environment=broken), "doctor", "--json", fails=True)
    listed: list[dict[str, Any]] = json.JSONDecoder().raw_decode(told)[0]
    errors = {
        (each["check"], each["sentence"], each["next"])
        for each in listed
        if each["severity"] == "error"
    }
    for check, sentence, command in (
        ("settings", "TERA_MAIL_FROM is not", "set TERA_MAIL_FROM"),
        ("databases", "scoring: the database is at migration 0001", "tera migrate scoring"),
        ("databases", "registry: the database is at migration 9999", "newer version"),
        ("databases", "feedback: 1 events wait in the outbox", "tera serve feedback --role worker"),
        ("topics", f"{DELIVERIES.name} does not exist", "tera topics create"),
        ("issuer", "The issuer http://127.0.0.1:9 does not answer", "TERA_OIDC_ISSUER"),
        ("mail", "The mail server 127.0.0.1:9 does not answer", "TERA_SMTP_URL"),
        ("processes", "The API of scoring at http://127.0.0.1:9", "tera serve scoring --role api"),
        ("consumers", "Nobody reads feedback.facts.v1 for scoring", "tera serve scoring"),
        ("consumers", "Nobody reads registry.changes.v1 for feedback", "tera serve feedback"),
    ):  # fmt: skip
        assert any(check == c and sentence in s and command in n for c, s, n in errors), (
            sentence,
            errors,
        )
    assert any(
        "1 records were set aside by g" in each["sentence"] and "tera dead-letters" in each["next"]
        for each in listed
    )
    secrets = [running.databases["scoring"].worker.split(":")[2].split("@")[0]]
    assert not [secret for secret in secrets if secret in json.dumps(listed)]


async def test_without_kafka_and_databases_it_still_answers() -> None:
    environment = {
        f"TERA_SCORING_{login}_URL": f"postgresql://{login}:hidden@127.0.0.1:9/scoring"
        for login in ("OWNER", "API", "WORKER")
    }
    nowhere = Patient(Settings(kafka_bootstrap="127.0.0.1:9", oidc_issuer="nowhere"), environment)
    found = await examine(nowhere)
    told = said([each for findings in found.values() for each in findings])
    assert "scoring as worker: 127.0.0.1:9/scoring cannot be reached" in told
    assert "Kafka at 127.0.0.1:9 does not answer" in told
    assert "The issuer nowhere does not answer" in told
    assert "hidden" not in told
