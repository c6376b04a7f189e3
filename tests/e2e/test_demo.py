"""`tera demo`, from an empty folder to its table, interrupted, and started again."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.demo_run import DemoRun, demo, processes_of

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

INTERRUPTED = 130


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tera-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


@pytest.fixture(scope="module")
def filled(home: Path) -> DemoRun:
    """A start that was interrupted twice, and then left alone: its last run."""
    for words in ("databases, tables and topics", "Kota Tebing Tinggi: a simulated month"):
        with demo(home) as run:
            run.wait_for(words)
            run.interrupt()
            assert run.wait() == INTERRUPTED, run.output
            assert "Traceback" not in run.output
            assert processes_of(home) == []
    with demo(home, "--once") as run:
        assert run.wait() == 0, run.output
        assert "Taking up where an earlier start was interrupted" in run.output
        assert processes_of(home) == []
    return run


@pytest.mark.chaos
def test_it_ends_with_the_table_although_it_was_interrupted(filled: DemoRun) -> None:
    assert filled.row("Kabupaten Sekadau")[:5] == ["2019-Q2", "49", "78.74", "B", "78.74"]
    assert filled.row(r"Kediri \(aplikasi survei\)")[:5] == ["2024-Q2", "20", "77.50", "B", "77.50"]
    assert filled.row("GASPUL, bobot 1/9")[:5] == ["2025-Q3", "29", "91.48", "A", "91.48"]
    assert filled.row("GASPUL, bobot 0,11")[:5] == ["2025-Q3", "29", "90.56", "A", "90.56"]
    assert "≠" not in filled.output


@pytest.mark.chaos
def test_a_second_start_finds_all_of_it_and_its_commands_work(filled: DemoRun, home: Path) -> None:
    with demo(home) as run:
        run.wait_for("Everything runs until Ctrl-C")
        assert "The answers are there since an earlier start" in run.output
        assert run.row("Kabupaten Sekadau") == filled.row("Kabupaten Sekadau")
        assert run.row("Kecamatan Arcamanik") == filled.row("Kecamatan Arcamanik")
        said = [_shell(command) for command in run.commands()]
        run.interrupt()
        assert run.wait() == INTERRUPTED, run.output
    assert processes_of(home) == []
    assert len(said) == 3
