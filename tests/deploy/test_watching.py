"""A real Prometheus with our rules watches a running installation: does it see what we say?

Names and labels are held against the catalogue in test_prometheus.py; here every expression is
asked for data, which also finds a wrong value of a label, a metric that nobody sets, a join that
fails.
"""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
import pytest_asyncio

from devstack.system import PARTS, Part
from shared.contracts import FACTS
from tests.support.boards import board_expressions
from tests.support.databases import Templates
from tests.support.installation import Installation, Office, installation
from tests.support.load import Load
from tests.support.prometheus import Prometheus, job, prometheus, rules
from tests.support.promql import sides
from tests.support.runbooks import runbook_expressions, runbook_queries
from tests.support.topic import Raw
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.broker,
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        shutil.which("prometheus") is None,
        reason="prometheus is not installed (Debian: prometheus)",
    ),
]

_IN_TROUBLE = re.compile(
    r"ALERTS|tera_consumer_retries|tera_dead_letters_parked|status=\"5xx\"|result!=\"accepted\""
    r"|offset 15m"
)
"""Inputs that are empty while all is well, or in the first minutes."""


@dataclass(frozen=True)
class Watched:
    """An installation through which answers went, and the Prometheus that watches it."""

    running: Installation
    office: Office
    prometheus: Prometheus

    async def active(self) -> set[tuple[str, str]]:
        """Alerts that are pending or firing, each with the label that says where."""
        return {
            (labels["alertname"], next((labels[n] for n in ("job", "group") if n in labels), ""))
            for labels in (alert["labels"] for alert in await self.prometheus.alerts())
        }


@pytest_asyncio.fixture(scope="module")
async def watched(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watched]:
    folder = tmp_path_factory.mktemp("watching")
    async with (
        installation(templates, folder) as running,
        prometheus(running.system, folder) as asked,
    ):
        office = await running.office()
        async with Load([office.desk], clients=2, pause=0.05) as load:
            await load.reach(40)
            await load.stop()
        async with httpx.AsyncClient() as http:
            wrong = {"counter": "ZZZZZZ", "scores": {"waktu": 4}}
            refused = await http.post(office.desk.url, json=wrong)
            assert refused.status_code == httpx.codes.NOT_FOUND
            page = (
                f"{running.environment['TERA_PORTAL_HTTP']}/j/{office.tenant}/{office.desk.counter}"
            )
            incomplete = await http.post(page, data={})
            assert incomplete.status_code < httpx.codes.INTERNAL_SERVER_ERROR
        yield Watched(running, office, asked)


async def test_every_process_is_found_under_its_name(watched: Watched) -> None:
    async def found() -> bool:
        up = await watched.prometheus.ask("up == 1")
        labels = [one["metric"] for one in up]
        found = {(its["job"], its["service"], its["role"]) for its in labels}
        assert found == {(job(part), part.service, part.role) for part in PARTS}
        return True

    await eventually(found, within=20)


async def test_every_input_of_rules_boards_and_runbooks_has_data(watched: Watched) -> None:
    expressions = [rule["expr"] for rule in rules()]
    expressions += [expression for _, expression in (*board_expressions(), *runbook_expressions())]
    inputs = {side for expression in expressions for side in sides(expression)}
    assert len(inputs) > 80

    async def answered() -> bool:
        empty = [side for side in sorted(inputs) if not await watched.prometheus.ask(side)]
        assert [side for side in empty if not _IN_TROUBLE.search(side)] == []
        return True

    await eventually(answered, within=40, every=1)
    for expression in expressions:
        await watched.prometheus.ask(expression)


async def test_queries_of_runbooks_run(watched: Watched) -> None:
    """As an administrator of the server, in the database that each names."""
    server = urlsplit(watched.running.environment["TERA_ADMIN_URL"])
    for page, service, query in runbook_queries():
        database = urlsplit(watched.running.databases[service].owner).path
        connection = await asyncpg.connect(urlunsplit(server._replace(path=database)))
        try:
            await connection.fetch(query)
        except asyncpg.PostgresError as error:
            raise AssertionError(f"{page}: {error}\n{query}") from error
        finally:
            await connection.close()


async def test_the_figures_are_those_of_what_was_sent(watched: Watched) -> None:
    tenant = f'tenant="{watched.office.tenant}"'

    async def agreed() -> bool:
        for counter in ("tera_intake_accepted_total", "tera_facts_counted_total"):
            [shown] = await watched.prometheus.ask(f"sum({counter}{{{tenant}}})")
            stored = await watched.running.value("scoring", "select count(*) from facts")
            assert float(shown["value"][1]) == stored >= 40
        return True

    await eventually(agreed, within=20)


async def test_answers_to_feedback_and_on_the_portals_pages_are_in_the_error_budget(
    watched: Watched,
) -> None:
    async def both() -> bool:
        asked = await watched.prometheus.ask("sum by (service) (tera:intake_requests:total) > 0")
        assert {one["metric"]["service"] for one in asked} == {"feedback", "portal"}
        return True

    await eventually(both, within=20)


async def test_while_all_is_well_no_alert_is_even_pending(watched: Watched) -> None:
    async def silent() -> bool:
        for rule in await watched.prometheus.rules():
            assert rule["health"] == "ok", rule
        assert await watched.active() == set()
        return True

    await eventually(silent, within=20)


async def test_a_bad_record_and_a_worker_that_is_gone_are_seen(watched: Watched) -> None:
    """Scoring sets a record aside and is ended; answers go on."""
    running, group = watched.running, f"{watched.running.prefix}scoring-{FACTS.name}"
    bad = Raw(b"no/fact", b"{", [("ce_type", b"feedback.survey_answered.v1")])
    await running.produce(FACTS, [bad])

    async def set_aside() -> bool:
        return ("TeraDeadLettersOpen", group) in await watched.active()

    await eventually(set_aside, within=20)
    [parked] = await watched.prometheus.ask(f'tera_dead_letters_parked_total{{group="{group}"}}')
    assert parked["value"][1] == "1"
    running.system.child(Part("scoring", "worker")).stop(within=15)
    async with Load([watched.office.desk], clients=4, seed=2) as load:
        await load.reach(100)
        await load.stop()

    async def missed() -> bool:
        active = await watched.active()
        assert ("TeraProcessAbsent", "scoring-worker") in active
        assert ("TeraAcceptedNotScored", "") in active
        return True

    await eventually(missed, within=20)
