"""Rules, boards and runbooks agree with the catalogue of metrics and with each other.

What they show of a running installation is in test_watching.py.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from devstack.system import PARTS
from shared.messaging.outbox import SHARDS
from shared.observability.metrics import CATALOGUE
from tests.support.boards import BOARDS, GRAFANA, board_expressions
from tests.support.prometheus import FOLDER, configuration, job, rules
from tests.support.promql import grouping, selectors
from tests.support.runbooks import RUNBOOKS, runbook_expressions

ALERTS = [rule for rule in rules() if "alert" in rule]
RECORDS = {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}
ROOT = FOLDER.parents[1]
UNIT_TESTS = sorted((FOLDER / "tests").glob("*.yml"))
TARGET = {"job", "instance", "service", "role"}
"""Labels that Prometheus gives to whatever it finds."""
ITS_OWN = {"up": set(), "scrape_duration_seconds": set(), "ALERTS": {"alertname", "alertstate"}}
PYTHON = ("process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds")
OF_THE_PROCESS = {*PYTHON, "process_max_fds", "process_cpu_seconds_total"}

promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)"
)


def _known() -> dict[str, set[str]]:
    """Every series that may be asked for, with its labels."""
    known: dict[str, set[str]] = {name: set(labels) for name, labels in ITS_OWN.items()}
    known |= {name: set() for name in OF_THE_PROCESS}
    for metric in CATALOGUE:
        if metric.kind == "histogram":
            known |= {f"{metric.name}_{part}": set(metric.labels) for part in ("sum", "count")}
            known[f"{metric.name}_bucket"] = {*metric.labels, "le"}
        else:
            known[metric.name] = set(metric.labels)
    for name, expression in RECORDS.items():  # in the order of the file: each knows the former
        known[name] = set().union(*(known[found.metric] for found in selectors(expression)))
    return known


KNOWN = _known()
EXPRESSIONS = (
    [pytest.param(rule["expr"], id=rule.get("alert") or rule["record"]) for rule in rules()]
    + [pytest.param(expr, id=title) for title, expr in board_expressions()]
    + [pytest.param(expr, id=name) for name, expr in runbook_expressions()]
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_metrics_and_labels_are_in_the_catalogue(expression: str) -> None:
    found = selectors(expression)
    assert found or "vector(" in expression
    for selector in found:
        allowed = KNOWN[selector.metric] | TARGET
        assert {label for label, _, _ in selector.matchers} <= allowed, selector
    assert grouping(expression) <= TARGET.union(*(KNOWN[one.metric] for one in found))


def test_an_alert_says_what_to_do() -> None:
    for alert in ALERTS:
        assert alert["labels"]["severity"] in {"critical", "warning"}
        words = alert["annotations"]
        assert words.keys() == {"summary", "description", "runbook_url"}
        assert words["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"
        assert len(words["description"].split()) >= 15
        commands = re.findall(r"`tera ([a-z-]+)", words["description"])
        assert set(commands) <= {"dead-letters", "consumers"}


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert {alert["alert"] for alert in ALERTS} == {page.stem for page in RUNBOOKS}


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_a_runbook_has_its_five_parts(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "What it means",
        "What people notice",
        "How to look",
        "What to do",
        "When it is over",
    ]


def test_operations_lists_every_alert_with_its_severity() -> None:
    listed = (ROOT / "docs" / "operations.md").read_text()
    rows = dict(re.findall(r"^\| \[(\w+)\]\(runbooks/\1\.md\) \| ([\w, ]+) \|", listed, re.M))
    severities: dict[str, list[str]] = {}
    for alert in ALERTS:
        severities.setdefault(alert["alert"], []).append(alert["labels"]["severity"])
    assert rows == {name: ", ".join(found) for name, found in severities.items()}


def test_every_kind_of_process_is_watched_and_missed() -> None:
    [scrape] = configuration()["scrape_configs"]
    [names] = [found["names"] for found in scrape["dns_sd_configs"]]
    assert {job(part) for part in PARTS} == set(names)
    [absent] = [alert["expr"] for alert in ALERTS if alert["alert"] == "TeraProcessAbsent"]
    assert re.findall(r'absent\(up{job="([a-z-]+)"}\)', absent) == names


def test_the_relay_has_as_many_shards_as_the_alert_wants() -> None:
    [held] = [alert["expr"] for alert in ALERTS if alert["alert"] == "TeraRelayHoldsNoShards"]
    assert held == f"tera:relay_shards_held:sum < {SHARDS}"


@promtool
def test_promtool_takes_configuration_and_rules() -> None:
    file = FOLDER / "prometheus.yml"
    _run("promtool", "check", "config", "--lint=all", "--lint-fatal", str(file))


@promtool
def test_promtool_takes_the_configuration_for_kubernetes(tmp_path: Path) -> None:
    """The snippet of docs/operations.md in place of Compose's search; pods have what it names."""
    text = (ROOT / "docs" / "operations.md").read_text()
    [snippet] = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)[0])
    whole = configuration()
    del snippet["kubernetes_sd_configs"]  # Debian's Prometheus is built without
    snippet["static_configs"] = [{"targets": ["127.0.0.1:9000"]}]
    snippet["relabel_configs"] += whole["scrape_configs"][0]["relabel_configs"]
    whole |= {"scrape_configs": [snippet], "rule_files": []}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(whole))
    _run("promtool", "check", "config", str(tmp_path / "prometheus.yml"))
    pods = "".join(file.read_text() for file in (ROOT / "deploy/k8s/base").rglob("*.yaml"))
    assert "{name: metrics, containerPort: 9000}" in pods
    [scrape] = configuration()["scrape_configs"]
    for name in scrape["dns_sd_configs"][0]["names"]:
        assert f"app.kubernetes.io/name: {name}," in pods


