"""One citizen's answer is one trace, from the POST to what it changed. Off unless it is wanted."""

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from devstack.stack import Stack
from devstack.system import Part
from shared.contracts import FACTS, RESULTS
from shared.observability.otlp import CLOSE_SECONDS, QUEUE, OtlpRecorder
from tests.support.collector import Collector, Received, collector
from tests.support.databases import Templates
from tests.support.installation import Installation, installation
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

ENDPOINT = "TERA_OTLP_ENDPOINT"
SAMPLED = "00-{:032x}-00000000000000aa-01"
UNSAMPLED = "00-{:032x}-00000000000000aa-00"
PARTS = tuple(
    Part(service, role)
    for service in ("registry", "feedback", "scoring", "notification")
    for role in ("api", "worker")
)

COUNTED = [
    ("tera-feedback api", "POST /v1/tenants/{tenant}/answers"),
    ("tera-feedback worker", "publish"),
    ("tera-scoring worker", f"process {FACTS.name}"),
    ("tera-scoring worker", "recompute"),
    ("tera-scoring worker", "publish"),
    ("tera-notification worker", f"process {RESULTS.name}"),
]
TOLD = [
    *COUNTED[:2],
    ("tera-notification worker", f"process {FACTS.name}"),
    ("tera-notification worker", "tell"),
    ("tera-notification worker", "send email"),
    ("tera-notification worker", "publish"),
]
"""An answer with the lowest mark is told to the unit's head."""
COMMITTED = [COUNTED[0], ("tera-feedback api", "commit")]


@pytest_asyncio.fixture(scope="module")
async def traced(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Installation, Collector]]:
    """All services; what nobody asked to trace is not traced."""
    settings = {"TERA_TRACE_SAMPLE": "0"}
    with collector() as taking:
        settings[ENDPOINT] = taking.url
        folder: Path = tmp_path_factory.mktemp("traced")
        async with installation(templates, folder, parts=PARTS, settings=settings) as running:
            yield running, taking


async def test_an_answer_is_one_trace_from_the_post_to_the_message(
    traced: tuple[Installation, Collector],
) -> None:
    running, taking = traced
    office, other = await running.office(), await running.office()
    await office.head()
    # Of two answers that one recompute counts together only the first announces the score, so what
    # is not sampled goes to another office.
    async with httpx.AsyncClient() as citizen:
        for number, kind, asked in ((1, UNSAMPLED, other), (2, SAMPLED, office)):
            answer = await citizen.post(
                f"{asked.desk.url}?token=secret",
                json={
                    "counter": asked.desk.counter,
                    "scores": {"waktu": 1},
                    "comment": "rahasia",
                },
                headers={"traceparent": kind.format(number)},
            )
            answer.raise_for_status()

    async def complete() -> list[Received]:
        spans = taking.traces()[f"{2:032x}"]
        known = [way_of(span, spans) for span in spans]
        assert COMMITTED in known
        assert COUNTED in known
        assert TOLD in known
        return spans

    spans = await eventually(complete, within=30)
    assert set(taking.traces()) == {f"{2:032x}"}, "the other was not sampled"
    ids = {span.id for span in spans}
    assert {span.parent for span in spans} - ids == {"00000000000000aa"}, "no link is missing"
    told = json.dumps([span.attributes for span in spans])
    for secret in ("secret", "rahasia", office.desk.counter, str(office.tenant)):
        assert secret not in told


def way_of(span: Received, spans: list[Received]) -> list[tuple[str, str]]:
    """From the first span of the trace to this one, by parents."""
    by_id = {each.id: each for each in spans}
    way = [span]
    while way[-1].parent in by_id:
        way.append(by_id[way[-1].parent])
    return [(each.process, each.name) for each in reversed(way)]


_LOADED = """
import sys
from cli.main import app
from shared.observability.spans import recording
from shared.settings import Settings
from importlib import import_module
settings = Settings()
with recording(settings, service="feedback", role="all"):
    for service in ("registry", "feedback", "scoring", "notification"):
        module = import_module(f"services.{service}.app")
        module.build_api(settings)
        module.build_worker(settings)
    print("opentelemetry.sdk" in sys.modules)
"""


@pytest.mark.parametrize(("setting", "loaded"), [({}, "False"), ({ENDPOINT: "x"}, "True")])
def test_the_sdk_is_not_even_loaded_without_the_setting(
    stack: Stack, setting: dict[str, str], loaded: str
) -> None:
    environment = {"PATH": os.environ["PATH"], **stack.environment, **setting}
    done = subprocess.run(
        [sys.executable, "-c", _LOADED],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == loaded, done.stderr


def test_an_endpoint_that_is_away_costs_nothing_but_the_spans() -> None:
    recorder = OtlpRecorder("http://127.0.0.1:9", share=1.0, service="test", role="api")
    began = time.monotonic()
    for _ in range(2 * QUEUE):
        recorder.begin("request", "server", parent=None).end(failed=True)
    assert time.monotonic() - began < 5
    began = time.monotonic()
    recorder.close()
    assert time.monotonic() - began < CLOSE_SECONDS + 1
