"""The catalogue of metrics: complete, explained, bounded, without personal data."""

import re

import httpx
import pytest

from shared.observability.exposition import exposition
from shared.observability.logs import FORBIDDEN_KEYS
from shared.observability.metrics import CATALOGUE, REGISTRY, Metric

BOUNDED = {
    "channel",
    "group",
    "kind",
    "method",
    "occasion",
    "outcome",
    "part",
    "partition",
    "reason",
    "result",
    "route",
    "status",
    "tenant",
    "topic",
}
each = pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)


@each
def test_each_metric_is_explained(metric: Metric) -> None:
    assert re.fullmatch(r"tera_[a-z]+(_[a-z]+)+", metric.name)
    assert metric.meaning.endswith(".")
    assert len(metric.meaning.split()) >= 4


@each
def test_units_and_types_agree_with_names(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert "millis" not in metric.name


@each
def test_labels_are_bounded_and_not_personal(metric: Metric) -> None:
    assert set(metric.labels) <= BOUNDED
    assert not set(metric.labels) & FORBIDDEN_KEYS


def test_the_tenant_is_a_label_of_few_counters() -> None:
    with_tenant = [metric for metric in CATALOGUE if "tenant" in metric.labels]
    assert len(with_tenant) <= 5
    assert {metric.kind for metric in with_tenant} <= {"counter"}


def test_names_are_unique_and_all_are_registered() -> None:
    names = [metric.name for metric in CATALOGUE]
    assert len(names) == len(set(names))
    registered = {family.name for family in REGISTRY.collect() if family.name.startswith("tera_")}
    assert registered == {name.removesuffix("_total") for name in names}


@pytest.mark.parametrize(
    ("path", "alive", "ready", "status"),
    [
        ("/livez", True, False, 200),
        ("/livez", False, True, 503),
        ("/readyz", False, True, 200),
        ("/readyz", True, False, 503),
    ],
)
async def test_probes(path: str, alive: bool, ready: bool, status: int) -> None:
    app = exposition(alive=lambda: alive, ready=lambda: ready)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        assert (await client.get(path)).status_code == status
        text = (await client.get("/metrics")).text
    assert "# HELP tera_outbox_rows Rows waiting" in text
    assert "process_cpu_seconds_total" in text
