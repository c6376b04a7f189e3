"""Which devstack runs in a data folder, and how to reach it."""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devstack.files import write_private


class FolderInUseError(RuntimeError):
    """Another devstack runs in the folder; the message names its process."""


class FolderLock:
    """Held by the one devstack of a folder; the kernel lets it go when that process ends."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "lock"
        self._handle: int | None = None

    def take(self) -> None:
        """Take it. Raise FolderInUseError if another process, or another Stack, has it."""
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(handle):
            owner = os.pread(handle, 32, 0).decode().strip() or "unknown"
            os.close(handle)
            raise FolderInUseError(
                f"a devstack already runs in {self._file.parent} (process {owner}); "
                "stop it first, or name another folder in TERA_HOME"
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def write_state(folder: Path, environment: Mapping[str, str]) -> None:
    """Tell other processes of this user how to reach the devstack of `folder`."""
    state = {"pid": os.getpid(), "environment": dict(environment)}
    write_private(folder / "state.json", json.dumps(state, indent=2))


def remove_state(folder: Path) -> None:
    (folder / "state.json").unlink(missing_ok=True)


def load_environment(home: Path) -> dict[str, str]:
    """Return the TERA_ variables of the devstack that runs in `home`; empty if none does."""
    try:
        state: dict[str, Any] = json.loads((home / "state.json").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    environment: dict[str, str] = state["environment"]
    return environment if _is_locked(home) else {}


def _is_locked(folder: Path) -> bool:
    """Whether a devstack holds the folder; a process id alone could be a stranger's by now."""
    try:
        handle = os.open(folder / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _lock(handle: int) -> bool:
    """Try for a moment: a reader of the state may just be looking whether the lock is taken."""
    for _ in range(20):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False
