"""What a report needs of other services: who answered (feedback) and what things are called
(registry).

The only place where scoring asks another service to answer a request: profiles never leave
feedback in an event, and a report is a rare, deliberate act. The caller's own token is passed on,
so that nobody learns more by this way than by the straight one.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import httpx

from shared.http.problems import RETRY_AFTER_SECONDS, Problem
from shared.settings import Settings

_SECONDS: Final = 10.0
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Names:
    """What the registry calls them. ``path`` leads from the top down to the unit itself."""

    tenant: str
    path: list[str]
    services: Mapping[str, str]


class Sources:
    """Opened and closed by the application's lifespan."""

    def __init__(self, settings: Settings) -> None:
        self._addresses = {
            "feedback": settings.feedback_http,
            "registry": settings.registry_http,
        }
        self._http: httpx.AsyncClient | None = None

    async def open(self) -> None:
        self._http = httpx.AsyncClient(timeout=_SECONDS, trust_env=False)

    async def close(self) -> None:
        if self._http:
            await self._http.aclose()

    async def respondents(
        self,
        authorization: str,
        unit: UUID,
        *,
        from_: datetime,
        until: datetime,
        service: UUID | None,
    ) -> dict[str, Any]:
        """Feedback's counts. Raises its refusal, or the 503 that says it is away."""
        params = {"from": from_.isoformat(), "until": until.isoformat()}
        params |= {"service": str(service)} if service else {}
        path = f"/v1/units/{unit}/respondents"
        said: dict[str, Any] = await self._get("feedback", path, authorization, params)
        return said

    async def names(self, authorization: str, unit: UUID) -> Names:
        """The registry's names. Raises its refusal, or the 503 that says it is away."""
        tenant, found, services = await asyncio.gather(
            self._get("registry", "/v1/tenant", authorization, {}),
            self._get("registry", f"/v1/units/{unit}", authorization, {}),
            self._services(authorization),
        )
        path = [step["name"] for step in found["path"]]
        return Names(tenant["name"], path, services)

    async def _services(self, authorization: str) -> dict[str, str]:
        names: dict[str, str] = {}
        params = {"limit": str(_AT_ONCE)}
        while True:
            page = await self._get("registry", "/v1/services", authorization, params)
            names |= {service["id"]: service["name"] for service in page["items"]}
            if page["next_cursor"] is None:
                return names
            params["cursor"] = page["next_cursor"]

    async def _get(
        self, service: str, path: str, authorization: str, params: Mapping[str, str]
    ) -> Any:
        address = self._addresses[service]
        if self._http is None or address is None:
            raise _away(service, f"TERA_{service.upper()}_HTTP is not set where scoring runs.")
        headers = {"authorization": authorization}
        try:
            answer = await self._http.get(
                address.rstrip("/") + path, params=params, headers=headers
            )
            said = answer.json()
        except (httpx.HTTPError, ValueError):
            raise _away(service, "Try again in a few seconds.") from None
        if answer.is_success:
            return said
        if answer.status_code >= 500:
            raise _away(service, "Try again in a few seconds.")
        slug = str(said.get("type", "")).rpartition(":")[2] or "refused"
        raise Problem(
            answer.status_code,
            slug,
            title=f"The {service} refused",
            detail=str(said.get("detail", "Ask your administrator.")),
        )


def _away(service: str, what_to_do: str) -> Problem:
    return Problem(
        503,
        f"{service}-away",
        title=f"The {service} does not answer",
        detail=f"A report needs what the {service} knows, and it is away: nothing was stored. "
        + what_to_do,
        headers={"retry-after": RETRY_AFTER_SECONDS},
    )
