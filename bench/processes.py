"""What processes take: processor seconds, memory, and the counters they keep of themselves."""

import http.client
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import psutil
from prometheus_client.parser import text_string_to_metric_families

from devstack.system import System

_SERVERS = {"postgres": "PostgreSQL", "noida-db": "broker", "java": "broker"}
Labels = tuple[tuple[str, str], ...]


def servers() -> dict[str, psutil.Process]:
    """The servers of our devstack by name; one that runs elsewhere is not among them."""
    found = {}
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if name := _SERVERS.get(child.name()):
                found[name] = child
    return found


def parts_of(system: System) -> dict[str, psutil.Process]:
    """The running processes of a system, as `feedback api`."""
    pids = {f"{part.service} {part.role}": system.child(part).pid for part in system.parts}
    return {name: psutil.Process(pid) for name, pid in pids.items() if pid}


def cpu_seconds(processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    """Processor seconds so far, each with its children: those that live and those that ended."""
    return {name: _with_children(process) for name, process in processes.items()}


def _with_children(process: psutil.Process) -> float:
    own = process.cpu_times()
    total: float = own.user + own.system + own.children_user + own.children_system
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Seconds between two readings."""
    return {name: after[name] - before[name] for name in before}


@dataclass(frozen=True)
class Memory:
    """Bytes; `unshared` (USS) is what would be free again if the process ended."""

    resident: int
    unshared: int


class MemoryWatch:
    """Notes, several times a second, the largest memory of each process while it is open."""

    def __init__(self, processes: Mapping[str, psutil.Process], *, every: float = 0.25) -> None:
        self._processes = processes
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peaks: dict[str, Memory] = {}

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            self._look()

    def _look(self) -> None:
        for name, process in self._processes.items():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                seen = process.memory_full_info()
                peak = self.peaks.get(name, Memory(0, 0))
                self.peaks[name] = Memory(
                    max(peak.resident, seen.rss), max(peak.unshared, seen.uss)
                )


class Metrics:
    """One reading of a process's /metrics."""

    def __init__(self, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        self._values: dict[tuple[str, Labels], float] = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def total(self, name: str, **labels: str) -> float:
        """The sum over all samples of this name that have these labels."""
        wanted = set(labels.items())
        return sum(
            value
            for (sample, its), value in self._values.items()
            if sample == name and wanted <= set(its)
        )
