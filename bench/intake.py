"""Durable answers per second over HTTP, against the least and against the usual."""

import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import asyncpg
import psutil

from bench.baselines.process import DATABASE, start_baseline
from bench.installation import API_OF_FEEDBACK, Installation
from bench.load import Load, Plan, run_in_process
from bench.place import Place, fill_feedback
from bench.processes import Metrics, cpu_seconds, parts_of, servers, spent
from bench.report import Comparison, Report, Split
from bench.requests import answer_requests
from bench.sizes import Size
from devstack.ports import answers, free_port
from devstack.system import System

DURABLE = "tera"
BARE = "bare route"
SESSION = "session per request"
PER = 100_000
_WARM_SECONDS = 1.0


@dataclass
class Variant:
    """A server, and what its loads found."""

    port: int
    process: psutil.Process
    warm: Load | None = None
    """A first load that is checked, and neither timed nor weighed."""
    loads: list[Load] = field(default_factory=list)
    cpu: list[dict[str, float]] = field(default_factory=list)

    @property
    def all_loads(self) -> list[Load]:
        return [load for load in (self.warm, *self.loads) if load]

    @property
    def accepted(self) -> int:
        return sum(load.accepted for load in self.all_loads)

    @property
    def rates(self) -> list[float]:
        return [load.rate for load in self.loads]

    def cpu_per_100k(self) -> dict[str, float]:
        """Processor seconds by process for 100,000 answers."""
        timed = sum(load.accepted for load in self.loads)
        return {
            name: sum(reading[name] for reading in self.cpu) / timed * PER for name in self.cpu[0]
        }


async def measure_intake(
    report: Report,
    installed: Installation,
    place: Place,
    *,
    size: Size,
    tell: Callable[[str], None],
) -> None:
    """Fill in the intake's part of the report."""
    baseline = await installed.baseline_database("feedback", "session")
    for url in (installed.url("feedback", "worker"), baseline):
        await fill_feedback(url, place)
    system = installed.system(API_OF_FEEDBACK)
    requests = answer_requests(place)
    with _running(system, installed, baseline) as variants:
        tell("intake: warming up")
        for name, variant in variants.items():
            variant.warm = run_in_process(
                Plan(variant.port, requests, run=f"{name}-warm-", seconds=_WARM_SECONDS)
            )
        before = Metrics(system.metrics_ports[API_OF_FEEDBACK])
        for number in range(size.intake_rounds):
            for name, variant in variants.items():
                tell(f"intake, round {number + 1} of {size.intake_rounds}: {name}")
                watched = {"server": variant.process} | servers()
                cpu = cpu_seconds(watched)
                run = f"{name}-{number}-"
                load = run_in_process(
                    Plan(variant.port, requests, run=run, seconds=size.intake_seconds)
                )
                variant.loads.append(load)
                variant.cpu.append(
                    spent(cpu, cpu_seconds(watched)) | {"load generator": load.cpu_seconds}
                )
        after = Metrics(system.metrics_ports[API_OF_FEEDBACK])
    _compare(report, variants)
    _explain(report, variants, before, after)
    await _check(
        report, variants, {DURABLE: installed.url("feedback", "worker"), SESSION: baseline}
    )


@contextmanager
def _running(
    system: System, installed: Installation, baseline: str
) -> Iterator[dict[str, Variant]]:
    """All three servers; those that are not asked anything cost nothing."""
    with ExitStack() as stack:
        stack.callback(system.stop)
        system.start()
        address = urlsplit(system.environment["TERA_FEEDBACK_HTTP"])
        (process,) = parts_of(system).values()
        assert address.port is not None
        variants = {DURABLE: Variant(address.port, process)}
        for name, module in ((BARE, "bare_route"), (SESSION, "session_route")):
            port = free_port()
            child = start_baseline(
                module, str(port), folder=installed.folder, environment={DATABASE: baseline}
            )
            stack.callback(child.stop)
            child.wait_until(partial(answers, port), within=30)
            variants[name] = Variant(port, psutil.Process(child.pid))
        yield variants


def _compare(report: Report, variants: Mapping[str, Variant]) -> None:
    ours = variants[DURABLE].rates
    what, unit = "durable answers over HTTP", "/s"
    report.comparisons += [
        Comparison(
            what,
            unit,
            ours=ours,
            against="same server and validation, constant answer",
            theirs=variants[BARE].rates,
            aim=0.5,
        ),
        Comparison(
            what,
            unit,
            ours=ours,
            against="FastAPI, one SQLModel transaction per request",
            theirs=variants[SESSION].rates,
            aim=4.0,
        ),
    ]
    for name, variant in variants.items():
        p50, p99 = (
            statistics.median(1000 * getattr(load, p) for load in variant.loads)
            for p in ("p50", "p99")
        )
        connections = Plan.connections
        report.notes.append(
            f"{name}: answered in {p50:.1f} ms (p50), {p99:.1f} ms (p99) "
            f"with {connections} connections that never pause"
        )


def _explain(
    report: Report, variants: Mapping[str, Variant], before: Metrics, after: Metrics
) -> None:
    report.splits.append(
        Split(
            "Intake: where processor time goes",
            "processor seconds per 100,000 answers; two cores have 2 per second",
            {name: variant.cpu_per_100k() for name, variant in variants.items()},
        )
    )

    def grown(name: str) -> float:
        return after.total(name) - before.total(name)

    groups = grown("tera_intake_group_size_count")
    if groups:
        size = grown("tera_intake_group_size_sum") / groups
        flush = grown("tera_intake_flush_seconds_sum") / grown("tera_intake_flush_seconds_count")
        report.notes.append(
            f"intake: {size:.0f} answers per commit on average, {flush * 1000:.1f} ms per commit"
        )


async def _check(report: Report, variants: Mapping[str, Variant], urls: Mapping[str, str]) -> None:
    for name, variant in variants.items():
        refused = sum(sum(load.refused.values()) for load in variant.all_loads)
        first = next((load.first_refusal for load in variant.all_loads if load.refused), "")
        report.check(not refused, f"{name}: {refused} answers refused {first}".rstrip())
    for name, url in urls.items():
        connection = await asyncpg.connect(url)
        try:
            stored = await connection.fetchval("select count(distinct claim) from answers")
            outgoing = await connection.fetchval("select count(distinct key) from outbox")
        finally:
            await connection.close()
        accepted = variants[name].accepted
        report.check(
            accepted == stored == outgoing,
            f"{name}: {accepted:,} accepted, {stored:,} stored, {outgoing:,} in the outbox",
        )
