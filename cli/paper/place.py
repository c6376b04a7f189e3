"""What the names on the command line mean in the registry."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cli.client import Login, RefusedError
from cli.errors import UserError


@dataclass(frozen=True, slots=True)
class Place:
    """Ids of the unit and service that the sheets are about, and the tenant's time zone."""

    unit: str
    service: str
    zone: str


async def find_place(login: Login, *, tenant: str, unit: str, service: str) -> Place:
    """Look the names up. Raise ``UserError`` where one is unknown or the token is another's."""
    known = await check_tenant(login, tenant)
    return Place(
        unit=await id_of(login, "units", attribute="code", given=unit),
        service=await id_of(login, "services", attribute="name", given=service),
        zone=known["zone"],
    )


async def check_tenant(login: Login, tenant: str) -> Any:
    """The tenant of the token. Raise ``UserError`` where it is another one."""
    known = await login.get("registry", "/v1/tenant")
    if tenant.lower() not in {known["id"], known["slug"]}:
        raise UserError(
            f"The token is for the tenant {known['slug']} ({known['id']}), "
            f"not for {tenant}: correct --tenant or the token."
        )
    return known


async def id_of(login: Login, kind: str, *, attribute: str, given: str) -> str:
    """The id of what an id, or the value of ``attribute``, names. Raise ``UserError``."""
    try:
        found = [await login.get("registry", f"/v1/{kind}/{UUID(given)}")]
    except ValueError:
        found = (await login.get("registry", f"/v1/{kind}", **{attribute: given}))["items"]
    except RefusedError as refusal:
        if refusal.slug != "not-found":
            raise
        found = []
    if len(found) != 1:
        raise UserError(
            f"{given!r} is neither the id nor the {attribute} of exactly one of the tenant's "
            f"{kind}: GET /v1/{kind} of the registry lists them.",
            code=2,
        )
    return str(found[0]["id"])
