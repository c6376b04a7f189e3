"""PostgreSQL down: 503, and back by itself. Kafka down: the api does not notice (promise G5)."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from devstack.environment import service_urls
from devstack.postgres import Postgres
from shared.settings import Settings
from tests.feedback.conftest import MARKS, Feedback, Mint, serve_feedback, slug
from tests.support.databases import Database, Templates
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server of this module's own, which may be stopped."""
    with tempfile.TemporaryDirectory(prefix="tera-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder) / "postgres")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest_asyncio.fixture
async def feedback_database(postgres: Postgres) -> AsyncIterator[Database]:
    urls = service_urls(postgres.admin_url(), lambda role: f"secret-of-{role}")
    async with Templates(postgres.admin_url(), urls).clone("feedback") as database:
        yield database


async def test_postgresql_goes_and_comes_back(postgres: Postgres, feedback: Feedback) -> None:
    counter = await feedback.counter()
    body = {"counter": counter["code"], "scores": MARKS}
    accepted: set[str] = set()
    refused = 0
    stopping = asyncio.Event()

    async def client(number: int) -> None:
        nonlocal refused
        count = 0
        while not stopping.is_set():
            response = await feedback.answer(body, key=f"{number}-{count}")
            if response.status_code == 503:
                refused += 1
                assert slug(response) == "temporarily-unavailable"
                assert int(response.headers["retry-after"]) > 0
                await asyncio.sleep(0.02)
            else:
                assert response.status_code in {200, 201}, response.text
                accepted.add(response.json()["fact_id"])
                count += 1

    async def progress() -> bool:
        return len(accepted) > goal

    clients = [asyncio.create_task(client(number)) for number in range(8)]
    goal = 50
    await eventually(progress)
    await asyncio.to_thread(postgres.stop)
    assert (await feedback.http.get("/readyz")).status_code == 503
    officer = await feedback.http.get("/v1/answers", headers=feedback.headers())
    assert (officer.status_code, slug(officer)) == (503, "temporarily-unavailable")
    await asyncio.to_thread(postgres.start)
    goal = len(accepted) + 50
    await eventually(progress)
    stopping.set()
    await asyncio.gather(*clients)
    assert refused > 0
    assert await feedback.count() == len(accepted)
    assert (await feedback.http.get("/readyz")).status_code == 200


async def test_the_api_starts_before_postgresql(
    postgres: Postgres, settings: Settings, feedback_database: Database, token: Mint
) -> None:
    await asyncio.to_thread(postgres.stop)
    try:
        async with serve_feedback(settings, feedback_database, token) as feedback:
            body = {"counter": "000000", "scores": MARKS}
            assert (await feedback.http.get("/livez")).status_code == 200
            for key, promise in ((None, "may count twice"), ("a-key", "stored once")):
                away = await feedback.answer(body, key=key)
                assert (away.status_code, slug(away)) == (503, "temporarily-unavailable")
                assert promise in away.json()["detail"]
            await asyncio.to_thread(postgres.start)
            await feedback.seed()
            response = await feedback.answer(body)
            assert (response.status_code, slug(response)) == (404, "unknown-counter")
    finally:
        if not postgres.running:
            await asyncio.to_thread(postgres.start)


def test_the_api_role_loads_no_kafka_client(settings: Settings) -> None:
    # Every test of this folder names a Kafka address at which nobody listens, and answers are
    # accepted; this one holds that nothing could reach it.
    program = (
        "import sys; from services.feedback.app import build_api; "
        "from shared.settings import Settings; build_api(Settings()); "
        "print([name for name in sys.modules if name in ('aiokafka', 'faststream')])"
    )
    issuer = settings.required_oidc_issuer()
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={
            "TERA_OIDC_ISSUER": issuer,
            "TERA_FEEDBACK_API_URL": "postgresql://nobody@127.0.0.1:9/x",
        },
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"
