"""`tera topics`: the topics of the catalogue on the broker."""

import asyncio
from typing import Annotated

import typer

app = typer.Typer(help="Topics of the catalogue.", no_args_is_help=True)


@app.callback()
def topics() -> None:
    """Topics of the catalogue."""


@app.command()
def create(
    replication_factor: Annotated[
        int, typer.Option(min=1, help="Copies of each partition; 3 where there are three brokers.")
    ] = 1,
    partitions: Annotated[
        int | None, typer.Option(min=1, help="Instead of the catalogue's number; for small tests.")
    ] = None,
) -> None:
    """Create the topics that are missing, and say where the others differ from the catalogue.

    Safe to repeat: nothing that exists is changed. Leaves with code 1 where something differs.
    """
    from rich.console import Console

    from shared.contracts import TOPICS
    from shared.messaging.topics import create_topics
    from shared.settings import Settings

    settings = Settings()
    states = asyncio.run(
        create_topics(
            settings.required_kafka_bootstrap(),
            TOPICS.values(),
            prefix=settings.topic_prefix,
            partitions=partitions,
            replication_factor=replication_factor,
        )
    )
    console = Console(highlight=False, soft_wrap=True)
    for state in states:
        done = "created" if state.created else "is there"
        console.print(f"{state.name}: {done}, {state.partitions} partitions")
        for difference in state.differences:
            console.print(f"  [yellow]differs:[/] {difference}")
    if any(state.differences for state in states):
        raise typer.Exit(1)
