"""What the registry does in the background: it publishes what was stored, and nothing else."""

import asyncio
from collections.abc import Sequence

from shared.dependencies import Dependency, postgres
from shared.messaging.relay import Relay
from shared.settings import Settings


class RelayWorker:
    """The registry consumes nothing and has no clocks: it publishes what was stored."""

    def __init__(self, url: str, settings: Settings, *, service: str) -> None:
        self.dependencies: Sequence[Dependency] = (postgres(url),)
        self._relay = Relay(
            url,
            bootstrap=settings.required_kafka_bootstrap(),
            service=service,
            prefix=settings.topic_prefix,
        )
        self._stopped = asyncio.Event()

    async def start(self) -> None:
        await self._relay.start()

    async def run(self) -> None:
        await self._stopped.wait()

    async def stop(self) -> None:
        await self._relay.stop()
        self._stopped.set()

    def ready(self) -> bool:
        return self._relay.alive()

    def alive(self) -> bool:
        return self._relay.alive()
