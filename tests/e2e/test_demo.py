"""`tera demo`, from an empty folder to its table, interrupted, and started again."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.demo_run import REPOSITORY, DemoRun, demo, processes_of

pytestmark = [pytest.mark.broker, pytest.mark.chaos, pytest.mark.timeout(600)]

INTERRUPTED = 130
MOMENTS: tuple[float, ...] = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 25, 30)
if os.environ.get("TERA_CHAOS") != "long":
    MOMENTS = (2.0, 7.0)


@contextmanager
def _new_home() -> Iterator[Path]:
    """Not pytest's: another session's start would close its folders to PostgreSQL's account."""
    with tempfile.TemporaryDirectory(prefix="tera-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with _new_home() as folder:
        yield folder


@pytest.fixture(scope="module")
def filled(home: Path) -> DemoRun:
    """A start that was interrupted, and then one that was left alone: its last run."""
    with demo(home, "--answers", "150") as run:
        run.wait_for("Kota Tebing Tinggi: a simulated month")
        run.interrupt()
        assert run.wait() == INTERRUPTED, run.output
        assert "Traceback" not in run.output
        assert processes_of(home) == []
    with demo(home, "--once") as run:
        assert run.wait() == 0, run.output
        assert "Taking up where an earlier start was interrupted" in run.output
        assert processes_of(home) == []
    return run


def test_it_ends_with_the_table_although_it_was_interrupted(filled: DemoRun) -> None:
    assert filled.row("Kabupaten Sekadau")[:5] == ["2019-Q2", "49", "78.74", "B", "78.74"]
    assert filled.row("Kediri (aplikasi survei)")[:5] == ["2024-Q2", "20", "77.50", "B", "77.50"]
    assert filled.row("GASPUL, bobot 1/9")[:5] == ["2025-Q3", "29", "91.48", "A", "91.48"]
    assert filled.row("GASPUL, bobot 0,11")[:5] == ["2025-Q3", "29", "90.56", "A", "90.56"]
    assert "≠" not in filled.output


def test_a_second_start_finds_it_all_and_the_commands_it_names_work(
    filled: DemoRun, home: Path
) -> None:
    with demo(home, "--pace", "60") as run:
        run.wait_for("Everything runs until Ctrl-C")
        assert "The answers are there since an earlier start" in run.output
        assert run.row("Kabupaten Sekadau") == filled.row("Kabupaten Sekadau")
        before = int(run.row("Kecamatan Arcamanik")[1])
        assert before == int(filled.row("Kecamatan Arcamanik")[1])
        with httpx.Client(timeout=20, follow_redirects=True, trust_env=False) as browser:
            pages = {name: browser.get(url) for name, url in run.addresses().items()}
        assert {page.status_code for page in pages.values()} == {200}
        assert "Kecamatan Arcamanik" in pages["answer as a citizen at Kecamatan Arcamanik"].text
        assert "H. Asep Suherman" in pages["the inbox of whoever is signed in"].text
        said = list(map(_said, run.commands()))
        _wait_for_more(run.commands()[1], than=before + 1 + 24)
        again = _said(run.commands()[3])
        by_hand = _said(f"set -e\nexport TERA_HOME={home}\n{_readme_by_hand()}")
        run.interrupt()
        assert run.wait() == INTERRUPTED, run.output
        assert processes_of(home) == []
    answer, explanation, evidence, on_paper, configured, letters = said
    assert json.loads(answer)["fact_id"]
    explained = json.loads(explanation)
    assert explained["inputs"]["answers"] >= before
    assert [step["name"] for step in explained["arithmetic"]]
    assert json.loads(evidence)["evidence"][0]["answers"] > 0
    assert "24 new, 0 known already" in on_paper
    assert "0 new, 24 known already" in again
    assert "Kecamatan Arcamanik: 0 created, 0 changed" in configured
    assert "No dead letters" in letters
    receipt, _, own = by_hand.partition("}")
    assert '"fact_id"' in receipt
    assert json.loads(own)["rule"]["name"] == "satisfaction-index"


@pytest.mark.chaos
@pytest.mark.parametrize("seconds", MOMENTS)
def test_ctrl_c_at_any_moment_leaves_nothing(seconds: float) -> None:
    with _new_home() as home, demo(home, "--answers", "50") as run:
        run.let_run(seconds)
        run.interrupt()
        assert run.wait() == INTERRUPTED, run.output
        assert "Traceback" not in run.output
        assert processes_of(home) == []


def _readme_by_hand() -> str:
    text = (REPOSITORY / "README.md").read_text().partition("## By hand")[2]
    return text.partition("```sh\n")[2].partition("```")[0]


def _wait_for_more(explanation: str, *, than: int) -> None:
    """Until people have answered of whom nobody but the demo knows."""
    limit = time.monotonic() + 60
    while json.loads(_said(explanation))["inputs"]["answers"] <= than:
        assert time.monotonic() < limit, "nobody answers while it is up"


def _said(command: str) -> str:
    run = subprocess.run(
        ["bash", "-c", command],
        check=False,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
    return run.stdout
