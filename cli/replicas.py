"""`tera replicas`: what services keep of the registry, made again from its topic alone."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.consumer_groups import chosen
from cli.consumers import consumers_of

if TYPE_CHECKING:
    from shared.messaging.consumer import Consumer
    from shared.settings import Settings

app = typer.Typer(help="What services keep of the registry.", no_args_is_help=True)


@app.command()
def rebuild(
    service: Annotated[
        str | None, typer.Option("--service", help="Only this service's replica.")
    ] = None,
) -> None:
    """Have a replica take over the whole registry again, for instance after a migration that added
    a column to it. Stop the service's workers first and start them again afterwards.

    Nothing is deleted: the APIs go on with what the replica says, until each entity is read again.
    Safe to repeat.
    """
    from shared.settings import Settings

    settings = Settings()
    for name in chosen(service):
        consumers = [c for c in asyncio.run(consumers_of(name, settings)) if _of_registry(c)]
        if consumers:
            asyncio.run(_rebuild(name, consumers, settings))


def _of_registry(consumer: "Consumer[Any]") -> bool:
    from shared.contracts import REGISTRY_CHANGES

    return consumer.topic is REGISTRY_CHANGES


async def _rebuild(service: str, consumers: "list[Consumer[Any]]", settings: "Settings") -> None:
    """Offsets first: they are refused while a worker is at work, and then nothing was done."""
    from shared.messaging.positions import rewind

    for consumer in consumers:
        await rewind(
            settings.required_kafka_bootstrap(),
            group=consumer.group(settings.topic_prefix),
            topic=settings.topic_prefix + consumer.topic.name,
            to=None,
        )
    entities = await _take_nothing_for_granted(service)
    typer.echo(f"{service}: {entities} entities will be read again; start its workers")


async def _take_nothing_for_granted(service: str) -> int:
    """Make every state on the topic newer than the replica's; how many entities that concerns."""
    import asyncpg

    from shared.settings import Login, database_url

    module = import_module(f"services.{service}.registry_replica.tables")
    tables = sorted(
        table.__tablename__
        for table in vars(module).values()
        if hasattr(table, "__tablename__") and table.__module__ == module.__name__
    )
    connection = await asyncpg.connect(database_url(service, Login.owner))
    try:
        async with connection.transaction():
            done = [
                await connection.execute(f"update {table} set version = 0")  # noqa: S608
                for table in tables
            ]
    finally:
        await connection.close()
    return sum(int(status.rpartition(" ")[2]) for status in done)
