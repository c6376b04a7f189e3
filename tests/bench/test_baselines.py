"""What the benchmarks compare with really does the work: ratios to something idle mean nothing."""

from functools import partial
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.baselines.one_by_one import count
from bench.baselines.process import DATABASE, start_baseline
from bench.counters import ByStatement, Counted
from bench.facts import Sums, make_facts
from bench.ledger import Ledger
from bench.load import Plan, run_in_process
from bench.place import Place, fill_feedback, fill_scoring, make_place
from bench.requests import answer_requests
from devstack.ports import answers, free_port
from shared.contracts import SurveyAnswered
from tests.support.databases import Database


@pytest.fixture(scope="module")
def place() -> Place:
    return make_place()


def test_facts_are_the_contracts_and_their_sums_exact(place: Place) -> None:
    facts = make_facts(place, 600, seed=1)
    newest: dict[object, SurveyAnswered] = {}
    for message in facts.messages:
        event = SurveyAnswered.read(message.value)
        assert message.value == event.body()
        assert message.key.decode() == event.key()
        known = newest.get(event.fact_id)
        if known is None or known.revision < event.revision:
            newest[event.fact_id] = event
    sums = Sums()
    for event in newest.values():
        if event.counted:
            sums.add(event.scores.model_dump(exclude_none=True), 1)
    assert (len(newest), sums) == (facts.distinct, facts.sums)
    assert len(facts.messages) > facts.distinct


@pytest.mark.parametrize("module", ["bare_route", "session_route"])
async def test_routes_accept_every_request(
    module: str, place: Place, feedback_database: Database, tmp_path: Path
) -> None:
    await fill_feedback(feedback_database.worker, place)
    port = free_port()
    child = start_baseline(
        module, str(port), folder=tmp_path, environment={DATABASE: feedback_database.worker}
    )
    try:
        child.wait_until(partial(answers, port), within=30)
        load = run_in_process(
            Plan(port, answer_requests(place), run="t", seconds=0.5, connections=4, warm_seconds=0)
        )
    finally:
        child.stop()
    assert load.accepted > 0
    assert not load.refused, load.first_refusal
    if module == "session_route":
        connection = await asyncpg.connect(feedback_database.worker)
        stored = await connection.fetchval("select count(distinct claim) from answers")
        outgoing = await connection.fetchval("select count(distinct key) from outbox")
        await connection.close()
        assert (stored, outgoing) == (load.accepted, load.accepted)


async def test_the_statement_counts_exactly(place: Place, scoring_database: Database) -> None:
    await fill_scoring(scoring_database.worker, place)
    ledger = Ledger(scoring_database.worker)
    await ledger.open()
    counted = Counted("statement", ledger)
    await ByStatement(scoring_database.worker, counted).take(make_facts(place, 300, seed=2))
    for kind in ("unit", "person"):
        assert await ledger.sums(kind) == counted.sums
    await ledger.close()


async def test_one_by_one_counts_exactly(place: Place, scoring_database: Database) -> None:
    await fill_scoring(scoring_database.worker, place)
    url = scoring_database.worker.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    sessions = async_sessionmaker(engine, class_=AsyncSession)
    facts = make_facts(place, 120, seed=3)
    for message in facts.messages:
        async with sessions() as database, database.begin():
            await count(database, SurveyAnswered.read(message.value))
    await engine.dispose()
    ledger = Ledger(scoring_database.worker)
    await ledger.open()
    for kind in ("unit", "person"):
        assert await ledger.sums(kind) == facts.sums
    await ledger.close()
