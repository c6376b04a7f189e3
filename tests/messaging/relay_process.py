"""A relay in a process of its own that stops at a chosen moment, so that a test can kill or freeze
it right there: ``python -m tests.messaging.relay_process MOMENT URL BOOTSTRAP PREFIX``."""

import asyncio
import sys
from collections.abc import Iterable, Sequence

from shared.messaging.lease import Lease
from shared.messaging.producer import FencedProducer, Message
from shared.messaging.relay import Relay
from tests.messaging.probe import SERVICE


def say(words: str) -> None:
    print(words, flush=True)


async def told() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def stop_before_delete() -> None:
    async def delete(self: Lease, ids: Sequence[int]) -> None:
        say("sent")
        await told()

    Lease.delete = delete  # type: ignore[method-assign]


def stop_before_send() -> None:
    """Goes on even if the relay gave up meanwhile: only the broker can refuse this one."""
    send = FencedProducer.send
    late: set[asyncio.Task[None]] = set()

    async def send_late(self: FencedProducer, messages: list[Message]) -> None:
        say("read")
        await told()
        try:
            await send(self, messages)
        except Exception as error:
            say(f"refused {type(error).__name__}")
        else:
            say("published")

    async def patched(self: FencedProducer, messages: Iterable[Message]) -> None:
        task = asyncio.create_task(send_late(self, list(messages)))
        late.add(task)
        await asyncio.shield(task)

    async def stay_open(self: FencedProducer) -> None:
        return

    FencedProducer.send = patched  # type: ignore[method-assign]
    FencedProducer.drop = stay_open  # type: ignore[method-assign]


async def run(url: str, bootstrap: str, prefix: str) -> None:
    relay = Relay(url, bootstrap=bootstrap, service=SERVICE, prefix=prefix)
    await relay.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    moment, *where = sys.argv[1:]
    {"before-delete": stop_before_delete, "before-send": stop_before_send}[moment]()
    asyncio.run(run(*where))
