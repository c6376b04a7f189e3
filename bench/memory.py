"""Memory of every process while all of them are as busy as this machine allows."""

import asyncio
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from bench.installation import Installation
from bench.ledger import Ledger
from bench.load import Load, Plan, run_in_process
from bench.place import Place, fill_feedback, fill_scoring
from bench.processes import MemoryWatch, parts_of
from bench.report import Report
from bench.requests import answer_requests, reading_requests
from bench.sizes import Size
from devstack.system import System

_DRAIN: Final = 120.0


async def measure_memory(
    report: Report,
    installed: Installation,
    place: Place,
    *,
    size: Size,
    tell: Callable[[str], None],
) -> None:
    """All processes: answers in, relayed, counted, cards computed and read."""
    tell("memory: starting every service")
    await fill_feedback(installed.url("feedback", "worker"), place)
    await fill_scoring(installed.url("scoring", "worker"), place)
    ledger = Ledger(installed.url("scoring", "worker"))
    await ledger.open()
    system = installed.system()
    try:
        before = await ledger.facts()
        await asyncio.to_thread(system.start)
        with MemoryWatch(parts_of(system)) as watch:
            tell("memory: full load")
            loads = await asyncio.gather(
                *(
                    asyncio.to_thread(run_in_process, plan)
                    for plan in _plans(installed, system, place, seconds=size.load_seconds)
                )
            )
            tell("memory: waiting until all is counted")
            stored = await _stored(installed)
            waited = await _until_counted(ledger, before + stored)
        report.note_memory(watch.peaks)
        counted = await ledger.facts() - before
    finally:
        await ledger.close()
        await asyncio.to_thread(system.stop)
    _tell_of(report, loads, waited)
    report.check(counted == stored, f"whole system: {stored:,} stored, {counted:,} counted")


def _plans(installed: Installation, system: System, place: Place, *, seconds: float) -> list[Plan]:
    def port(service: str) -> int:
        found = urlsplit(system.environment[f"TERA_{service.upper()}_HTTP"]).port
        assert found is not None
        return found

    run = f"memory-{time.time_ns()}-"
    answers = Plan(port("feedback"), answer_requests(place), run=run, seconds=seconds)
    reading = [
        Plan(
            port(service),
            reading_requests(installed, place, service),
            run=run,
            seconds=seconds,
            connections=2,
            expected=200,
        )
        for service in ("registry", "scoring")
    ]
    return [answers, *reading]


async def _stored(installed: Installation) -> int:
    connection = await asyncpg.connect(installed.url("feedback", "worker"))
    try:
        stored: int = await connection.fetchval("select count(*) from answers")
    finally:
        await connection.close()
    return stored


async def _until_counted(ledger: Ledger, facts: int) -> float:
    """Seconds until the ledger has so many facts; gives up after a while, and the check tells."""
    began = time.monotonic()
    limit = began + _DRAIN
    while time.monotonic() < limit and await ledger.facts() < facts:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    return time.monotonic() - began


def _tell_of(report: Report, loads: list[Load], waited: float) -> None:
    answers, *readings = loads
    report.notes.append(
        f"whole system: {answers.rate:,.0f} answers/s stored while the relay publishes and the "
        f"worker counts beside it (p99 {1000 * answers.p99:.0f} ms); the last one counted "
        f"{waited:.1f} s after the load ended"
    )
    for load in loads:
        refused = sum(load.refused.values())
        report.check(not refused, f"whole system: {refused} requests refused {load.first_refusal}")
    for reading in readings:
        report.notes.append(f"whole system: {reading.rate:,.0f} reads/s beside it")
