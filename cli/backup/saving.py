"""Writes a backup: positions first, then a dump per database, then the manifest, then its name."""

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.backup.databases import Found, look
from cli.backup.manifest import FILE, Manifest, Positions, SavedDatabase, described
from cli.backup.progress import progress
from cli.backup.tools import Tools, tools_for
from cli.consumers import consumers_of
from cli.errors import UserError
from services import SERVICES
from shared.settings import Login, Settings, database_url

if TYPE_CHECKING:
    from rich.progress import Progress

_TABLE_DONE = "dumping contents of table"


def save(folder: Path, *, jobs: int) -> Manifest:
    """Write a backup of all databases to ``folder``, which must not exist yet.

    Until it is complete it is called ``<folder>.incomplete``. Raises ``UserError``.
    """
    if folder.exists():
        raise UserError(f"{folder} is there already: name a new folder for each backup.", code=2)
    urls = {service: database_url(service, Login.owner) for service in SERVICES}
    found = asyncio.run(_look_at_all(urls))
    tools = tools_for(max(database.major for database in found.values()))
    unfinished = folder.with_name(f"{folder.name}.incomplete")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)

    # Before the first snapshot: what was read by now is in every snapshot, what is read later may
    # be missing and is read again.
    began_at = min([datetime.now(UTC), *(database.now for database in found.values())])
    positions = asyncio.run(_positions(Settings()))
    with progress() as bars:
        for service, url in urls.items():
            _dump(tools, url, unfinished / service, bars=bars, jobs=jobs, tables=found[service])
        files = sorted(file for file in unfinished.rglob("*") if file.is_file())
        bar = bars.add_task("checksums", total=len(files))
        sums = {}
        for file in files:
            sums[file.relative_to(unfinished).as_posix()] = described(file)
            bars.advance(bar)
    manifest = Manifest(
        began_at=began_at,
        finished_at=datetime.now(UTC),
        databases={
            service: SavedDatabase(migration=database.migration, server=database.server)
            for service, database in found.items()
        },
        positions=positions,
        files=sums,
    )
    with (unfinished / FILE).open("w") as stream:
        stream.write(manifest.model_dump_json(indent=2) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.rename(folder)
    return manifest


async def _look_at_all(urls: dict[str, str]) -> dict[str, Found]:
    found = {service: await look(service, url) for service, url in urls.items()}
    for service, database in found.items():
        if not database.migration:
            raise UserError(
                f"The database of {service} has no tables yet: run `tera migrate {service}`."
            )
        if database.unreadable:
            raise UserError(
                f"Rows of {database.unreadable} in the database of {service} are hidden from its "
                "owner by row-level security and would be left out: add the owner's policy "
                "(shared/db/security.py). Nothing was written."
            )
    return found


def _dump(
    tools: Tools, url: str, folder: Path, *, bars: "Progress", jobs: int, tables: Found
) -> None:
    bar = bars.add_task(f"saving {folder.name}", total=tables.tables)

    def heard(line: str) -> None:
        if _TABLE_DONE in line:
            bars.advance(bar)

    tools.run(
        "pg_dump",
        url,
        # The owner is under forced row-level security too; its policy shows it every row.
        [
            *("--format=directory", f"--jobs={jobs}", f"--file={folder}", "--schema=public"),
            *("--enable-row-security", "--verbose"),
        ],
        on_line=heard,
    )
    bars.update(bar, completed=tables.tables)


async def _positions(settings: Settings) -> Positions | None:
    from aiokafka.errors import KafkaError

    from shared.contracts import TOPICS
    from shared.messaging.positions import positions
    from shared.messaging.published import ends_of
    from shared.messaging.topics import NotThere

    bootstrap, prefix = settings.required_kafka_bootstrap(), settings.topic_prefix
    groups = {}
    try:
        for consumer in await consumers_of(None, settings):
            found = await positions(
                bootstrap, group=consumer.group(prefix), topic=prefix + consumer.topic.name
            )
            groups[consumer.group("")] = {each.partition: each.committed or 0 for each in found}
        ends = await ends_of(bootstrap, TOPICS.values(), prefix=prefix)
    except (KafkaError, NotThere, OSError):
        return None
    return Positions(groups=groups, ends=ends)
