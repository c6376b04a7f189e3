"""`tera consumers`: how far each consumer is, and taking it back."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.consumer_groups import chosen, definitions, table_of, wide_console, worker_pool
from cli.errors import UserError

if TYPE_CHECKING:
    from shared.messaging.consumer import Consumer
    from shared.settings import Settings

app = typer.Typer(help="Consumers of the services.", no_args_is_help=True)

ServiceOption = Annotated[
    str | None, typer.Option("--service", help="Only this service's consumers.")
]


@app.command()
def lag(service: ServiceOption = None) -> None:
    """Show how many records each consumer has before it."""
    from shared.messaging.positions import positions
    from shared.settings import Settings

    settings = Settings()
    table = table_of("consumer group", "topic", "partitions", "lag", "not begun")
    for consumer in asyncio.run(consumers_of(service, settings)):
        found = asyncio.run(
            positions(
                settings.required_kafka_bootstrap(),
                group=consumer.group(settings.topic_prefix),
                topic=settings.topic_prefix + consumer.topic.name,
            )
        )
        table.add_row(
            consumer.group(settings.topic_prefix),
            consumer.topic.name,
            str(len(found)),
            str(sum(position.lag for position in found)),
            str(sum(position.committed is None for position in found)),
        )
    wide_console().print(table)


@app.command()
def rewind(
    to: Annotated[
        str, typer.Option(help="ISO time such as 2026-05-01T00:00:00+07:00, or `beginning`.")
    ],
    service: ServiceOption = None,
) -> None:
    """Take consumers back to what was published at a time, for instance after a restored backup.

    Reading again changes nothing that was counted: what counts, counts once. Stop the workers
    first; offsets only ever move back.
    """
    from shared.messaging.positions import rewind as rewind_group
    from shared.settings import Settings

    moment = parse_moment(to)
    settings = Settings()
    for consumer in asyncio.run(consumers_of(service, settings)):
        group = consumer.group(settings.topic_prefix)
        moved = asyncio.run(
            rewind_group(
                settings.required_kafka_bootstrap(),
                group=group,
                topic=settings.topic_prefix + consumer.topic.name,
                to=moment,
            )
        )
        records = sum((m.before or 0) - m.after for m in moved)
        typer.echo(
            f"{group}: {len(moved)} partitions taken back, about {records} records to read again"
            if moved
            else f"{group}: nothing to take back"
        )


def parse_moment(text: str) -> datetime | None:
    """None for `beginning`; a time without a zone is UTC. Raises ``UserError``."""
    if text == "beginning":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"{text!r} is not a time: write 2026-05-01T00:00:00+07:00, or `beginning`", code=2
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def consumers_of(service: str | None, settings: "Settings") -> "list[Consumer[Any]]":
    """What one service reads, or all of them."""
    found: list[Consumer[Any]] = []
    for name in chosen(service):
        async with worker_pool(name) as pool:
            found += definitions(name, settings, pool)
    return found
