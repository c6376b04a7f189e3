"""G7: with a token of one tenant nobody reads or changes anything of another, by any route."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from tests.registry.conftest import Found
from tests.registry.town import Town

TABLES = (
    "tenants",
    "units",
    "unit_states",
    "unit_aliases",
    "people",
    "contact_points",
    "assignments",
    "posts",
    "reporting_lines",
    "leaves",
    "logins",
    "services",
    "service_units",
    "counters",
    "counter_services",
    "rosters",
    "shifts",
    "satisfaction_policies",
    "policies",
    "periods",
    "calendars",
    "competences",
    "competence_indicators",
    "programmes",
    "programme_competences",
    "enrolments",
    "indicators",
    "goals",
    "plans",
    "plan_revisions",
    "plan_parts",
    "import_files",
    "import_mappings",
    "history",
    "outbox",
)
DATED = ("/policy", "/indicators", "/working-time", "/due", "/unserved-results", "/rosters")
"""How routes end that must be told a day or more."""
TOLD = (
    "?on=2026-06-01&from=2026-06-01T00:00:00Z&until=2026-06-02T00:00:00Z&working_days=1"
    f"&period_id={UUID(int=1)}"
)
THEIR_OWN = {
    "/v1/people/{person_id}/contact-points",
    "/v1/programmes/{programme_id}/enrolments",
    "/v1/programmes/{programme_id}/enrolments/{person_id}",
}
"""What employees may change of themselves."""
SHIFT = {"starts": "08:00", "ends": "12:00"}
LEAVE = {"kind": "sick", "valid_from": "2026-01-01"}
CALENDAR = {
    "valid_from": "2026-01-01",
    "week": [[{"starts": "08:00", "ends": "16:00"}]] * 5 + [[], []],
}
LEAVE = {"kind": "sick", "valid_from": "2026-01-01"}
COMPETENCE = {"code": "T1", "name": "Melayani", "kind": "technical"}
PROGRAMME = {
    "name": "Pelayanan prima",
    "provider": "BPSDM",
    "starts_on": "2026-06-01",
    "ends_on": "2026-06-04",
}
PERIOD = {
    "kind": "monthly",
    "starts_on": "2026-01-01",
    "ends_on": "2026-02-01",
    "closes_at": "2026-02-10T00:00:00Z",
}
REPLIES = {"document": {"policy_kind": "complaints", "reply_days": 11}}
GOAL = {"name": "mine", "starts_on": "2026-01-01", "ends_on": "2027-01-01"}
INDICATOR = {
    "name": "mine",
    "source": "report",
    "measure_unit": "count",
    "better": "higher",
    "target_low": 1,
    "target_high": 2,
    "aspect": "quantity",
    "valid_from": "2026-01-01",
}
OPEN_TO_ALL = {
    "/v1/tenants/{tenant_id}/services",
    "/v1/tenants/{tenant_id}/services/{service_id}",
}
"""What citizens read without a token."""
OF_NO_TENANT = ("/v1/regions/", "/v1/imports/{import_kind}", "/v1/exports/{import_kind}")
"""They name nothing of a tenant: everybody has kinds, and mappings of the same name."""
DRAFT = {"results": [{"main": True, "title": "mine"}]}
ROLES = ("tenant_administrator", "employee")


@dataclass(frozen=True)
class Victim:
    """A town with one of everything; `ids` by the names that routes give them."""

    town: Town
    ids: dict[str, UUID | str]

    def uuids(self) -> list[UUID]:
        return [value for value in self.ids.values() if isinstance(value, UUID)]

    async def state(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: [
                tuple(row)
                for row in await self.town.owner.fetch(
                    f"select * from {table} as t where tenant_id = $1 order by t::text",
                    self.town.id,
                )
            ]
            for table in TABLES
        }


async def victim(found: Found) -> Victim:
    town = await found()
    unit, person = await town.unit(code="01"), await town.person(external_id="1")
    policy = {"valid_from": "2026-01-01", "unit_id": str(unit)}
    post = {"unit_id": str(unit), "title": "Lurah", "post_kind": "structural"}
    assessor = await town.person(external_id="2")
    line = {"assessor_id": str(assessor), "valid_from": "2026-01-01"}
    ids: dict[str, UUID | str] = {
        "kind": "unit",
        "entity_id": unit,
        "day": "2199-01-01",
        "tenant_id": town.id,
        "valid_from": "2999-01-01",
        "authority": "bps",
        "code": "99",
        "slug": "of-nobody",
        "import_kind": "units",
        "mapping_name": "Format BKN",
        "unit_id": unit,
        "person_id": person,
        "assignment_id": await town.assignment(person, unit, "2026-01-01"),
        "post_id": UUID((await town.made("/v1/posts", post))["id"]),
        "leave_id": UUID((await town.made(f"/v1/people/{person}/leaves", LEAVE))["id"]),
        "assessor_id": assessor,
        "line_id": UUID((await town.made(f"/v1/people/{person}/reporting-lines", line))["id"]),
        "service_id": UUID((await town.made("/v1/services", {"name": "KTP-el"}))["id"]),
        "competence_id": UUID((await town.made("/v1/competences", COMPETENCE))["id"]),
        "programme_id": UUID((await town.made("/v1/programmes", PROGRAMME))["id"]),
        "calendar_id": UUID((await town.made("/v1/calendars", CALENDAR))["id"]),
        "period_id": UUID((await town.made("/v1/periods", PERIOD))["id"]),
        "satisfaction_policy_id": UUID(
            (await town.made("/v1/satisfaction-policies", policy))["id"]
        ),
        "indicator_id": UUID(
            (await town.made("/v1/indicators", {**INDICATOR, "unit_id": str(unit)}))["id"]
        ),
        "goal_id": UUID((await town.made("/v1/goals", GOAL))["id"]),
        "policy_id": UUID((await town.made("/v1/policies", policy | REPLIES))["id"]),
    }
    ids["plan_id"] = await planned(town, assessor, ids["period_id"])
    await town.call("PUT", f"/v1/people/{person}/login", {"subject": "siti"})
    learns = {"competence_ids": [str(ids["competence_id"])]}
    await town.call("PATCH", f"/v1/programmes/{ids['programme_id']}", learns)
    await town.made(f"/v1/programmes/{ids['programme_id']}/enrolments", {"person_id": str(person)})
    sources = {"indicator_ids": [str(ids["indicator_id"])]}
    await town.call("PUT", f"/v1/competences/{ids['competence_id']}/sources", sources)
    ids["file_id"] = await kept_file(town)
    desk = await town.made("/v1/counters", {"unit_id": str(unit), "name": "Loket 1"})
    ids["counter_id"] = UUID(desk["id"])
    shifts = {"shifts": [{**SHIFT, "person_id": str(person)}]}
    await town.call("PUT", f"/v1/counters/{desk['id']}/rosters/2026-01-01", shifts)
    contact = {"email": "siti@kota.example"}
    await town.call("PUT", f"/v1/people/{person}/contact-points", contact)
    return Victim(town, ids)


async def kept_file(town: Town) -> UUID:
    """A file that was checked and kept, and a mapping of the name that strangers use too."""
    mapping = {"columns": {"siti@kota.example": "code"}}
    await town.call("PUT", "/v1/imports/units/mappings/Format BKN", mapping)
    answer = await town.call(
        "POST",
        "/v1/imports/units?dry_run=true&keep=true",
        content=b"kode,nama\n01,siti@kota.example\n",
        headers={"content-type": "text/csv"},
    )
    return UUID(answer.json()["file_id"])


async def planned(town: Town, assessor: UUID, period: object) -> UUID:
    """The plan of somebody who is rated."""
    person = await town.person(kind="civil_servant", number="198001012006041001")
    await town.line(person, assessor, "2026-01-01")
    plan = {"person_id": str(person), "period_id": str(period)}
    return UUID((await town.made("/v1/plans", plan))["id"])


def operations(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of the application, those of tomorrow too."""
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            yield method.upper(), path


