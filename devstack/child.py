"""One child process: started, watched and ended so that it never outlives this process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from devstack.processes import kill_all

_LAUNCH = Path(__file__).parent / "launch.py"
_LONGEST_LOG = 16_000_000

# The kernel sends the death signal when the *thread* that started a child ends, so all children
# come from one thread that lives as long as the process. A KeyboardInterrupt cannot hit it either:
# between fork and bookkeeping no child gets lost.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="devstack-spawner")


class ChildFailedError(RuntimeError):
    """A child ended, or did not become ready; the message holds its last lines and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system account of a child."""

    uid: int
    gid: int


@dataclass(slots=True)
class Child:
    """A process in its own session, its output in `log`.

    `death_signal` is what the kernel sends it when we die without a chance to stop it.
    """

    name: str
    log: Path
    cwd: Path
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    account: Account | None = None
    _process: subprocess.Popen[bytes] | None = None
    _log_start: int = 0

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Start the command, without waiting for anything that it does."""
        _spawner.submit(self._spawn, [str(part) for part in command], dict(environment)).result()

    def _spawn(self, command: list[str], environment: dict[str, str]) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LONGEST_LOG:
            self.log.unlink()
        account = self.account or Account(-1, -1)
        own = (os.getpid(), int(self.death_signal), account.uid, account.gid)
        launch = [sys.executable, "-I", "-S", str(_LAUNCH), *(str(number) for number in own)]
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(  # noqa: S603
                [*launch, *command],
                cwd=self.cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        # Not in the caller's thread: a KeyboardInterrupt inside `poll` may leave Popen's lock
        # taken, and the stop that follows would wait for it for ever.
        process = self._process
        return process is not None and _spawner.submit(process.poll).result() is None

    def wait_until(self, ready: Callable[[], bool], *, within: float) -> None:
        """Poll `ready`. Raise ChildFailedError if the child ends or `within` seconds pass."""
        limit = time.monotonic() + within
        while not ready():
            if not self.running:
                raise ChildFailedError(self._complaint("ended while it was starting"))
            if time.monotonic() > limit:
                raise ChildFailedError(self._complaint(f"was not ready within {within:.0f} s"))
            time.sleep(0.02)

    def wait(self, *, within: float) -> None:
        """Wait for a command that ends by itself. Raise ChildFailedError if it does not succeed."""
        try:
            status = self._process.wait(within) if self._process else 0
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise ChildFailedError(self._complaint(f"took over {within:.0f} s")) from error
        if status != 0:
            raise ChildFailedError(self._complaint(f"ended with status {status}"))

    def stop(self, *, within: float = 10.0) -> None:
        """Ask the child to stop; kill what remains of it after `within` seconds."""
        _start_under_way_ends()
        if self.running and self._process:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL the child and all that it started, also what has a session of its own."""
        _start_under_way_ends()
        if self.running and self._process:
            family = []
            with suppress(psutil.NoSuchProcess):
                top = psutil.Process(self._process.pid)
                top.suspend()  # so that it starts nothing between the listing and the kill
                family = [top, *top.children(recursive=True)]
            kill_all(family)
            self._process.wait()
        self._process = None

    def tail(self, lines: int = 20) -> str:
        """The last lines that the child wrote since it was started."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(self._log_start, self.log.stat().st_size - 8_192))
                text = log.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _complaint(self, what: str) -> str:
        return f"{self.name} {what}. Last lines of {self.log}:\n{self.tail() or '(none)'}"


def _start_under_way_ends() -> None:
    _spawner.submit(int).result()
