"""Waiting for what a worker cannot do without: PostgreSQL and the broker."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog

_PAUSE_SECONDS: Final = 1.0
_PROBE_SECONDS: Final = 5.0

log = structlog.get_logger()


class Unreachable(Exception):  # noqa: N818 - says what happened
    """A dependency did not answer within the limit."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """`probe` returns when the dependency answers and raises when it does not."""

    name: str
    probe: Callable[[], Awaitable[None]]


def postgres(url: str) -> Dependency:
    """A database login that must work."""

    async def probe() -> None:
        import asyncpg

        connection = await asyncpg.connect(url, timeout=_PROBE_SECONDS)
        await connection.close()

    return Dependency("PostgreSQL", probe)


def kafka(bootstrap: str) -> Dependency:
    """A cluster of which at least one broker must answer."""

    async def probe() -> None:
        # Imported here so that the api role never loads a Kafka client.
        from aiokafka.client import AIOKafkaClient

        client = AIOKafkaClient(bootstrap_servers=bootstrap)
        try:
            await client.bootstrap()
        finally:
            await client.close()

    return Dependency("Kafka", probe)


async def wait_for(dependencies: Sequence[Dependency], *, seconds: float) -> None:
    """Return when all of them answer; `Unreachable` names the first that does not in time."""
    deadline = monotonic() + seconds
    for dependency in dependencies:
        await _wait_for_one(dependency, deadline, seconds)


async def _wait_for_one(dependency: Dependency, deadline: float, seconds: float) -> None:
    told = False
    while (reason := await _why_not(dependency)) is not None:
        if monotonic() + _PAUSE_SECONDS > deadline:
            raise Unreachable(
                f"{dependency.name} did not answer within {seconds:g} seconds ({reason}): "
                "check that it runs and that its address is right."
            )
        if not told:
            log.warning(
                f"Waiting for {dependency.name}", action="start.waiting", dependency=dependency.name
            )
            told = True
        await asyncio.sleep(_PAUSE_SECONDS)


async def _why_not(dependency: Dependency) -> str | None:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await dependency.probe()
    except Exception as error:
        return " ".join(f"{type(error).__name__} {error}".split())
    return None
