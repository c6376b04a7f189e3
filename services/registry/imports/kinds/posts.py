"""Posts of units from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.imports import store as imports
from services.registry.imports.entities import storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind
from services.registry.imports.kinds.post_rules import KIND_TEXTS, KnownPosts, plan_posts
from services.registry.imports.matching import UnitBook
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_rows
from services.registry.posts import store as posts
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "unit",
        "Unit kerja",
        "Unit",
        "wajib; kode, nama atau alias / required; code, name or alias",
        ("unit code", "kode unit", "kode unit kerja", "kode opd", "opd", "nama unit"),
    ),
    Column(
        "title",
        "Nama jabatan",
        "Post",
        "wajib, unik di unitnya / required, unique in its unit",
        ("title", "jabatan", "nomenklatur", "nomenklatur jabatan", "post title"),
    ),
    Column(
        "kind",
        "Jenis jabatan",
        "Kind of post",
        "struktural, fungsional, pelaksana",
        ("kind", "jenis", "type", "kategori"),
    ),
)


async def _known(connection: Connection, tenant_id: UUID, _: Sheet | None = None) -> KnownPosts:
    return KnownPosts(
        await posts.page(connection, tenant_id, after=None, limit=MOST_EXPORTED),
        UnitBook(await imports.unit_words(connection, tenant_id)),
    )


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    known = await _known(connection, tenant_id)
    return [
        {
            "unit": known.units.word_for(post.unit_id),
            "title": post.title,
            "kind": KIND_TEXTS[post.post_kind],
        }
        for post in known.posts
    ]


POSTS = Kind(
    name="posts",
    columns=_COLUMNS,
    required=(frozenset({"unit"}), frozenset({"title"})),
    refusals={
        "uq_posts_tenant_id_unit_id_title": overtaken,
        "fk_posts_tenant_id_unit_id_units": overtaken,
    },
    lock=partial(lock_rows, table="posts"),
    known=_known,
    plan=partial(plan_posts, new_id=uuid7),
    store=storing_by(posts.insert, posts.update),
    writes=writes,
    export=_export,
)
