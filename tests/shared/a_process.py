"""A process of a make-believe service, for the tests of `shared.runtime`: `python -m ... MODE`.

MODE says what its worker does: `work` well, `die` soon, `refuse` to start, or `wait` for something
that never comes.
"""

import asyncio
import sys
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cli.errors import sentence
from shared.dependencies import Dependency
from shared.observability.logs import configure_logs
from shared.runtime import run_process
from shared.settings import Settings


class TestWorker:
    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.stopping = asyncio.Event()

    @property
    def dependencies(self) -> Sequence[Dependency]:
        async def never() -> None:
            raise ConnectionRefusedError("nobody there")

        return [Dependency("The moon", never)] if self.mode == "wait" else []

    async def start(self) -> None:
        if self.mode == "refuse":
            raise ValueError("no work today")

    async def run(self) -> None:
        if self.mode == "die":
            raise ValueError("the work is too hard")
        await self.stopping.wait()
        print("worker finished", flush=True)

    async def stop(self) -> None:
        print("worker asked to stop", flush=True)
        self.stopping.set()

    def ready(self) -> bool:
        return True

    def alive(self) -> bool:
        return True


async def slow(_: Request) -> PlainTextResponse:
    print("request began", flush=True)
    await asyncio.sleep(0.5)
    return PlainTextResponse("finished")


def main(mode: str) -> None:
    settings = Settings()
    configure_logs("info", "json", service="test")
    api = Starlette(routes=[Route("/slow", slow)])
    try:
        run_process(api=api, worker=TestWorker(mode), settings=settings, dependency_seconds=0.5)
    except Exception as error:
        print(sentence(error), flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
