"""What the result pages ask the services for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from services.portal.view import SignedIn, View


@dataclass(frozen=True, slots=True)
class Place:
    """What a page is about: a unit, a period (None: the present month) and a service or all."""

    unit: UUID
    period: str | None
    service: UUID | None


def _place(
    unit: UUID,
    period: Annotated[str | None, Query(max_length=7)] = None,
    service: UUID | Literal[""] = "",
) -> Place:
    # A form sends what was not chosen as an empty text.
    return Place(unit, period or None, service or None)


@dataclass(frozen=True, slots=True)
class Scene:
    """What every page about a unit shows around its figures. ``period`` is a name such as
    ``2026-11``."""

    view: View
    tenant: Mapping[str, Any]
    unit: Mapping[str, Any]
    services: list[Mapping[str, Any]]
    period: str
    service: Mapping[str, Any] | None

    @property
    def asked(self) -> dict[str, str]:
        """Period and service as query parameters."""
        chosen = {"service": str(self.service["id"])} if self.service else {}
        return {"period": self.period} | chosen

    async def satisfaction(self, rest: str = "", **params: Any) -> Any:
        """Of scoring, about this unit."""
        path = f"/v1/units/{self.unit['id']}/satisfaction{rest}"
        return await self.view.get("scoring", path, **(self.asked | params))


async def _scene(view: SignedIn, place: Annotated[Place, Depends(_place)]) -> Scene:
    tenant, unit, services = await asyncio.gather(
        view.get("registry", "/v1/tenant"),
        view.get("registry", f"/v1/units/{place.unit}"),
        view.everything("registry", "/v1/services"),
    )
    return Scene(
        view,
        tenant,
        unit,
        services,
        place.period or this_month(tenant),
        next((s for s in services if s["id"] == str(place.service)), None),
    )


InScene = Annotated[Scene, Depends(_scene)]


def today(tenant: Mapping[str, Any]) -> date:
    """The tenant's day."""
    return datetime.now(UTC).astimezone(ZoneInfo(tenant["zone"])).date()


def this_month(tenant: Mapping[str, Any]) -> str:
    """The present month there, such as ``2026-11``."""
    return f"{today(tenant):%Y-%m}"
