"""Who assesses whom from day to day: one at a time, nobody above themselves."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.reporting_lines.rules import Line, circles
from shared.http.problems import MEDIA_TYPE
from tests.registry.town import Town

FIRST = date(2026, 1, 1)


async def add(town: Town, person: UUID, assessor: UUID, first: str, **more: Any) -> httpx.Response:
    body = {"assessor_id": str(assessor), "valid_from": first, **more}
    return await town.call("POST", f"/v1/people/{person}/reporting-lines", body)


async def line(town: Town, person: UUID, assessor: UUID, first: str, **more: Any) -> dict[str, Any]:
    answer = await add(town, person, assessor, first, **more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def assessor(town: Town, person: UUID, day: str) -> str | None:
    answer = await town.call("GET", f"/v1/people/{person}/assessor?on={day}")
    assert answer.status_code in {200, 404}
    return answer.json()["assessor"]["id"] if answer.status_code == 200 else None


async def people(town: Town, *names: str) -> list[UUID]:
    return [await town.person(name=name, external_id=name) for name in names]


async def test_each_day_has_its_assessor(town: Town) -> None:
    siti, budi, rina, mayor = await people(town, "Siti", "Budi", "Rina", "Mayor")
    await line(town, siti, budi, "2026-01-01", reviewer_id=str(mayor))
    change = {"assessor_id": str(rina), "on": "2026-03-01"}
    address = f"/v1/people/{siti}/reporting-lines"
    answer = await town.call("POST", f"{address}/changes", change)
    assert answer.status_code == 201, answer.text
    assert answer.json()["ended"]["version"] == 2
    assert [await assessor(town, siti, day) for day in ("2025-12-31", "2026-01-01")] == [
        None,
        str(budi),
    ]
    assert [await assessor(town, siti, day) for day in ("2026-02-28", "2026-03-01")] == [
        str(budi),
        str(rina),
    ]
    listed = (await town.call("GET", address)).json()
    assert [(each["reviewer_id"], each["valid_until"]) for each in listed] == [
        (str(mayor), "2026-03-01"),
        (None, None),
    ]
    announced = [json.loads(row["body"]) for row in (await town.outbox())[-2:]]
    assert [each.get("valid_until") for each in announced] == ["2026-03-01", None]


async def test_a_team_is_what_the_lines_say_on_the_day(town: Town) -> None:
    siti, budi, rina, mayor = await people(town, "Siti", "Budi", "Rina", "Mayor")
    await line(town, siti, budi, "2026-01-01", reviewer_id=str(mayor), valid_until="2026-07-01")
    await line(town, rina, budi, "2026-06-01")

    async def team(person: UUID | None, day: str) -> tuple[list[str], list[str]]:
        address = f"/v1/me/team?on={day}"
        answer = await town.call("GET", address, role="employee", person=person)
        found = answer.json()
        return [m["name"] for m in found["assessed"]], [m["name"] for m in found["reviewed"]]

    assert await team(budi, "2025-12-31") == ([], [])
    assert await team(budi, "2026-01-01") == (["Siti"], [])
    assert await team(budi, "2026-06-30") == (["Rina", "Siti"], [])
    assert await team(budi, "2026-07-01") == (["Rina"], [])
    assert await team(mayor, "2026-06-30") == ([], ["Siti"])
    today = await town.call("GET", "/v1/me/team", role="employee", person=budi)
    assert today.status_code == 200
    unlinked = await town.call("GET", "/v1/me/team", role="employee")
    assert (unlinked.status_code, unlinked.headers["content-type"]) == (404, MEDIA_TYPE)


async def test_the_assessor_is_seen_from_below_and_from_above(town: Town) -> None:
    siti, budi, rina, mayor = await people(town, "Siti", "Budi", "Rina", "Mayor")
    await line(town, siti, budi, "2026-01-01", reviewer_id=str(mayor))
    address = f"/v1/people/{siti}/assessor?on=2026-01-01"
    for person, status in ((siti, 200), (budi, 200), (mayor, 200), (rina, 403), (None, 403)):
        answer = await town.call("GET", address, role="employee", person=person)
        assert answer.status_code == status
    assert answer.json()["type"] == "urn:tera:problem:forbidden"
    seen = (await town.call("GET", address, role="employee", person=siti)).json()
    assert (seen["assessor"]["name"], seen["reviewer"]["name"]) == ("Budi", "Mayor")
    lines = f"/v1/people/{siti}/reporting-lines"
    assert (await town.call("GET", lines, role="employee", person=siti)).status_code == 200
    assert (await town.call("GET", lines, role="employee", person=budi)).status_code == 403


async def test_the_assessors_assessor_reviews_where_no_other_is_named(town: Town) -> None:
    siti, budi, rina, mayor = await people(town, "Siti", "Budi", "Rina", "Mayor")
    await line(town, siti, budi, "2026-01-01")
    await line(town, budi, rina, "2026-02-01", valid_until="2026-06-01")
    await line(town, budi, mayor, "2026-06-01")
    reviewers = []
    for day in ("2026-01-31", "2026-02-01", "2026-05-31", "2026-06-01"):
        address = f"/v1/people/{siti}/assessor?on={day}"
        seen = (await town.call("GET", address, role="employee", person=siti)).json()
        reviewers.append(seen["reviewer"] and seen["reviewer"]["name"])
    assert reviewers == [None, "Rina", "Rina", "Mayor"]
    for person, day, status in ((rina, "2026-05-31", 200), (rina, "2026-06-01", 403)):
        address = f"/v1/people/{siti}/assessor?on={day}"
        answer = await town.call("GET", address, role="employee", person=person)
        assert answer.status_code == status
    team = (await town.call("GET", "/v1/me/team?on=2026-06-01", person=mayor)).json()
    assert [each["name"] for each in team["assessed"]] == ["Budi"]
    assert [each["name"] for each in team["reviewed"]] == ["Siti"]


async def test_two_do_not_assess_at_the_same_time(town: Town) -> None:
    siti, budi, rina = await people(town, "Siti", "Budi", "Rina")
    first = await line(town, siti, budi, "2026-01-01", valid_until="2026-07-01")
    answer = await add(town, siti, rina, "2026-06-30")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tera:problem:line-overlaps")
    assert "from 2026-01-01 until 2026-07-01" in answer.json()["detail"]
    await line(town, siti, rina, "2026-07-01")
    address = f"/v1/people/{siti}/reporting-lines/{first['id']}"
    answer = await town.call("PATCH", address, {"valid_until": None})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:tera:problem:line-overlaps")


async def test_of_writers_at_the_same_time_one_wins(town: Town) -> None:
    siti, budi = await people(town, "Siti", "Budi")
    answers = await asyncio.gather(*(add(town, siti, budi, "2026-01-01") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"valid_until": "2026-01-01"}, "valid_until"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"assessor_id": str(uuid4())}, "assessor_id"),
        ({"reviewer_id": str(uuid4())}, "reviewer_id"),
        ({"reviewer_id": "assessor"}, "reviewer_id"),
        ({"reviewer_id": "person"}, "reviewer_id"),
        ({"assessor_id": "person"}, "assessor_id"),
        ({"assessor_id": None}, "assessor_id"),
    ],
)
async def test_what_is_wrong_is_named(town: Town, fields: dict[str, str], field: str) -> None:
    siti, budi = await people(town, "Siti", "Budi")
    ids = {"assessor": str(budi), "person": str(siti)}
    body = {"assessor_id": str(budi), "valid_from": "2026-01-01"}
    body |= {name: ids.get(value, value) for name, value in fields.items()}
    answer = await town.call("POST", f"/v1/people/{siti}/reporting-lines", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_nobody_stands_above_themselves_on_any_day(town: Town) -> None:
    a, b, c, d = await people(town, "A", "B", "C", "D")
    await line(town, a, b, "2026-01-01", valid_until="2027-01-01")
    await line(town, b, c, "2026-06-01")
    for more in ({}, {"valid_until": "2026-06-02"}):
        answer = await add(town, c, a, "2026-03-01", **more)
        assert answer.json()["type"] == "urn:tera:problem:above-themselves"
        assert "on 2026-06-01 the person" in answer.json()["detail"]
    reviewed = await add(town, c, d, "2026-03-01", reviewer_id=str(a))
    assert reviewed.json()["type"] == "urn:tera:problem:above-themselves"
    early = await line(town, c, a, "2026-03-01", valid_until="2026-06-01")
    await line(town, c, a, "2027-01-01")
    address = f"/v1/people/{c}/reporting-lines/{early['id']}"
    answer = await town.call("PATCH", address, {"valid_until": "2026-06-02"})
    assert answer.json()["type"] == "urn:tera:problem:above-themselves"
    change = {"assessor_id": str(a), "on": "2026-07-01"}
    answer = await town.call("POST", f"/v1/people/{b}/reporting-lines/changes", change)
    assert answer.json()["type"] == "urn:tera:problem:above-themselves"
    assert await assessor(town, b, "2026-07-01") == str(c)


async def test_lines_at_the_same_time_close_no_circle(town: Town) -> None:
    a, b, c = await people(town, "A", "B", "C")
    answers = await asyncio.gather(
        *(add(town, one, other, "2026-01-01") for one, other in ((a, b), (b, c), (c, a)))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409]


async def test_changes_that_mean_something_else_are_explained(town: Town) -> None:
    siti, budi, rina = await people(town, "Siti", "Budi", "Rina")
    await line(town, siti, budi, "2026-01-01")
    for who, on, slug in (
        (rina, "2025-12-31", "nothing-to-change"),
        (budi, "2026-03-01", "already-so"),
        (rina, "2026-01-01", "change-on-first-day"),
    ):
        address = f"/v1/people/{siti}/reporting-lines/changes"
        answer = await town.call("POST", address, {"assessor_id": str(who), "on": on})
        assert (answer.status_code, answer.json()["type"]) == (409, f"urn:tera:problem:{slug}")


async def test_the_second_editor_is_told(town: Town) -> None:
    siti, budi, rina = await people(town, "Siti", "Budi", "Rina")
    made = await line(town, siti, budi, "2026-01-01")
    address, seen = f"/v1/people/{siti}/reporting-lines/{made['id']}", {"if-match": '"1"'}
    first = await town.call("PATCH", address, {"valid_until": "2027-01-01"}, headers=seen)
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    for method, body in (("PATCH", {"assessor_id": str(rina)}), ("DELETE", None)):
        answer = await town.call(method, address, body, headers=seen)
        assert answer.json()["type"] == "urn:tera:problem:changed-meanwhile"
    assert (await town.call("DELETE", address)).status_code == 204
    assert b'"deleted":true' in (await town.outbox())[-1]["body"]
    assert (await town.call("DELETE", address)).status_code == 404


async def test_who_assesses_is_not_deleted(town: Town) -> None:
    siti, budi, rina = await people(town, "Siti", "Budi", "Rina")
    await line(town, siti, budi, "2026-01-01", reviewer_id=str(rina))
    for person in (siti, budi, rina):
        answer = await town.call("DELETE", f"/v1/people/{person}")
        assert answer.json()["type"] == "urn:tera:problem:person-in-reporting-lines"


async def test_every_change_of_a_line_is_recorded(town: Town) -> None:
    siti, budi = await people(town, "Siti", "Budi")
    made = await line(town, siti, budi, "2026-01-01")
    address = f"/v1/people/{siti}/reporting-lines/{made['id']}"
    await town.call("PATCH", address, {"valid_until": "2027-01-01"}, person=budi)
    changed, first = (await town.call("GET", f"/v1/history/reporting_line/{made['id']}")).json()[
        "items"
    ]
    assert (first["before"], first["after"]["assessor_id"]) == (None, str(budi))
    assert changed["before"]["valid_until"] is None
    assert (changed["after"]["valid_until"], changed["actor_person_id"]) == (
        "2027-01-01",
        str(budi),
    )


PEOPLE = [UUID(int=number) for number in range(1, 5)]
days = st.integers(0, 6).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    person, assessor, reviewer = draw(st.permutations(PEOPLE))[:3]
    first, until = draw(days), draw(st.none() | days)
    if until is not None and until <= first:
        first, until = until, first + timedelta(days=1)
    reviewer_id = draw(st.sampled_from([None, reviewer]))
    return Line(uuid4(), person, assessor, first, until, reviewer_id)


def above_on(day: date, who: UUID, kept: list[Line]) -> set[UUID]:
    """Everybody above somebody on one day, by looking at that day alone."""
    found: set[UUID] = set()
    todo = [who]
    while todo:
        one = todo.pop()
        for held in kept:
            if held.person_id == one and held.holds_on(day):
                todo += [each for each in held.superiors() if each not in found]
                found |= set(held.superiors())
    return found


@given(st.lists(lines(), max_size=12))
def test_a_line_is_refused_exactly_where_it_closes_a_circle(wanted: list[Line]) -> None:
    """Lines come one after the other, like requests; day by day is the yardstick."""
    kept: list[Line] = []
    all_days = [FIRST + timedelta(days=number) for number in range(9)]
    for each in wanted:
        if any(each.overlaps(other) for other in kept if other.person_id == each.person_id):
            continue
        with_it = [*kept, each]
        closing = [
            day for day in all_days if each.person_id in above_on(day, each.person_id, with_it)
        ]
        first = {each.id: closing[0]} if closing else {}
        assert circles([each], kept) == circles([each], with_it) == first
        if not closing:
            kept.append(each)
    for day in all_days:
        assert all(person not in above_on(day, person, kept) for person in PEOPLE)
