"""Runs `tera demo` as a person does: as a process that is watched and gets Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).parents[2]


class DemoRun:
    """One `tera demo` in a data folder, and what it printed so far."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        environment = {name: v for name, v in os.environ.items() if not name.startswith("TERA_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cli", "demo", "--home", str(home), *options],
            cwd=REPOSITORY,
            env=environment | {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._lines.extend(iter(self._process.stdout.readline, ""))

    @property
    def output(self) -> str:
        return "".join(self._lines)

    def wait_for(self, words: str, *, within: float = 120) -> None:
        """Wait until it has printed these words."""
        limit = time.monotonic() + within
        while words not in self.output:
            assert self._process.poll() is None, f"it ended before {words!r}:\n{self.output}"
            assert time.monotonic() < limit, f"{words!r} did not come:\n{self.output}"
            time.sleep(0.02)

    def let_run(self, seconds: float) -> None:
        """Until so much time has passed since now."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def wait(self, *, within: float = 120) -> int:
        """The exit code."""
        try:
            code = self._process.wait(within)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)  # it prints where each thread stands
            code = self._process.wait(20)
            self._close()
            raise AssertionError(f"it does not end:\n{self.output}") from None
        self._close()
        return code

    def kill(self) -> None:
        """Where it still runs; the kernel ends the children. For a test that failed half-way."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._close()

    def _close(self) -> None:
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def row(self, unit: str) -> list[str]:
        """The cells of a unit's line in the table after its name."""
        lines = [line for line in self.output.splitlines() if f" {unit}  " in line]
        assert lines, f"no line of {unit}:\n{self.output}"
        return lines[0].rpartition(unit)[2].split()  # later ones are logins and addresses

    def addresses(self) -> dict[str, str]:
        """The addresses of pages that it lists, by the line above them."""
        lines = self.output.splitlines()
        return {name: url.strip() for name, url in pairwise(lines) if url.startswith("  http://")}

    def commands(self) -> list[str]:
        """The commands that it proposes for a second terminal."""
        lines = self.output.splitlines()
        return [lines[at + 1] for at, line in enumerate(lines) if line.startswith("# ")]


@contextmanager
def demo(home: Path, *options: str) -> Iterator[DemoRun]:
    """A run that ends with the block."""
    run = DemoRun(home, *options)
    try:
        yield run
    finally:
        run.kill()


def processes_of(home: Path) -> list[str]:
    """Processes that work in the data folder, or were started for it."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            folder, words = process.cwd(), " ".join(process.cmdline())
            if folder.startswith(str(home)) or str(home) in words:
                found.append(f"{process.pid} {words}")
    return found
