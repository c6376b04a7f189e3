"""What the policy pages ask the registry for."""

import asyncio
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from services.portal.policies.fields import SURVEY
from services.portal.policies.levels import Level, levels_of
from services.portal.view import View

Kind = Literal["rating", "behaviour", "evaluation", "complaints", "follow_up", "numeric"]

FIRST: Final = date(1900, 1, 1)


async def chain(view: View, tenant: Any, unit: Any, on: str) -> list[Level]:
    """The levels of a unit with the policies that stand there."""
    policies, surveys = await asyncio.gather(
        view.everything("registry", "/v1/policies"),
        view.everything("registry", "/v1/satisfaction-policies"),
    )
    policies += [
        survey | {"document": {"policy_kind": "satisfaction"} | {n: survey[n] for n in SURVEY}}
        for survey in surveys
    ]
    return levels_of(tenant["name"], unit["path"], policies, on)


async def documents(view: View, kind: Kind, unit: UUID | None) -> list[Any]:
    """The policies of a kind at one level, the newest first; without a unit the tenant's."""
    found = await view.everything("registry", "/v1/policies", kind=kind, unit_id=unit)
    wanted = str(unit) if unit else None
    return sorted(
        (policy for policy in found if policy["unit_id"] == wanted),
        key=lambda policy: str(policy["valid_from"]),
        reverse=True,
    )
