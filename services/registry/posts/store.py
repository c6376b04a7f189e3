"""Posts in the database."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from services.registry.posts.rules import Post
from shared.contracts import PostChanged, PostKind
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS: Final = "id, unit_id, title, post_kind, version"
_ROWS: Final = "unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[])"


async def find(
    connection: Connection, tenant_id: UUID, post_id: UUID, *, lock: bool = False
) -> Post | None:
    """The post of this tenant; with `lock` nobody else changes it meanwhile."""
    query = f"select {_COLUMNS} from posts where tenant_id = $1 and id = $2"  # noqa: S608
    row = await connection.fetchrow(
        query + (" for no key update" if lock else ""), tenant_id, post_id
    )
    return Post(**row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    unit_id: UUID | None = None,
) -> list[Post]:
    """Posts in the order of their ids, those of a unit only where asked."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from posts
        where tenant_id = $1 and ($2::uuid is null or id > $2)
          and ($4::uuid is null or unit_id = $4)
        order by id limit $3
        """,  # noqa: S608
        tenant_id,
        after,
        limit,
        unit_id,
    )
    return [Post(**row) for row in rows]


async def of_units(
    connection: Connection, tenant_id: UUID, unit_ids: Collection[UUID]
) -> list[Post]:
    """All posts of these units."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from posts where tenant_id = $1 and unit_id = any ($2)",  # noqa: S608
        tenant_id,
        list(unit_ids),
    )
    return [Post(**row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, posts: Sequence[Post]) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` for a title taken or a unit unknown."""
    await connection.execute(
        f"insert into posts (tenant_id, {_COLUMNS}) select $1, * from {_ROWS}",  # noqa: S608
        tenant_id,
        *_columns(posts),
    )
    await enqueue(connection, [_event(tenant_id, post) for post in posts])


async def update(connection: Connection, tenant_id: UUID, posts: Sequence[Post]) -> list[Post]:
    """Store posts whose rows are locked; returns them with their versions raised.

    Raises like `insert`, and where a post that somebody holds would move to another unit.
    """
    await connection.execute(
        f"""
        update posts p
        set unit_id = n.unit_id, title = n.title, post_kind = n.post_kind, version = n.version + 1
        from {_ROWS} as n({_COLUMNS})
        where p.tenant_id = $1 and p.id = n.id
        """,  # noqa: S608
        tenant_id,
        *_columns(posts),
    )
    stored = [replace(post, version=post.version + 1) for post in posts]
    await enqueue(connection, [_event(tenant_id, post) for post in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, post: Post) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` while somebody holds or held it."""
    await connection.execute(
        "delete from posts where tenant_id = $1 and id = $2", tenant_id, post.id
    )
    gone = replace(post, version=post.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(posts: Sequence[Post]) -> list[list[object]]:
    return [[getattr(post, name) for post in posts] for name in _COLUMNS.split(", ")]


def _event(tenant_id: UUID, post: Post, *, deleted: bool = False) -> PostChanged:
    return PostChanged(
        tenant_id=tenant_id,
        id=post.id,
        version=post.version,
        deleted=deleted,
        unit_id=post.unit_id,
        title=post.title,
        post_kind=PostKind(post.post_kind),
    )
