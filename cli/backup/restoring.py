"""Brings a backup back: databases, migrations, consumers, and what was published meanwhile."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cli.backup.databases import clear, connect, look
from cli.backup.manifest import Manifest, check_files, read_manifest
from cli.backup.progress import progress
from cli.backup.tools import Tools, tools_for
from cli.consumers import consumers_of
from cli.errors import UserError
from shared.contracts import TOPICS
from shared.db.migrate import upgrade, versions
from shared.messaging.positions import members_of, rewind
from shared.messaging.topics import compare_topics
from shared.settings import Login, Settings, database_url

if TYPE_CHECKING:
    from rich.progress import Progress

MARGIN: Final = timedelta(minutes=5)
"""Between clocks: records bear the time of whoever published them."""

_ITEM_DONE: Final = "finished item"


class Restore:
    """One backup and where it goes to. Nothing is changed before ``check`` was passed."""

    def __init__(self, folder: Path, *, replace: bool, jobs: int) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self._replace = replace
        self._jobs = jobs
        self._settings = Settings()
        self._bootstrap = self._settings.required_kafka_bootstrap()
        self._urls = {name: database_url(name, Login.owner) for name in self.manifest.databases}
        self._tools: Tools | None = None

    def check(self) -> Mapping[str, int]:
        """Files, programs, databases. Returns the tables that stand in the way, by service, where
        they may be replaced. Raises ``UserError``."""
        with progress() as bars:
            total = sum(file.bytes for file in self.manifest.files.values())
            bar = bars.add_task("checking the files", total=total)
            check_files(self.folder, self.manifest, checked=lambda count: bars.advance(bar, count))
        found = {name: asyncio.run(look(name, url)) for name, url in self._urls.items()}
        self._tools = tools_for(max(database.major for database in found.values()))
        for name, saved in self.manifest.databases.items():
            if saved.migration not in versions(name):
                raise UserError(
                    f"This backup is of a newer version of Tera: {name} was at migration "
                    f"{saved.migration}. Restore it with that version. Nothing was done."
                )
        for name, database in found.items():
            if database.sessions:
                raise UserError(
                    f"{database.sessions} connections to the database of {name} are open: stop all "
                    "processes of all services first, then restore. Nothing was done."
                )
            if not self._wanted(self._tools, name):
                raise UserError(
                    f"This backup of {name} was made with another owner login than "
                    f"{self._owner(name)}: provision with the same names of logins. Nothing was "
                    "done."
                )
        full = {name: database.tables for name, database in found.items() if database.tables}
        if full and not self._replace:
            raise UserError(
                f"These databases are not empty: {', '.join(full)}. Restore into new ones (`tera "
                "provision`), or replace what is there for good with --replace. Nothing was done."
            )
        asyncio.run(self._check_broker())
        return full

    async def _check_broker(self) -> None:
        """What the rewind needs, asked before anything is dropped. Raises ``UserError``."""
        prefix = self._settings.topic_prefix
        topics = await compare_topics(self._bootstrap, TOPICS.values(), prefix=prefix)
        if missing := [topic.name for topic in topics if topic.missing]:
            raise UserError(
                f"Topics are missing: {', '.join(missing)}. Run `tera topics create` first. "
                "Nothing was done."
            )
        for consumer in await consumers_of(None, self._settings):
            group = consumer.group(prefix)
            if members := await members_of(self._bootstrap, group):
                raise UserError(
                    f"{group} is being consumed by {', '.join(sorted(members))}: stop these "
                    "workers, or wait a moment where they were killed. Nothing was done."
                )

    def _owner(self, name: str) -> str | None:
        return urlsplit(self._urls[name]).username

    def _wanted(self, tools: Tools, name: str) -> list[str]:
        """What the owner's login made; the rest, and the schema itself, is `tera provision`'s."""
        return [
            line
            for line in tools.contents(self.folder / name)
            if not line.startswith(";")
            and line.endswith(f" {self._owner(name)}")
            and " SCHEMA " not in line
        ]

    def load(self) -> None:
        """Databases as they were, then the migrations that are newer than the backup."""
        assert self._tools is not None
        with progress() as bars:
            for name, url in self._urls.items():
                if self._replace:
                    asyncio.run(clear(name, url))
                self._load_one(self._tools, name, url, bars)
        for name, url in self._urls.items():
            asyncio.run(upgrade(name, url))

    def _load_one(self, tools: Tools, name: str, url: str, bars: "Progress") -> None:
        wanted = self._wanted(tools, name)
        bar = bars.add_task(f"restoring {name}", total=len(wanted))
        # Security comes last: foreign keys over protected tables are checked row by row, or not
        # at all by an owner who has switched it off, as pg_restore does.
        for protecting in (False, True):
            lines = [line for line in wanted if _protects(line) == protecting]
            self._load_lines(tools, name, url, lines=lines, done=lambda: bars.advance(bar))
        bars.update(bar, completed=len(wanted))

    def _load_lines(
        self, tools: Tools, name: str, url: str, *, lines: list[str], done: Callable[[], None]
    ) -> None:
        def heard(line: str) -> None:
            if _ITEM_DONE in line:
                done()

        with TemporaryDirectory(prefix="tera-restore-") as folder:
            contents = Path(folder) / "contents"
            contents.write_text("\n".join(lines) + "\n")
            tools.run(
                "pg_restore",
                url,
                [
                    *("--format=directory", f"--jobs={self._jobs}", f"--use-list={contents}"),
                    *("--exit-on-error", "--no-owner", "--verbose", str(self.folder / name)),
                ],
                on_line=heard,
            )

    def rewind(self) -> list[str]:
        """Take every consumer group back to what the backup had read; sentences."""
        positions = self.manifest.positions
        prefix = self._settings.topic_prefix
        told = []
        for consumer in asyncio.run(consumers_of(None, self._settings)):
            stood = positions.groups.get(consumer.group("")) if positions else None
            moved = asyncio.run(
                rewind(
                    self._bootstrap,
                    group=consumer.group(prefix),
                    topic=prefix + consumer.topic.name,
                    to=self.manifest.began_at - MARGIN if stood is not None else None,
                    not_beyond=stood,
                )
            )
            records = sum((each.before or 0) - each.after for each in moved)
            told.append(f"{consumer.group(prefix)}: about {records} records to read again")
        return told

    def catch_up(self) -> list[str]:
        """Show each owner what it had published; sentences."""
        return [
            f"{name}: {sentence}"
            for name, url in self._urls.items()
            for sentence in asyncio.run(self._catch_up_one(name, url))
        ]

    async def _catch_up_one(self, name: str, url: str) -> list[str]:
        from shared.messaging.published import Published

        caught_up = getattr(import_module(f"services.{name}.app"), "catch_up", None)
        if caught_up is None:
            return []
        positions = self.manifest.positions
        published = Published(
            self._bootstrap, self._settings.topic_prefix, positions.ends if positions else None
        )
        connection = await connect(name, url)
        try:
            async with connection.transaction():
                sentences: list[str] = await caught_up(connection, published)
                return sentences
        finally:
            await connection.close()


def _protects(line: str) -> bool:
    return " ROW SECURITY " in line or " POLICY " in line
