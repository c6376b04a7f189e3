"""`/v1/imports/{import_kind}/mappings`: what a tenant's own column titles mean, under a name."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from services.registry.access import Access, Keeper, no_tenant, refused
from services.registry.fields import Body, Text, Word
from services.registry.imports import store
from services.registry.imports.api import ImportKind
from services.registry.imports.store import SavedMapping
from shared.db import Connection, uuid7
from shared.http.problems import not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/imports/{import_kind}/mappings", tags=["imports"])

_MOST_COLUMNS = 200
MappingName = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[^/\x00-\x1f]+$")]


class Mapping(Body):
    """`columns` maps a title in the file to a field of the kind, or to null: ignore it."""

    columns: Annotated[dict[Text, Word | None], Field(max_length=_MOST_COLUMNS)]


class MappingAnswer(BaseModel):
    id: UUID
    name: str
    columns: dict[str, str | None]
    version: int


@router.get("")
async def list_mappings(kind: ImportKind, caller: Keeper, registry: Access) -> list[MappingAnswer]:
    async with registry.transaction(caller.tenant) as connection:
        saved = await store.mappings(connection, caller.tenant, kind.name)
    return [_answer(mapping) for mapping in saved]


@router.put("/{mapping_name}")
async def put_mapping(
    kind: ImportKind,
    mapping_name: MappingName,
    new: Mapping,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> MappingAnswer:
    """Save it under this name, instead of one that is there."""
    fields = {column.field for column in kind.columns}
    if unknown := sorted({name for name in new.columns.values() if name} - fields):
        raise refused("columns", f"names {unknown[0]}: choose of {', '.join(sorted(fields))}")
    named = [name for name in new.columns.values() if name]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise refused("columns", f"gives {twice[0]} to several titles: choose one")

    async def work(connection: Connection) -> SavedMapping:
        before = await store.find_mapping(
            connection, caller.tenant, kind.name, name=mapping_name, lock=True
        )
        check_version(before.version if before else 0, expected)
        if before and before.columns == new.columns:
            return before
        return await store.put_mapping(
            connection,
            caller.tenant,
            kind.name,
            SavedMapping(before.id if before else uuid7(), mapping_name, new.columns),
        )

    saved = await registry.write(
        caller, work, refusals={"fk_import_mappings_tenant_id_tenants": no_tenant}
    )
    show_version(response, saved.version)
    return _answer(saved)


@router.delete("/{mapping_name}", status_code=204)
async def delete_mapping(
    kind: ImportKind,
    mapping_name: MappingName,
    *,
    caller: Keeper,
    registry: Access,
    expected: Expected,
) -> None:
    async def work(connection: Connection) -> None:
        found = await store.find_mapping(
            connection, caller.tenant, kind.name, name=mapping_name, lock=True
        )
        if found is None:
            raise not_found("No mapping of this name is saved for this kind: list them first.")
        check_version(found.version, expected)
        await store.delete_mapping(connection, caller.tenant, found.id)

    await registry.write(caller, work)


def _answer(mapping: SavedMapping) -> MappingAnswer:
    return MappingAnswer(
        id=mapping.id, name=mapping.name, columns=dict(mapping.columns), version=mapping.version
    )
