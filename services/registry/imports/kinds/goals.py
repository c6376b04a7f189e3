"""Goals of the region from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.access import no_tenant
from services.registry.goals import store as goals
from services.registry.goals.rules import Goal
from services.registry.imports.days import FIRST, LAST, last_text
from services.registry.imports.entities import one_by_one, storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind
from services.registry.imports.kinds.goal_rules import plan_goals
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_rows
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "name",
        "Sasaran",
        "Goal",
        "wajib / required",
        ("name", "nama", "nama sasaran", "tujuan", "sasaran strategis", "sasaran daerah"),
    ),
    FIRST,
    LAST,
)


async def _known(connection: Connection, tenant_id: UUID, _: Sheet | None = None) -> list[Goal]:
    return await goals.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    return [
        {
            "name": goal.name,
            "from": goal.starts_on.isoformat(),
            "until": last_text(goal.ends_on),
        }
        for goal in await _known(connection, tenant_id)
    ]


GOALS = Kind(
    name="goals",
    columns=_COLUMNS,
    required=(frozenset({"name"}), frozenset({"from"})),
    refusals={"fk_goals_tenant_id_tenants": no_tenant},
    lock=partial(lock_rows, table="goals"),
    known=_known,
    plan=partial(plan_goals, new_id=uuid7),
    store=storing_by(one_by_one(goals.insert), one_by_one(goals.update)),
    writes=writes,
    export=_export,
)
