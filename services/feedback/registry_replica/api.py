"""How routes refuse what the replica does not know."""

from typing import Final
from uuid import UUID

from services.feedback.registry_replica import store
from services.feedback.registry_replica.store import EntityTable
from shared.db import Connection
from shared.http.problems import Problem
from shared.http.words import FieldProblem

_FIELDS: Final[dict[EntityTable, tuple[str, str]]] = {
    "units": ("unit", "unit_id"),
    "services": ("service", "service_id"),
    "people": ("officer", "officer_id"),
}


def unknown_tenant(status: int = 404) -> Problem:
    """The tenant is not registered, or not here yet."""
    return Problem(
        status,
        "unknown-tenant",
        title="The tenant is not known",
        detail="Check the tenant in the address or token; a new one is known after a few seconds.",
    )


async def check_known(
    connection: Connection,
    tenant: UUID,
    *,
    unit_id: UUID,
    service_id: UUID,
    officer_id: UUID | None = None,
    even_deleted: bool = False,
) -> None:
    """Raise the 422 that names the first of these the tenant does not have."""
    unknown = await store.missing(
        connection,
        tenant,
        wanted={"units": unit_id, "services": service_id, "people": officer_id},
        even_deleted=even_deleted,
    )
    for table in unknown:
        word, field = _FIELDS[table]
        raise Problem(
            422,
            f"unknown-{word}",
            title=f"The {word} is not known",
            detail=f"Nothing was stored. Register the {word} first or correct {field}; "
            "what was registered just now is known after a few seconds.",
            errors=[FieldProblem(field, f"names no {word} of this tenant")],
        )
