"""`/v1/exports`: what an import of the same kind understands, and finds nothing changed in."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.registry.access import Access, Keeper
from services.registry.imports.api import ImportKind, attachment
from services.registry.imports.writing import Format, exported
from services.registry.tenants.store import today

router = APIRouter(prefix="/v1/exports", tags=["imports"])


@router.get("/{import_kind}", response_class=Response)
async def export(
    kind: ImportKind,
    caller: Keeper,
    registry: Access,
    *,
    form: Annotated[Format, Query(alias="format")] = "xlsx",
    on: Annotated[date | None, Query(description="As of this day; today without it")] = None,
) -> Response:
    """A file of everything of this kind, as of a day."""
    async with registry.transaction(caller.tenant) as connection:
        day = on or await today(connection, caller.tenant)
        rows = await kind.export(connection, caller.tenant, day)
    content = await asyncio.to_thread(exported, kind, rows, form)
    return attachment(content, f"{kind.name}-{day}", form)
