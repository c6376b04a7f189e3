"""Brokers that answer an empty fetch at once."""

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaConsumer

EMPTY_SECONDS = 0.02
"""The least time between two fetches that bring nothing: as late as a record may be by it."""


def be_patient(consumer: AIOKafkaConsumer) -> None:
    """Make a started consumer ask at most fifty times a second while nothing comes.

    Kafka holds a fetch back until there are records or ``fetch_max_wait_ms`` is over. noida-db
    answers at once, and aiokafka asks again at once: two thousand times a second, half a processor.
    """
    fetcher = consumer._fetcher
    fetch = fetcher._proc_fetch_request

    async def patiently(*arguments: Any) -> bool:
        began = time.monotonic()
        came: bool = await fetch(*arguments)
        rest = EMPTY_SECONDS - (time.monotonic() - began)
        if not came and rest > 0:
            try:
                await asyncio.sleep(rest)
            except asyncio.CancelledError:  # as the fetcher itself: its result is not wanted now
                return False
        return came

    fetcher._proc_fetch_request = patiently