@promtool
@pytest.mark.parametrize("file", UNIT_TESTS, ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_are_silent_when_not(file: Path) -> None:
    _run("promtool", "test", "rules", str(file))


def test_each_alert_is_tried_both_ways() -> None:
    fired, silent = set(), set()
    for file in UNIT_TESTS:
        for test in yaml.safe_load(file.read_text())["tests"]:
            for asked in test["promql_expr_test"]:
                [name] = re.findall(r'alertname="(\w+)"', asked["expr"])
                (fired if asked["exp_samples"] else silent).add(name)
    assert fired == silent == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: str(board["uid"]))
def test_a_board_is_one_that_grafana_shows(board: dict[str, Any]) -> None:
    panels = board["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    datasource = {"type": "prometheus", "uid": _provisioned("datasources")["datasources"][0]["uid"]}
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, f"{panel['title']} lies over another panel"
        taken |= cells
        if panel["type"] == "row":
            continue
        assert panel["description"].endswith(".")
        for target in panel["targets"]:
            assert target["datasource"] == panel["datasource"] == datasource
            shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert shown <= grouping(target["expr"]) | _recorded_labels(target["expr"])


def test_boards_lie_where_grafana_is_told_to_look() -> None:
    [provider] = _provisioned("dashboards")["providers"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    mounts = [mount.split(":") for mount in compose["services"]["grafana"]["volumes"]]
    assert ["./deploy/grafana/dashboards", provider["options"]["path"], "ro"] in mounts
    assert len({board["uid"] for board in BOARDS}) == len(BOARDS) == 2


def _recorded_labels(expression: str) -> set[str]:
    recorded = [RECORDS.get(found.metric, "") for found in selectors(expression)]
    return set().union(*(grouping(found) for found in recorded))


def _provisioned(kind: str) -> dict[str, Any]:
    [file] = (GRAFANA / "provisioning" / kind).glob("*.yml")
    loaded: dict[str, Any] = yaml.safe_load(file.read_text())
    return loaded


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