def bodies(method: str, path: str, ids: dict[str, UUID | str]) -> list[Any]:
    """Bodies that would be accepted, if the ids in them were one's own."""
    known: dict[str, list[Any]] = {
        "PATCH /v1/units/{unit_id}": [{"name": "mine"}, {"parent_id": str(ids["unit_id"])}],
        "PUT /v1/units/{unit_id}/aliases": [["mine"]],
        "POST /v1/units/{unit_id}/moves": [{"on": "2999-01-01", "name": "mine"}],
        "POST /v1/units/{unit_id}/merge": [{"on": "2999-01-01", "into_id": str(ids["unit_id"])}],
        "POST /v1/units": [{"name": "mine", "kind": "opd", "parent_id": str(ids["unit_id"])}],
        "POST /v1/tenants": [{"slug": "mine", "name": "mine", "zone": "UTC"}],
        "PATCH /v1/tenant": [{"name": "mine"}],
        "POST /v1/people": [{"name": "mine", "kind": "non_asn", "external_id": "1"}],
        "PATCH /v1/people/{person_id}": [{"name": "mine"}],
        "PUT /v1/people/{person_id}/contact-points": [{"email": "mine@kota.example"}],
        "POST /v1/contact-points/lookup": [
            {"tenant_id": str(ids["tenant_id"]), "person_ids": [str(ids["person_id"])]}
        ],
        "POST /v1/people/{person_id}/assignments": [
            {"unit_id": str(ids["unit_id"]), "valid_from": "2020-01-01", "kind": "acting"}
        ],
        "PATCH /v1/people/{person_id}/assignments/{assignment_id}": [{"valid_from": "2020-01-01"}],
        "POST /v1/posts": [
            {"unit_id": str(ids["unit_id"]), "title": "mine", "post_kind": "executor"}
        ],
        "PATCH /v1/posts/{post_id}": [{"title": "mine"}],
        "POST /v1/people/{person_id}/leaves": [{"kind": "annual", "valid_from": "2020-01-01"}],
        "PATCH /v1/people/{person_id}/leaves/{leave_id}": [{"kind": "study"}],
        "PUT /v1/people/{person_id}/login": [{"subject": "mine"}],
        "POST /v1/people/{person_id}/reporting-lines": [
            {"assessor_id": str(ids["assessor_id"]), "valid_from": "2020-01-01"}
        ],
        "POST /v1/people/{person_id}/reporting-lines/changes": [
            {"assessor_id": str(ids["assessor_id"]), "on": "2026-06-01"}
        ],
        "PATCH /v1/people/{person_id}/reporting-lines/{line_id}": [{"valid_from": "2020-01-01"}],
        "POST /v1/people/{person_id}/transfers": [
            {"unit_id": str(ids["unit_id"]), "on": "2026-06-01"}
        ],
        "POST /v1/counters": [{"unit_id": str(ids["unit_id"]), "name": "mine"}],
        "PATCH /v1/counters/{counter_id}": [{"name": "mine"}],
        "PUT /v1/counters/{counter_id}/rosters/{day}": [
            {"shifts": [{**SHIFT, "person_id": str(ids["person_id"])}]}
        ],
        "POST /v1/services": [{"name": "KTP-el"}],
        "PATCH /v1/services/{service_id}": [{"name": "mine"}],
        "POST /v1/satisfaction-policies": [
            {"valid_from": "2026-01-01", "unit_id": str(ids["unit_id"])},
            {
                "valid_from": "2026-01-02",
                "switched_off": [{"element": "biaya", "service_id": str(ids["service_id"])}],
            },
        ],
        "PUT /v1/satisfaction-policies/{satisfaction_policy_id}": [{"valid_from": "2026-03-01"}],
        "POST /v1/configurations": [
            {"name": "mine", "policies": [{"unit": "01", "valid_from": "2026-01-02"} | REPLIES]}
        ],
        "POST /v1/regulations/{slug}/adopt": [{"valid_from": "2026-01-01"}],
        "POST /v1/policies": [
            {"valid_from": "2026-01-02", "unit_id": str(ids["unit_id"])} | REPLIES
        ],
        "PUT /v1/policies/{policy_id}": [{"valid_from": "2026-03-01"} | REPLIES],
        "POST /v1/indicators": [
            {**INDICATOR, field: str(ids[field])}
            for field in ("unit_id", "service_id", "person_id")
        ],
        "PUT /v1/indicators/{indicator_id}": [INDICATOR],
        "POST /v1/goals": [GOAL],
        "PUT /v1/goals/{goal_id}": [{**GOAL, "name": "theirs"}],
        "POST /v1/plans": [
            {"person_id": str(ids["assessor_id"]), "period_id": str(ids["period_id"])}
        ],
        "PUT /v1/plans/{plan_id}/draft": [DRAFT],
        "POST /v1/plans/{plan_id}/discuss": [None],
        "POST /v1/plans/{plan_id}/agree": [None],
        "POST /v1/plans/{plan_id}/amend": [{"valid_from": "2026-01-15"}],
        "POST /v1/periods": [PERIOD],
        "POST /v1/periods/generate": [{"year": 2026, "kind": "monthly"}],
        "POST /v1/calendars": [CALENDAR | {"unit_id": str(ids["unit_id"])}],
        "PUT /v1/calendars/{calendar_id}": [CALENDAR],
        "PUT /v1/calendars/{calendar_id}/days/{day}": [{"name": "mine"}],
        "POST /v1/competences": [COMPETENCE],
        "PATCH /v1/competences/{competence_id}": [{"name": "mine"}],
        "PUT /v1/competences/{competence_id}/sources": [{"values": ["loyal"]}],
        "POST /v1/programmes": [
            PROGRAMME | {"name": "mine", "competence_ids": [str(ids["competence_id"])]}
        ],
        "PATCH /v1/programmes/{programme_id}": [{"name": "mine"}],
        "POST /v1/programmes/{programme_id}/enrolments": [{"person_id": str(ids["person_id"])}],
        "PUT /v1/programmes/{programme_id}/enrolments/{person_id}/completion": [
            {"completed_on": "2026-06-01"}
        ],
        "PATCH /v1/periods/{period_id}": [{"closes_at": "2026-03-01T00:00:00Z"}],
        "POST /v1/periods/{period_id}/advance": [{"to": "running"}],
        "POST /v1/regions/{authority}": [b"code,name\n11,mine\n"],
        "POST /v1/imports/{import_kind}": [b"kode,nama,induk\n02,mine,01\n"],
        "PUT /v1/imports/{import_kind}/mappings/{mapping_name}": [{"columns": {"mine": "code"}}],
    }
    if method in {"GET", "DELETE"}:
        return [None]
    assert f"{method} {path}" in known, f"say here what a body of {method} {path} looks like"
    return known[f"{method} {path}"]


