"""Ending processes that are no children of ours, and programs that come in wheels."""

import importlib.util
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil


def wheel_folder(package: str) -> Path:
    """Return the folder of an installed wheel without importing it. Raise RuntimeError."""
    found = importlib.util.find_spec(package)
    if found is None or not found.origin:
        raise RuntimeError(f"the wheel {package} is missing; run: pip install 'tera[devstack]'")
    return Path(found.origin).resolve().parent


def kill_all(processes: Sequence[psutil.Process], *, within: float = 10.0) -> None:
    """SIGKILL these processes and wait until they are gone. Raise RuntimeError if some stay."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    limit = time.monotonic() + within
    while alive := [process.pid for process in processes if _lives(process)]:
        if time.monotonic() > limit:
            raise RuntimeError(f"processes {alive} do not end; end them and try again")
        time.sleep(0.01)


def end_leftovers(program: str, folder: Path) -> None:
    """Kill every process of `program` that an earlier run left working in `folder`.

    `program` is the name of the executable or one of its arguments; a shell that somebody opened
    in the folder is not ours.
    """
    kill_all(list(_working_in(program, folder.resolve())))


def _working_in(program: str, folder: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or Path(process.cwd()) != folder:
                continue
            if program in (Path(process.exe()).name, *process.cmdline()):
                yield process


def _lives(process: psutil.Process) -> bool:
    """A zombie holds no file and no port any more: it only waits for its parent."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
