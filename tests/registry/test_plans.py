"""Plans: from draft to agreed by both, amended by date, and whom they serve."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest_asyncio

from tests.registry.town import Town

YEAR = {
    "kind": "yearly",
    "starts_on": "2026-01-01",
    "ends_on": "2027-01-01",
    "closes_at": "2027-02-01T00:00:00Z",
}
TARGET: dict[str, Any] = {
    "aspect": "time",
    "title": "Rata-rata waktu penyelesaian",
    "measure_unit": "working_days",
    "better": "lower",
    "target_low": "5",
    "target_high": "10",
}
RESULT: dict[str, Any] = {"main": True, "title": "KTP selesai tepat waktu", "indicators": [TARGET]}
DOCUMENT: dict[str, Any] = {"results": [RESULT]}


@dataclass(frozen=True)
class Office:
    """Siti is assessed by Budi, Budi by the mayor; `plan` is Siti's, still empty."""

    town: Town
    siti: UUID
    budi: UUID
    mayor: UUID
    period: UUID
    plan: UUID

    async def by(
        self, person: UUID, method: str, path: str, body: Any = None, *, seen: str | None = None
    ) -> Any:
        headers = {"if-match": seen} if seen else None
        return await self.town.call(
            method, path, body, role="employee", person=person, headers=headers
        )

    async def done(self, person: UUID, what: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """A step of the dialogue on Siti's plan that must succeed; `agree` to what stands there."""
        path = f"/v1/plans/{self.plan}"
        if what == "agree":
            more = {"seen": (await self.by(person, "GET", path)).headers["etag"], **more}
        method = "PUT" if what == "draft" else "POST"
        answer = await self.by(person, method, f"{path}/{what}", body, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def agreed(self, document: dict[str, Any] | None = None) -> dict[str, Any]:
        await self.done(self.siti, "draft", document or DOCUMENT)
        await self.done(self.budi, "discuss")
        await self.done(self.siti, "agree")
        return await self.done(self.budi, "agree")


NUMBERS = iter(range(1, 1000))


async def civil_servant(town: Town, name: str) -> UUID:
    number = f"1980010120060410{next(NUMBERS):02}"
    return await town.person(name=name, kind="civil_servant", number=number)


async def line(town: Town, person: UUID, assessor: UUID, first: str = "2025-01-01") -> None:
    await town.made(
        f"/v1/people/{person}/reporting-lines", {"assessor_id": str(assessor), "valid_from": first}
    )


@pytest_asyncio.fixture
async def office(town: Town) -> Office:
    siti, budi = await civil_servant(town, "Siti"), await civil_servant(town, "Budi")
    mayor = await town.person(name="Wali Kota", kind="state_official")
    await line(town, siti, budi)
    await line(town, budi, mayor)
    period = (await town.made("/v1/periods", YEAR))["id"]
    plan = (await town.made("/v1/plans", {"person_id": str(siti), "period_id": period}))["id"]
    return Office(town, siti, budi, mayor, UUID(period), UUID(plan))


async def test_from_an_empty_draft_to_agreed_by_both(office: Office) -> None:
    made = (await office.by(office.siti, "GET", f"/v1/plans/{office.plan}")).json()
    assert (made["state"], made["employee"]["name"], made["leader"]["name"]) == (
        "draft",
        "Siti",
        "Budi",
    )
    drafted = await office.done(office.siti, "draft", DOCUMENT)
    assert drafted["document"]["results"][0]["indicators"][0]["target_high"] == "10"
    assert (await office.done(office.budi, "discuss"))["state"] == "discussed"
    one = await office.done(office.siti, "agree")
    assert (one["state"], one["revisions"][0]["agreed_by_leader_at"]) == ("discussed", None)
    both = await office.done(office.budi, "agree")
    assert both["state"] == "agreed"
    assert both["revisions"][0]["agreed_at"] is not None
