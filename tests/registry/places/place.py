"""A place of the mission in the registry: configured from its file, asked unit by unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.configurations import read_configuration
from cli.demo.places import simulated_places
from tests.registry.town import Town

ON = "2026-04-01"


@dataclass(frozen=True)
class Rule:
    """A value that holds, and the name of whoever says so."""

    value: Any
    level: str
    source: str


@dataclass(frozen=True)
class Place:
    """A tenant with units by code and services by name."""

    town: Town
    units: Mapping[str, str]
    services: Mapping[str, str]

    async def configure(self, example: str, *, dry_run: bool = False) -> list[dict[str, Any]]:
        """Load an example; what became of each entry."""
        answer = await self.town.call(
            "POST", f"/v1/configurations?dry_run={dry_run}", read_configuration(example)
        )
        assert answer.status_code == 200, answer.text
        changes: list[dict[str, Any]] = answer.json()["changes"]
        return changes

    async def loads_once(self, example: str) -> None:
        """A dry run stores nothing, the first load everything, the second nothing more."""
        tried = await self.configure(example, dry_run=True)
        assert not await self.announced()
        made = await self.configure(example)
        assert [(c["kind"], c["name"]) for c in made] == [(c["kind"], c["name"]) for c in tried]
        assert {c["outcome"] for c in made} == {c["outcome"] for c in tried} == {"created"}
        before = await self.town.outbox()
        assert len(before) > 5
        again = await self.configure(example)
        assert {change["outcome"] for change in again} == {"unchanged"}
        assert [(c["id"], c["name"]) for c in again] == [(c["id"], c["name"]) for c in made]
        assert await self.town.outbox() == before

    async def announced(self) -> list[str]:
        """Types of events, without those of the places themselves."""
        plain = {f"registry.{kind}.v1" for kind in ("tenant", "unit", "service")}
        return [
            row["event_type"] for row in await self.town.outbox() if row["event_type"] not in plain
        ]

    async def rules(self, unit: str, on: str = ON) -> dict[str, Rule]:
        """`kind.field` and what holds for a unit."""
        path = f"/v1/units/{self.units[unit]}/policies?on={on}"
        answer = await self.town.call("GET", path, role="employee")
        assert answer.status_code == 200, answer.text
        return {
            f"{kind['kind']}.{field['field']}": Rule(
                field["value"], field["source"]["level"], field["source"]["name"]
            )
            for kind in answer.json()["kinds"]
            for field in kind["fields"]
        }

    async def winners(self, rule: str) -> dict[str, tuple[Any, str]]:
        """For every unit the value of a rule and who says so."""
        found = {}
        for unit in self.units:
            held = (await self.rules(unit))[rule]
            found[unit] = (held.value, held.source)
        return found

    async def indicators(self, unit: str, on: str = ON) -> dict[str, dict[str, Any]]:
        """What is measured in a unit, by name."""
        path = f"/v1/units/{self.units[unit]}/indicators?on={on}"
        answer = await self.town.call("GET", path, role="employee")
        assert answer.status_code == 200, answer.text
        return {indicator["name"]: indicator for indicator in answer.json()}

    async def works(self, unit: str, day: str) -> bool:
        """Whether a unit works on a day."""
        path = f"/v1/units/{self.units[unit]}/calendar?on={day}"
        answer = await self.town.call("GET", path, role="employee")
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["hours"])


def weights(rule: Rule) -> dict[str, int]:
    """Percent of each group that counts."""
    return {each["group"]: each["percent"] for each in rule.value if each["percent"]}


async def built(town: Town, slug: str) -> Place:
    """Units and services of one of the demo's organisations."""
    place = next(place for place in simulated_places() if place.slug == slug)
    units: dict[str, str] = {}
    for unit in place.units:
        above = {"parent_id": units[unit.parent]} if unit.parent else {}
        units[unit.code] = str(await town.unit(unit.name, code=unit.code, **above))
    services = {}
    for service in place.services:
        made = await town.made("/v1/services", {"name": service.name})
        services[service.name] = made["id"]
    return Place(town, units, services)
