"""Migrations of one service, with its owner login. A command, never part of start-up."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

_ENVIRONMENT = Path(__file__).parent / "alembic"
_SERVICES = Path(__file__).parents[2] / "services"


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(_SERVICES / service / "migrations"))
    config.set_main_option("path_separator", "newline")
    return config


def versions(service: str) -> list[str]:
    """Every version that the service's tables can be at, the newest last."""
    scripts = ScriptDirectory.from_config(_config(service))
    return [script.revision for script in scripts.walk_revisions()][::-1]


async def upgrade(service: str, owner_url: str) -> None:
    """Bring the service's database to the newest version; safe to repeat.

    Waits at most five seconds for a lock, so that a migration never stands in the way of traffic:
    it fails and is run again.
    """
    engine = create_async_engine(owner_url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.text("set local lock_timeout = '5s'"))
            await connection.run_sync(lambda sync: _run(_config(service), sync))
    finally:
        await engine.dispose()


def _run(config: Config, connection: sa.Connection) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
