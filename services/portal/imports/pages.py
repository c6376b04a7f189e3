"""`/imports`: what can be imported; `/imports/{kind}`: templates, exports and the upload."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.portal.imports.asking import Kind, kind_values
from services.portal.imports.passing import fetched
from services.portal.imports.rules import KINDS, slug
from services.portal.view import SignedIn

router = APIRouter()

Format = Literal["xlsx", "csv"]
_SAID = frozenset({"forgotten"})


@router.get("/imports")
async def list_kinds(view: SignedIn) -> Response:
    """Everything that files bring."""
    kinds: list[Any] = await view.get("registry", "/v1/imports")
    return view.page(
        "imports/list.html", kinds=[each["name"] for each in kinds], known=KINDS, slug=slug
    )


@router.get("/imports/{kind}")
async def show_kind(view: SignedIn, kind: Kind, said: str = "") -> Response:
    """The way in: a template, an export to begin from, and the upload."""
    values = await kind_values(view, kind)
    return view.page("imports/kind.html", **values, said=said if said in _SAID else "", refusal="")


@router.get("/imports/{kind}/template.{form}")
async def fetch_template(view: SignedIn, kind: Kind, form: Format) -> Response:
    """An empty file with the columns of the kind."""
    return await fetched(view, f"/v1/imports/{kind}/template", {"format": form})


@router.get("/imports/{kind}/export.{form}")
async def fetch_export(
    view: SignedIn, kind: Kind, form: Format, on: Annotated[date | Literal[""], Query()] = ""
) -> Response:
    """Everything of the kind as of a day."""
    return await fetched(view, f"/v1/exports/{kind}", {"format": form, "on": str(on)})
