"""Registers a place as its administrator would; what is there already is left as it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from cli.client import Client, Login, RefusedError
from cli.configurations import read_configuration
from cli.demo.memory import Memory
from cli.demo.places import Desk, Place
from cli.demo.planning import plan_year


@dataclass(frozen=True, slots=True)
class Registered:
    """The ids that a place got, by code, name and external id; `posters` are the ids of counters
    by `unit/service`, `counters` the codes that are printed on them."""

    tenant: str
    slug: str
    units: Mapping[str, str]
    services: Mapping[str, str]
    people: Mapping[str, str]
    counters: Mapping[str, str]
    posters: Mapping[str, str]

    def counter(self, desk: Desk) -> str:
        """The code that is printed at a desk."""
        return self.counters[f"{desk.unit}/{desk.service}"]


async def register(client: Client, place: Place, *, memory: Memory) -> Registered:
    """Create the tenant and all that belongs to it. Raise `RefusedError`."""
    known = f"registered/{place.slug}"
    if known in memory:
        return Registered(**memory[known])
    tenant, slug = await _tenant(client, place, memory=memory)
    login = await client.login("tenant_administrator", tenant=UUID(tenant))
    units = await _units(login, place)
    services = await _services(login, place)
    people = await _people(login, place, units=units)
    await _policies(login, place, units=units, services=services)
    for example in place.configurations:
        await login.post("registry", "/v1/configurations", read_configuration(example))
    await plan_year(login, place, people=people)
    there = await _counters(login, place, units=units, services=services)
    codes = {desk: counter["code"] for desk, counter in there.items()}
    posters = {desk: counter["counter_id"] for desk, counter in there.items()}
    registered = Registered(tenant, slug, units, services, people, codes, posters)
    memory.keep(known, asdict(registered))
    return registered


async def is_registered(client: Client, tenant: str) -> bool:
    """Whether the registry knows a tenant that the demo remembers."""
    login = await client.login("tenant_administrator", tenant=UUID(tenant))
    try:
        await login.get("registry", "/v1/tenant")
    except RefusedError as refusal:
        if refusal.slug == "not-found":
            return False
        raise
    return True


async def _tenant(client: Client, place: Place, *, memory: Memory) -> tuple[str, str]:
    """Its id and slug, which may be taken by a start that was cut off before it could remember."""
    if (known := f"tenant/{place.slug}") in memory:
        tenant_id, slug = memory[known]
        return tenant_id, slug
    operator = await client.login("operator")
    for number in range(1, 100):
        slug = place.slug if number == 1 else f"{place.slug}-{number}"
        body = {"slug": slug, "name": place.name, "zone": place.zone}
        try:
            tenant = await operator.post("registry", "/v1/tenants", body)
        except RefusedError as refusal:
            if refusal.slug != "slug-taken":
                raise
            continue
        memory.keep(known, [tenant["id"], slug])
        return str(tenant["id"]), slug
    raise RuntimeError(f"{place.slug} and 98 names after it are taken: use another --home")


async def _units(login: Login, place: Place) -> dict[str, str]:
    ids = {unit["code"]: unit["id"] for unit in await login.all("registry", "/v1/units")}
    for unit in place.units:
        if unit.code not in ids:
            body = {"code": unit.code, "name": unit.name, "kind": unit.kind}
            body |= {"parent_id": ids[unit.parent]} if unit.parent else {}
            ids[unit.code] = (await login.post("registry", "/v1/units", body))["id"]
    return ids


async def _services(login: Login, place: Place) -> dict[str, str]:
    ids = {each["name"]: each["id"] for each in await login.all("registry", "/v1/services")}
    for service in place.services:
        if service.name not in ids:
            body: dict[str, Any] = {"name": service.name}
            if service.standard_minutes:
                body["standard_minutes"] = service.standard_minutes
            ids[service.name] = (await login.post("registry", "/v1/services", body))["id"]
    return ids


async def _people(login: Login, place: Place, *, units: Mapping[str, str]) -> dict[str, str]:
    everybody = await login.all("registry", "/v1/people")
    ids = {person["external_id"]: person["id"] for person in everybody}
    for person in place.people:
        if person.external_id not in ids:
            body = {"kind": person.kind, "name": person.name, "external_id": person.external_id}
            body |= {"number": person.number} if person.number else {}
            ids[person.external_id] = (await login.post("registry", "/v1/people", body))["id"]
        if person.email:
            path = f"/v1/people/{ids[person.external_id]}/contact-points"
            await login.put("registry", path, {"email": person.email})
    for external_id, person_id in ids.items():
        await _assignments(login, place, external_id, person=person_id, units=units)
    return ids


async def _assignments(
    login: Login, place: Place, external_id: str, *, person: str, units: Mapping[str, str]
) -> None:
    path = f"/v1/people/{person}/assignments"
    wanted = [each for each in place.assignments if each.person == external_id]
    there = await login.get("registry", path) if wanted else []
    for each in wanted:
        body: dict[str, Any] = {
            "unit_id": units[each.unit],
            "kind": each.kind,
            "valid_from": each.valid_from.isoformat(),
        }
        if not any(body.items() <= assignment.items() for assignment in there):
            body["duties"] = list(each.duties)
            body |= {"valid_until": each.until.isoformat()} if each.until else {}
            await login.post("registry", path, body)


async def _policies(
    login: Login, place: Place, *, units: Mapping[str, str], services: Mapping[str, str]
) -> None:
    path = "/v1/satisfaction-policies"
    there = {
        (policy["unit_id"], policy["valid_from"]) for policy in await login.all("registry", path)
    }
    for policy in place.policies:
        unit_id = units[policy.unit] if policy.unit else None
        if (unit_id, policy.valid_from.isoformat()) in there:
            continue
        switched_off = [
            {"element": element, "service_id": services[service]}
            for element, service in policy.switched_off
        ]
        body = {
            "unit_id": unit_id,
            "valid_from": policy.valid_from.isoformat(),
            "weight_decimals": policy.weight_decimals,
            "switched_off": switched_off,
            "minimum_sample": policy.minimum_sample,
            "shrinkage": policy.shrinkage,
        }
        await login.post("registry", path, body)


async def _counters(
    login: Login, place: Place, *, units: Mapping[str, str], services: Mapping[str, str]
) -> dict[str, Any]:
    there = {
        (counter["unit_id"], counter["service_id"]): counter
        for counter in await login.all("feedback", "/v1/counters")
    }
    for desk in place.desks:
        pair = (units[desk.unit], services[desk.service])
        if pair not in there:
            body = {"unit_id": pair[0], "service_id": pair[1]}
            there[pair] = await login.post("feedback", "/v1/counters", body)
    return {
        f"{desk.unit}/{desk.service}": there[units[desk.unit], services[desk.service]]
        for desk in place.desks
    }