async def test_every_route_keeps_tenants_apart(registry: FastAPI, found: Found) -> None:
    attacked = await victim(found)
    stranger = await found()
    before = await attacked.state()
    walked = 0
    for method, path in operations(registry):
        if path in OPEN_TO_ALL:
            continue
        address = re.sub(r"\{(\w+)\}", lambda name: str(attacked.ids[name[1]]), path)
        for body in bodies(method, path, attacked.ids):
            for role in ROLES:
                answer = await stranger.call(
                    method,
                    address + (TOLD if path.endswith(DATED) else ""),
                    None if isinstance(body, bytes) else body,
                    role=role,
                    person=attacked.ids["person_id"],
                    content=body if isinstance(body, bytes) else None,
                    headers={"content-type": "text/csv"} if isinstance(body, bytes) else None,
                )
                walked += 1
                assert answer.status_code < 500, (method, path)
                if "{" in path and not path.startswith(OF_NO_TENANT):
                    assert answer.status_code in {403, 404}, (method, path, role, answer.text)
                told = answer.text.replace(str(answer.request.url), "")
                for known in (*attacked.uuids(), "siti@kota.example"):
                    assert str(known) not in told, (method, path, role)
    assert walked > 50
    assert await attacked.state() == before


async def test_every_route_wants_a_token(registry: FastAPI, found: Found) -> None:
    town = await found()
    for method, path in operations(registry):
        if path in OPEN_TO_ALL:
            continue
        address = re.sub(r"\{\w+\}", str(town.id), path)
        answer = await town.http.request(method, address)
        assert answer.status_code == 401, (method, path)
        assert answer.json()["type"] == "urn:tera:problem:missing-token"


async def test_employees_write_nothing(registry: FastAPI, found: Found) -> None:
    own = await victim(found)
    before = await own.state()
    for method, path in operations(registry):
        if method == "GET" or path in THEIR_OWN:
            continue
        address = re.sub(r"\{(\w+)\}", lambda name: str(own.ids[name[1]]), path)
        for body in bodies(method, path, own.ids):
            raw = body if isinstance(body, bytes) else None
            answer = await own.town.call(
                method,
                address,
                None if raw else body,
                role="employee",
                person=own.ids["person_id"],
                content=raw,
                headers={"content-type": "text/csv"} if raw else None,
            )
            assert answer.status_code == 403, (method, path)
    assert await own.state() == before
