"""What a change of units may not do, and what is said to whoever tries."""

from functools import partial
from uuid import UUID

from services.registry.access import no_tenant, refused
from services.registry.units import names, store
from services.registry.units.rules import Circle, Flaw, flaw
from shared.db import Connection
from shared.http.problems import Problem, conflict

REFUSALS = {
    "uq_units_tenant_id_code": partial(
        conflict,
        "unit-code-taken",
        "Nothing was stored: another unit has this code. Choose another, or change that unit.",
    ),
    "fk_units_tenant_id_parent_id_units": partial(
        refused, "parent_id", "is not a unit of this tenant: send the id of an existing unit"
    ),
    "fk_units_tenant_id_tenants": no_tenant,
}
NOT_EMPTY = {
    "fk_units_tenant_id_parent_id_units": partial(
        conflict, "unit-has-units", "Move or delete the units below this one first."
    ),
    "fk_unit_states_tenant_id_parent_id_units": partial(
        conflict,
        "unit-has-units",
        "Other units stood below this one or will: keep it, or merge it into another.",
    ),
    "fk_units_tenant_id_merged_into_id_units": partial(
        conflict, "unit-has-units", "Another unit was merged into this one: keep it."
    ),
    "fk_assignments_tenant_id_unit_id_units": partial(
        conflict,
        "unit-has-assignments",
        "People work or worked in this unit. Keep it, or delete their assignments first.",
    ),
    "fk_satisfaction_policies_tenant_id_unit_id_units": partial(
        conflict, "unit-has-policy", "Delete the satisfaction policies of this unit first."
    ),
    "fk_posts_tenant_id_unit_id_units": partial(
        conflict, "unit-has-posts", "Delete the posts of this unit first."
    ),
    "fk_indicators_tenant_id_unit_id_units": partial(
        conflict, "unit-has-indicators", "Delete the indicators of this unit first."
    ),
    "fk_service_units_tenant_id_unit_id_units": partial(
        conflict, "unit-has-services", "Take this unit out of the services it offers first."
    ),
    "fk_counters_tenant_id_unit_id_units": partial(
        conflict, "unit-has-counters", "Delete or move the counters of this unit first."
    ),
    "fk_calendars_tenant_id_unit_id_units": partial(
        conflict, "unit-has-calendar", "Delete the calendars of this unit first."
    ),
    "fk_policies_tenant_id_unit_id_units": partial(
        conflict, "unit-has-policy", "Delete the policies of this unit first."
    ),
}
alias_taken = partial(
    conflict,
    "unit-alias-taken",
    "Nothing was stored: another unit has one of these words as its name, code or alias, and a "
    "file could mean either. Choose another, or take it from that unit first.",
)
below_itself = partial(
    conflict,
    "unit-below-itself",
    "Nothing was stored: the new parent is this unit or stands below it on one of the days. "
    "Choose another parent, or move that one away first.",
)
ITSELF = {"ck_units_parent": below_itself, "ck_unit_states_parent": below_itself}


async def check_words(
    connection: Connection,
    tenant_id: UUID,
    words: list[str | None],
    *,
    besides: UUID | None = None,
) -> None:
    """409 where a name or code is an alias of another unit."""
    given = [word for word in words if word]
    if await names.aliased(connection, tenant_id, given) - {besides}:
        raise conflict(
            "unit-alias-taken",
            "Nothing was stored: this name or code is an alias of another unit, and a file could "
            "mean either. Choose another, or take the alias from that unit first.",
        )


async def check_tree(connection: Connection, tenant_id: UUID, touched: set[UUID]) -> None:
    """409 where a unit stands below itself, or below one that is not there, on any day; under the
    lock of the tree, after the change was stored."""
    units = {unit.id: unit for unit in await store.lock_every(connection, tenant_id)}
    if found := flaw(units, touched):
        raise flawed(found)


def flawed(found: Flaw) -> Problem:
    """What to answer to a change that would break the tree."""
    if isinstance(found, Circle):
        return below_itself()
    return conflict(
        "unit-without-parent",
        f"Nothing was stored: on {found.day} the unit would stand below one that does not exist "
        "on that day. Choose another parent or another day.",
    )
