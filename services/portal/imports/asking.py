"""What the pages of imports ask the registry for."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path

from services.portal.imports.rules import KINDS, slug
from services.portal.view import View
from shared.http.problems import not_found

Kind = Annotated[str, Path(pattern="^[a-z][a-z_-]{1,39}$")]
"""A kind's name is part of the registry's addresses: nothing else may come in by it."""


async def kind_values(view: View, kind: str) -> dict[str, Any]:
    """What every page about a kind shows. Raise the 404."""
    kinds, mappings = await asyncio.gather(
        view.get("registry", "/v1/imports"),
        view.get("registry", f"/v1/imports/{kind}/mappings"),
    )
    found = next((each for each in kinds if each["name"] == kind), None)
    if found is None:
        raise not_found("This is nothing that is imported.")
    return {
        "kind": kind,
        "kind_name": name_of(view, kind),
        "columns": found["columns"],
        "required": {
            field: "alone" if len(group) == 1 else "one"
            for group in found["required"]
            for field in group
        },
        "title_of": _titles(view, found["columns"]),
        "mappings": mappings,
    }


def name_of(view: View, kind: str) -> str:
    """What the kind is called in the language of the page."""
    return view.t(f"imports.kind.{slug(kind)}") if slug(kind) in KINDS else kind


def _titles(view: View, columns: list[Mapping[str, Any]]) -> dict[str, str]:
    spoken = "title" if view.language == "id" else "english"
    return {column["field"]: column[spoken] for column in columns}
