"""`tera dead-letters`, `tera consumers` and `tera topics`, as an operator types them."""

import asyncio
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from cli.main import app
from devstack.stack import Stack
from shared.contracts import TenantChanged
from shared.messaging.consumer import Refused
from shared.messaging.dead_letters import park, verdict
from shared.messaging.records import Record
from tests.support.databases import Database

pytestmark = pytest.mark.broker

TENANT = TenantChanged(
    tenant_id=uuid4(), id=uuid4(), version=1, slug="salatiga", name="Salatiga", zone="Asia/Jakarta"
)
BAD = Record(
    "registry.changes.v1",
    3,
    17,
    TENANT.key().encode(),
    b'{"version": "one"}',
    (("ce_type", TenantChanged.type.encode()),),
)


@pytest.fixture
def prefix(
    stack: Stack, scoring_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str:
    """The settings of an installation of its own."""
    made = f"commands_{uuid4().hex[:8]}."
    bootstrap = stack.environment["TERA_KAFKA_BOOTSTRAP"]
    settings = scoring_database.environment() | {
        "TERA_TOPIC_PREFIX": made,
        "TERA_KAFKA_BOOTSTRAP": bootstrap,
        "TERA_HOME": str(tmp_path),
    }
    for variable, value in settings.items():
        monkeypatch.setenv(variable, value)
    return made


async def tera(*words: str, code: int = 0) -> str:
    """Output of a command, which must leave with ``code``."""
    done = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert done.exit_code == code, done.output
    return done.output


async def test_a_letter_is_listed_shown_and_replayed(
    prefix: str, scoring_database: Database, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(scoring_database.worker)
    letter = verdict(BAD, Refused("undecodable", "version: int_type"))
    await park(connection, f"{prefix}scoring-registry.changes.v1", [letter])
    (letter_id,) = await connection.fetchrow("select id from dead_letters")
    await connection.close()
    one = ("--service", "scoring", str(letter_id))

    listed = await tera("dead-letters", "list", "--service", "scoring")
    assert "undecodable" in listed
    assert "version: int_type" in listed
    assert "3/17" in listed
    shown = await tera("dead-letters", "show", *one)
    assert '{"version": "one"}' in shown
    assert "ce_type: registry.tenant.v1" in shown

    again = await tera("dead-letters", "replay", "--service", "scoring", "--all", code=1)
    assert "still bad, stays parked: undecodable" in again
    right = tmp_path / "right.json"
    right.write_bytes(TENANT.body())
    assert "replayed" in await tera("dead-letters", "replay", *one, "--body", str(right))
    assert "was replayed at" in await tera("dead-letters", "replay", *one, code=1)
    assert "No dead letters." in await tera("dead-letters", "list", "--service", "scoring")
    every = await tera("dead-letters", "list", "--service", "scoring", "--replayed")
    assert "(replayed)" in every


async def test_topics_lag_and_rewind(prefix: str) -> None:
    assert "tera topics create" in await tera("consumers", "lag", "--service", "scoring", code=1)
    created = await tera("topics", "create", "--partitions", "2")
    assert f"{prefix}feedback.facts.v1: created, 2 partitions" in created
    assert "differs:" in await tera("topics", "create", code=1)
    lag = await tera("consumers", "lag", "--service", "scoring")
    assert f"{prefix}scoring-feedback.facts.v1" in lag
    back = await tera("consumers", "rewind", "--to", "beginning", "--service", "scoring")
    assert "nothing to take back" in back


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("dead-letters", "replay"), "or say --all"),
        (("dead-letters", "replay", "4"), "say which with --service"),
        (("dead-letters", "list", "--service", "portal"), "registry, feedback, scoring"),
        (("consumers", "rewind", "--to", "yesterday"), "or `beginning`"),
    ],
)
async def test_wrong_words_are_answered_with_the_right_ones(
    words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in await tera(*words, code=2)
