"""A devstack as a process of its own, and what runs in a folder."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

LIMIT = 60.0


@contextmanager
def own_folder() -> Iterator[Path]:
    """A temporary folder outside of pytest's.

    Every start of pytest closes its folder to other accounts again, also to the one under which
    another run's PostgreSQL is just starting.
    """
    with TemporaryDirectory(prefix="tera-devstack-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def processes_in(folder: Path) -> dict[int, str]:
    """Id and name of every process that works in `folder` or below it, zombies left out."""
    found = {}
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found[process.pid] = process.name()
        except (psutil.Error, OSError):
            continue
    return found


def wait_for(
    check: Callable[[], object], what: str, *, of: subprocess.Popen[str] | None = None
) -> None:
    """Poll `check`; fail at once if the process that should make it true has ended."""
    limit = time.monotonic() + LIMIT
    while not check():
        if of is not None and of.poll() is not None:
            pytest.fail(f"it ended before: {what}. It said:\n{output_at_end(of)}")
        assert time.monotonic() < limit, f"not within {LIMIT} s: {what}"
        time.sleep(0.002)


def start_devstack(folder: Path) -> subprocess.Popen[str]:
    """`python -m devstack FOLDER`; it is only just starting when this returns."""
    return subprocess.Popen(
        [sys.executable, "-m", "devstack", str(folder)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def output_at_end(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=LIMIT)[0]


def nothing_left(folder: Path) -> None:
    wait_for(lambda: not processes_in(folder), f"no process in {folder}")
