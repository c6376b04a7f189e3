"""Works off the queue of one channel: claims, hands over, writes down what came of it."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID

import structlog

from services.notification.deliveries import store
from services.notification.deliveries.rules import (
    ACCEPTED,
    MOST_LOST,
    UNKNOWN,
    Claimed,
    Patience,
    Result,
    Verdict,
)
from services.notification.sending.ways import Later, Send, Skip, Way, Ways
from shared.backoff import delays
from shared.contracts import DeliveryOutcome
from shared.db import Pool, is_transient, transaction
from shared.loop import Loop
from shared.observability import metrics, spans
from shared.observability.trace import carrying

POLL: Final = 1.0
GAP: Final = 0.05
DRAIN_SECONDS: Final = 20.0
LEASE: Final = timedelta(minutes=3)
"""Longer than an attempt can take: who has not written down its result by then is gone."""
BROKEN: Final = Result("internal_error", Verdict.LATER)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages of a channel this process claims ``together``, how many of them at a time
    of one lane and of one tenant, and how many are handed over ``at_once``. A receiver that hangs
    holds up its own messages, and a tenant whose receivers all hang its own."""

    together: int
    of_one_lane: int
    of_one_tenant: int
    at_once: int


class Sending(Loop):
    """The loop of one channel. Several processes share a queue; each message is claimed by one.

    ``announced`` is called after commits that enqueued an event.
    """

    def __init__(
        self,
        pool: Pool,
        channel: str,
        ways: Ways,
        *,
        limits: Limits,
        patience: Patience,
        announced: Callable[[], None],
        lease: timedelta = LEASE,
        poll: float = POLL,
    ) -> None:
        super().__init__(f"send-{channel}", self._send_some, poll=poll, gap=GAP, eager=True)
        self._pool = pool
        self._channel = channel
        self._ways = ways
        self._limits = limits
        self._patience = patience
        self._announced = announced
        self._lease = lease
        self._longest_wait = poll
        self._turns = asyncio.Semaphore(limits.at_once)
        self._running: dict[asyncio.Task[None], Claimed] = {}
        # At zero from the beginning: a rate cannot see the step from nothing to the first.
        for outcome in DeliveryOutcome:
            metrics.DELIVERIES.labels(channel, outcome)
        metrics.DELIVERY_ATTEMPTS.labels(channel, ACCEPTED.slug)

    async def run(self) -> None:
        """Go on until ``stop``; what is being handed over then is finished, within reason."""
        try:
            await super().run()
            if self._running:
                await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await self._ways.close()

    async def _send_some(self) -> bool:
        batch = await self._claim()
        if batch:
            ways = await self._prepared(batch)
            for delivery in batch:
                task = asyncio.create_task(self._see_to(delivery, ways[delivery.id]))
                self._running[task] = delivery
                task.add_done_callback(self._running.pop)
        if self._running:
            await asyncio.wait(
                self._running, timeout=self._longest_wait, return_when=asyncio.FIRST_COMPLETED
            )
            return True
        await self._ways.rest()
        return False

    async def _prepared(self, batch: Sequence[Claimed]) -> Mapping[UUID, Way]:
        """The ways of a batch; a message that cannot even be prepared harms only itself."""
        try:
            return await self._ways.prepare(batch)
        except Exception as error:
            if is_transient(error):
                raise
            if len(batch) > 1:
                return {d.id: way for d in batch for way in (await self._prepared([d])).values()}
            self._report("A message could not be prepared", batch[0], error)
            return {batch[0].id: _broken}

    async def _claim(self) -> list[Claimed]:
        free = self._limits.together - len(self._running)
        if free <= 0:
            return []
        lanes = Counter(d.lane for d in self._running.values())
        tenants = Counter(d.tenant_id for d in self._running.values())
        async with transaction(self._pool) as connection:
            return await store.claim(
                connection,
                self._channel,
                most=free,
                of_one_lane=self._limits.of_one_lane,
                of_one_tenant=self._limits.of_one_tenant,
                busy=[lane for lane, n in lanes.items() if n >= self._limits.of_one_lane],
                busy_tenants=[one for one, n in tenants.items() if n >= self._limits.of_one_tenant],
                lease=self._lease,
            )

    async def _see_to(self, delivery: Claimed, way: Way) -> None:
        """One message, in the trace of its occasion."""
        with (
            spans.each(f"send {self._channel}", "client", lambda: [delivery.traceparent]) as traced,
            carrying(traced.get(0)),
        ):
            await self._take_up(delivery, way)

    async def _take_up(self, delivery: Claimed, way: Way) -> None:
        """A failure of ours concerns this message alone; without a written result the claim runs
        out, and it is taken up again."""
        try:
            if delivery.lost >= MOST_LOST:
                await self._give_up(delivery, UNKNOWN)
            elif isinstance(way, Later):
                async with transaction(self._pool) as connection:
                    await store.put_off(connection, delivery, until=way.until)
            elif isinstance(way, Skip):
                await self._give_up(delivery, way.reason)
            else:
                await self._attempt(delivery, way)
        except Exception as error:
            self._report("A message could not be seen to; it is taken up again", delivery, error)

    async def _give_up(self, delivery: Claimed, reason: str) -> None:
        outcome = DeliveryOutcome.FAILED if delivery.attempts else DeliveryOutcome.SKIPPED
        async with transaction(self._pool) as connection:
            ended = await store.end(connection, delivery, outcome=outcome, reason=reason)
        if ended:
            self._tell(outcome)

    async def _attempt(self, delivery: Claimed, send: Send) -> None:
        async with self._turns:
            async with transaction(self._pool) as connection:
                number = await store.begin(connection, delivery, lease=self._lease)
            if number is None:  # claimed by somebody else meanwhile
                return
            began = monotonic()
            result = await self._hand_over(delivery, send)
            milliseconds = round((monotonic() - began) * 1000)
        await self._insist(delivery, number, result=result, milliseconds=milliseconds)

    async def _hand_over(self, delivery: Claimed, send: Send) -> Result:
        try:
            return await send()
        except Exception as error:
            self._report("Handing a message over failed in an unexpected way", delivery, error)
            return BROKEN

    async def _insist(
        self, delivery: Claimed, number: int, *, result: Result, milliseconds: int
    ) -> None:
        """Write it down, also over a database that is away for a while: what is not written down
        is sent again."""
        waits = delays()
        gives_up = monotonic() + self._lease.total_seconds() / 2
        while True:
            try:
                outcome = await self._write(
                    delivery, number, result=result, milliseconds=milliseconds
                )
                break
            except Exception as error:
                if not is_transient(error) or monotonic() >= gives_up:
                    raise
                await asyncio.sleep(next(waits))
        metrics.DELIVERY_ATTEMPTS.labels(self._channel, result.slug).inc()
        if outcome is not None:
            self._tell(outcome)

    async def _write(
        self, delivery: Claimed, number: int, *, result: Result, milliseconds: int
    ) -> DeliveryOutcome | None:
        """The outcome, where this was the end."""
        outcome: DeliveryOutcome | None = None
        async with transaction(self._pool) as connection:
            await store.attempted(
                connection, delivery, number=number, result=result.slug, milliseconds=milliseconds
            )
            again = self._patience.next_attempt(
                attempts=number,
                first_due_at=delivery.first_due_at,
                now=datetime.now(UTC),
                spread=random.random(),  # noqa: S311 - spreads load, hides nothing
            )
            if result.verdict is Verdict.DELIVERED:
                outcome = DeliveryOutcome.DELIVERED
            elif result.verdict is Verdict.NEVER or again is None:
                outcome = DeliveryOutcome.FAILED
            else:
                await store.put_off(connection, delivery, until=again)
                return None
            reason = None if outcome is DeliveryOutcome.DELIVERED else result.slug
            ended = await store.end(connection, delivery, outcome=outcome, reason=reason)
        return outcome if ended else None

    def _report(self, words: str, delivery: Claimed, error: Exception) -> None:
        """Only the kind of error is told: its text may hold an address."""
        log.error(
            words,
            action="delivery.failed",
            channel=self._channel,
            delivery_id=str(delivery.id),
            error=type(error).__name__,
        )

    def _tell(self, outcome: DeliveryOutcome) -> None:
        metrics.DELIVERIES.labels(self._channel, outcome).inc()
        self._announced()


async def _broken() -> Result:
    return BROKEN
