"""What a scoring database has counted, and when."""

from dataclasses import dataclass

import asyncpg

from bench.facts import Sums
from shared.contracts import ELEMENTS

_SUMS = ", ".join(
    f"coalesce(sum({e}_1 + {e}_2 + {e}_3 + {e}_4), 0)::bigint, "
    f"coalesce(sum({e}_1 + 2 * {e}_2 + 3 * {e}_3 + 4 * {e}_4), 0)::bigint"
    for e in ELEMENTS
)


@dataclass(frozen=True)
class Window:
    """When facts counted after a moment were written: seconds from the first to the last."""

    facts: int
    seconds: float


class Ledger:
    """Questions to one scoring database, on a connection of the worker login."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def open(self) -> None:
        self.connection = await asyncpg.connect(self._url)

    async def close(self) -> None:
        await self.connection.close()

    async def answers(self) -> int:
        """Answers in the tallies of units: cheap enough to be asked while somebody counts."""
        counted: int = await self.connection.fetchval(
            "select coalesce(sum(answers), 0)::bigint from tallies where subject_kind = 'unit'"
        )
        return counted

    async def facts(self) -> int:
        """Rows of the ledger."""
        rows: int = await self.connection.fetchval("select count(*) from facts")
        return rows

    async def stale(self) -> int:
        """Marks that no card has taken up yet."""
        marks: int = await self.connection.fetchval("select count(*) from stale_marks")
        return marks

    async def sums(self, kind: str) -> Sums:
        """Everything that is counted for units, or for people."""
        row = await self.connection.fetchrow(
            f"select coalesce(sum(answers), 0)::bigint, {_SUMS} from tallies"  # columns of ours
            " where subject_kind = $1",
            kind,
        )
        assert row is not None
        pairs = zip(row[1::2], row[2::2], strict=True)
        return Sums(row[0], dict(zip(map(str, ELEMENTS), pairs, strict=True)))

    async def now(self) -> object:
        """The database's clock."""
        return await self.connection.fetchval("select clock_timestamp()")

    async def window(self, since: object) -> Window:
        """By the ledger's own clock."""
        row = await self.connection.fetchrow(
            """
            select count(*) as facts,
                   extract(epoch from max(counted_at) - min(counted_at))::float as seconds
            from facts where counted_at > $1
            """,
            since,
        )
        assert row is not None
        return Window(row["facts"], row["seconds"] or 0.0)
