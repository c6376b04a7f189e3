"""A process that sends what is due, put together as the worker role does: to be killed."""

import asyncio
from datetime import timedelta

from services.notification.sending.timers import LIMITS, channels
from services.notification.sending.worker import Sending
from shared.db import open_pool
from shared.settings import Settings, database_url
from tests.notification.sending.office import QUICK


async def main() -> None:
    pool = await open_pool(database_url("notification", "worker"))
    sending = Sending(
        pool,
        "email",
        channels(Settings(), pool)["email"],
        limits=LIMITS["email"],
        patience=QUICK,
        announced=lambda: None,
        lease=timedelta(seconds=1),
        poll=0.05,
    )
    await sending.run()


if __name__ == "__main__":
    asyncio.run(main())
