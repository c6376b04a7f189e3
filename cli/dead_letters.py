"""`tera dead-letters`: records that were set aside; look at them, put them right, replay them."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.consumer_groups import chosen, definitions, table_of, wide_console, worker_pool
from cli.errors import UserError

if TYPE_CHECKING:
    from shared.messaging.dead_letters import DeadLetter
    from shared.messaging.replay import Replayed

app = typer.Typer(help="Records that were set aside as bad.", no_args_is_help=True)

ServiceOption = Annotated[str | None, typer.Option("--service", help="Only of this service.")]
OneService = Annotated[
    str | None, typer.Option("--service", help="Whose letter it is; needed for one by its number.")
]


@app.command("list")
def list_letters(
    service: ServiceOption = None,
    everything: Annotated[bool, typer.Option("--replayed", help="Replayed ones as well.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many per service.")] = 100,
) -> None:
    """List the records that wait for somebody, the oldest first, with their reasons."""
    table = table_of("service", "id", "reason", "detail", "topic", "place", "parked at")
    for name in chosen(service):
        for letter in asyncio.run(_letters(name, everything=everything, limit=limit)):
            table.add_row(
                name,
                str(letter.id),
                letter.reason if letter.status == "parked" else f"{letter.reason} (replayed)",
                letter.detail,
                letter.record.topic,
                f"{letter.record.partition}/{letter.record.offset}",
                letter.parked_at.isoformat(timespec="seconds"),
            )
    console = wide_console()
    if table.row_count:
        console.print(table)
        console.print("\nShow one: tera dead-letters show --service SERVICE ID")
    else:
        console.print("No dead letters.")


@app.command()
def show(
    letter_id: Annotated[int, typer.Argument(metavar="ID")],
    service: OneService = None,
) -> None:
    """Show one record as it stood on the topic: headers, key and body."""
    from rich.console import Console

    name = _one(service)
    letter = asyncio.run(_letter(name, letter_id))
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"{letter.reason}: {letter.detail}")
    console.print(
        f"{letter.status}, group {letter.group}, {letter.record.topic} "
        f"partition {letter.record.partition} offset {letter.record.offset}"
    )
    console.print(f"key: {_text(letter.record.key)}")
    for header, value in letter.record.headers:
        console.print(f"{header}: {_text(value)}")
    console.print()
    console.print(_text(letter.record.value))


@app.command()
def replay(
    letter_id: Annotated[int | None, typer.Argument(metavar="[ID]")] = None,
    service: OneService = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are parked.")] = False,
    body: Annotated[
        Path | None,
        typer.Option(help="Use this file as the body; the stored record stays as it is."),
    ] = None,
) -> None:
    """Give records to their consumers again. A good one counts once, however often it comes."""
    if everything == (letter_id is not None):
        raise UserError("name one dead letter by its ID, or say --all", code=2)
    if body and everything:
        raise UserError("--body puts one record right: name it by its ID", code=2)
    value = body.read_bytes() if body else None
    still_bad = 0
    for name in chosen(service) if everything else [_one(service)]:
        for done in asyncio.run(_replay(name, letter_id, body=value)):
            still_bad += done.still_bad is not None
            typer.echo(f"{name} {done.letter.id}: {_outcome(done)}")
    if still_bad:
        raise typer.Exit(1)


def _outcome(done: "Replayed") -> str:
    if done.still_bad is None:
        return "replayed"
    return f"still bad, stays parked: {done.still_bad.reason}: {done.still_bad.detail}"


def _one(service: str | None) -> str:
    if service is None:
        raise UserError(
            "each service counts its own dead letters: say which with --service", code=2
        )
    return chosen(service)[0]


def _text(value: bytes | None) -> str:
    if value is None:
        return "(none)"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"(not UTF-8) {value.hex()}"


async def _letters(service: str, *, everything: bool, limit: int) -> "list[DeadLetter]":
    from shared.db import transaction
    from shared.messaging.dead_letters import list_letters

    async with worker_pool(service) as pool, transaction(pool) as connection:
        return await list_letters(connection, status=None if everything else "parked", limit=limit)


async def _letter(service: str, letter_id: int) -> "DeadLetter":
    from shared.db import transaction
    from shared.messaging.dead_letters import find_letter

    async with worker_pool(service) as pool, transaction(pool) as connection:
        letter = await find_letter(connection, letter_id)
    if letter is None:
        raise UserError(f"{service} has no dead letter {letter_id}: see tera dead-letters list")
    return letter


async def _replay(service: str, letter_id: int | None, *, body: bytes | None) -> "list[Replayed]":
    from shared.db import transaction
    from shared.messaging.dead_letters import parked_ids
    from shared.messaging.replay import replay
    from shared.settings import Settings

    settings = Settings()
    async with worker_pool(service) as pool:
        consumers = definitions(service, settings, pool)
        async with transaction(pool) as connection:
            ids = await parked_ids(connection) if letter_id is None else [letter_id]
        return [
            await replay(pool, id_, consumers=consumers, prefix=settings.topic_prefix, body=body)
            for id_ in ids
        ]
