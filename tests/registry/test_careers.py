"""Where a person works, day by day: transfers, acting, double posts, and what a change touches."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.test_numbers import GOOD_PPPK
from tests.registry.town import Town

FIRST = date(2026, 1, 1)
U, V, W = (UUID(int=number) for number in range(1, 4))


async def held_on(town: Town, person: UUID, day: str) -> list[tuple[str, UUID]]:
    answer = await town.call("GET", f"/v1/people/{person}/assignments?on={day}")
    return sorted((each["kind"], UUID(each["unit_id"])) for each in answer.json())


async def move(
    town: Town, person: UUID, unit: UUID, on: str, query: str = "", **more: Any
) -> dict[str, Any]:
    body = {"unit_id": str(unit), "on": on, **more}
    answer = await town.call("POST", f"/v1/people/{person}/transfers{query}", body)
    assert answer.status_code == (200 if "dry_run=true" in query else 201), answer.text
    told: dict[str, Any] = answer.json()
    return told


async def post(town: Town, unit: UUID, title: str) -> str:
    body = {"unit_id": str(unit), "title": title, "post_kind": "structural"}
    made: str = (await town.made("/v1/posts", body))["id"]
    return made


async def test_a_transfer_holds_from_its_day(town: Town) -> None:
    person, old, new = await town.person(), await town.unit("old"), await town.unit("new")
    await town.assignment(person, old, "2026-01-01")
    await move(town, person, new, "2026-03-01")
    assert await held_on(town, person, "2025-12-31") == []
    assert await held_on(town, person, "2026-01-01") == [("definitive", old)]
    assert await held_on(town, person, "2026-02-28") == [("definitive", old)]
    assert await held_on(town, person, "2026-03-01") == [("definitive", new)]


@pytest.mark.parametrize("acting_as", ["plt", "plh", None])
async def test_acting_holds_beside_the_own_post_on_its_days(
    town: Town, acting_as: str | None
) -> None:
    person, own, other = await town.person(), await town.unit("own"), await town.unit("other")
    seat = await post(town, other, "Lurah")
    await town.assignment(person, own, "2026-01-01")
    address = f"/v1/people/{person}/assignments"
    body = {
        "unit_id": str(other),
        "kind": "acting",
        "acting_as": acting_as,
        "post_id": seat,
        "valid_from": "2026-03-01",
        "valid_until": "2026-06-01",
    }
    acting = await town.made(address, body)
    assert (acting["acting_as"], acting["post_id"]) == (acting_as, seat)
    both = [("acting", other), ("definitive", own)]
    assert await held_on(town, person, "2026-02-28") == [("definitive", own)]
    assert await held_on(town, person, "2026-03-01") == both
    assert await held_on(town, person, "2026-05-31") == both
    assert await held_on(town, person, "2026-06-01") == [("definitive", own)]
    # A transfer of the own post leaves the acting one as it is.
    await move(town, person, other, "2026-04-01")
    assert await held_on(town, person, "2026-03-31") == both
    assert await held_on(town, person, "2026-04-01") == [("acting", other), ("definitive", other)]


async def test_a_double_post_holds_on_its_days(town: Town) -> None:
    person, own, other = await town.person(), await town.unit("own"), await town.unit("other")
    await town.assignment(person, own, "2026-01-01")
    double = {"kind": "double", "valid_until": "2027-01-01"}
    await town.assignment(person, other, "2026-07-01", **double)
    both = [("definitive", own), ("double", other)]
    assert await held_on(town, person, "2026-06-30") == [("definitive", own)]
    assert await held_on(town, person, "2026-07-01") == both
    assert await held_on(town, person, "2026-12-31") == both
    assert await held_on(town, person, "2027-01-01") == [("definitive", own)]


async def test_a_post_is_of_the_unit_and_stays_there(town: Town) -> None:
    person, unit, other = await town.person(), await town.unit("A"), await town.unit("B")
    here, there = await post(town, unit, "Kepala"), await post(town, other, "Kepala")
    address = f"/v1/people/{person}/assignments"
    body = {"unit_id": str(unit), "valid_from": "2026-01-01", "post_id": there}
    answer = await town.call("POST", address, body)
    assert answer.json()["errors"][0]["field"] == "post_id"
    made = await town.made(address, {**body, "post_id": here})
    mine = f"{address}/{made['id']}"
    for wrong in ({"unit_id": str(other)}, {"post_id": there}, {"post_id": str(uuid4())}):
        answer = await town.call("PATCH", mine, wrong)
        assert answer.json()["errors"][0]["field"] == "post_id"
    answer = await town.call("PATCH", mine, {"acting_as": "plt"})
    assert answer.json()["errors"][0]["field"] == "acting_as"
    answer = await town.call("PATCH", mine, {"unit_id": str(other), "post_id": there})
    assert (answer.status_code, answer.json()["post_id"]) == (200, there)
    for refused in (
        await town.call("PATCH", f"/v1/posts/{there}", {"unit_id": str(unit), "title": "x"}),
        await town.call("DELETE", f"/v1/posts/{there}"),
    ):
        assert refused.json()["type"] == "urn:tera:problem:post-held"
    assert (await town.call("DELETE", f"/v1/posts/{here}")).status_code == 204


async def test_a_transfer_leaves_the_post_behind_or_takes_the_new_one(town: Town) -> None:
    person, old, new = await town.person(), await town.unit("old"), await town.unit("new")
    seat, next_seat = await post(town, old, "Lurah"), await post(town, new, "Camat")
    await town.assignment(person, old, "2026-01-01", post_id=seat)
    told = await move(town, person, new, "2026-03-01")
    assert (told["ended"]["post_id"], told["started"]["post_id"]) == (seat, None)
    told = await move(town, person, old, "2026-04-01", post_id=seat)
    assert told["started"]["post_id"] == seat
    wrong = {"unit_id": str(new), "on": "2026-05-01", "post_id": seat}
    answer = await town.call("POST", f"/v1/people/{person}/transfers", wrong)
    assert answer.json()["errors"][0]["field"] == "post_id"
    assert (await move(town, person, new, "2026-05-01", post_id=next_seat))["started"]["post_id"]


async def test_a_dry_run_tells_the_same_and_stores_nothing(town: Town) -> None:
    person, old, new = await town.person(), await town.unit("old"), await town.unit("new")
    await town.assignment(person, old, "2024-01-01")
    before = len(await town.outbox())
    tried = await move(town, person, new, "2024-11-15", "?dry_run=true")
    unknown = {"unit_id": str(uuid4()), "on": "2025-01-01"}
    address = f"/v1/people/{person}"
    answer = await town.call("POST", f"{address}/transfers?dry_run=true", unknown)
    assert answer.status_code == 422
    wanted = {"unit_id": str(new), "kind": "acting", "valid_from": "2025-01-01"}
    answer = await town.call("POST", f"{address}/assignments?dry_run=true", wanted)
    assert (answer.status_code, answer.json()["months"][0]) == (200, "2025-01")
    ended = f"{address}/assignments/{tried['ended']['id']}?dry_run=true"
    answer = await town.call("PATCH", ended, {"valid_until": "2026-01-01"})
    assert (answer.status_code, answer.json()["months"][0]) == (200, "2026-01")
    assert len(await town.outbox()) == before
    done = await move(town, person, new, "2024-11-15")
    for each in (tried, done):
        each["started"].pop("id")
    assert tried == done
    assert done["months"][:3] == ["2024-11", "2024-12", "2025-01"]


async def test_what_is_to_come_touches_no_month_of_the_past(town: Town) -> None:
    person, old, new = await town.person(), await town.unit("old"), await town.unit("new")
    await town.assignment(person, old, "2024-01-01")
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    told = await move(town, person, new, str(tomorrow))
    assert (told["months"], told["effects"]) == ([], [])


async def test_a_change_of_the_past_tells_what_it_touches(town: Town) -> None:
    city = await town.unit("Kota")
    old = await town.unit("old", parent_id=str(city))
    new = await town.unit("new", parent_id=str(city))
    siti, old_head, new_head, mayor, clerk = [
        await town.person(name=name, external_id=name)
        for name in ("Siti", "Old head", "New head", "Mayor", "Clerk")
    ]
    for person, unit in (
        (siti, old),
        (old_head, old),
        (new_head, new),
        (mayor, city),
        (clerk, old),
    ):
        await town.assignment(person, unit, "2024-01-01")
    hers = str(await town.line(siti, old_head, "2024-01-01"))
    clerks = str(await town.line(clerk, siti, "2024-01-01"))
    march = str(await town.period("monthly", "2024-03-01", "2024-04-01"))

    def named(told: dict[str, Any]) -> set[tuple[str, str, str, str]]:
        return {(e["kind"], e["id"], e["name"], e["what"]) for e in told["effects"]}

    told = await move(town, siti, new, "2024-03-15", "?dry_run=true")
    assert named(told) == {
        ("period", march, "monthly 2024-03-01", "past_changes"),
        ("reporting_line", hers, "Siti", "assessor_elsewhere"),
        ("reporting_line", clerks, "Clerk", "assessor_elsewhere"),
    }
    assert told["months"][0] == "2024-03"
    change = {"assessor_id": str(new_head), "on": "2024-04-01"}
    await town.made(f"/v1/people/{siti}/reporting-lines/changes", change)
    told = await move(town, siti, new, "2024-04-01", "?dry_run=true")
    assert named(told) == {("reporting_line", clerks, "Clerk", "assessor_elsewhere")}
    # Whoever sits above both units assesses there as well as here.
    await town.made(
        f"/v1/people/{siti}/reporting-lines/changes",
        {"assessor_id": str(mayor), "on": "2024-06-01"},
    )
    await town.call("DELETE", f"/v1/people/{clerk}/reporting-lines/{clerks}")
    told = await move(town, siti, new, "2024-06-01")
    assert told["effects"] == []


async def test_of_two_who_transfer_the_second_is_told(town: Town) -> None:
    person, a, b, c = await town.person(), *[await town.unit(name) for name in "abc"]
    await town.assignment(person, a, "2024-01-01")
    address, seen = f"/v1/people/{person}/transfers", {"if-match": '"1"'}
    first = {"unit_id": str(b), "on": "2025-03-01"}
    assert (await town.call("POST", address, first, headers=seen)).status_code == 201
    second = {"unit_id": str(c), "on": "2025-02-01"}
    answer = await town.call("POST", address, second, headers=seen)
    assert (answer.status_code, answer.json()["type"]) == (
        412,
        "urn:tera:problem:changed-meanwhile",
    )
    assert await held_on(town, person, "2025-02-01") == [("definitive", a)]


async def test_history_goes_with_the_person(town: Town) -> None:
    """The person stays the same one: what was held before is on the timeline and in the history."""
    siti, budi = await town.person(name="Siti"), await town.person(name="Budi")
    old, new = await town.unit("old"), await town.unit("new")
    seat = await post(town, old, "Lurah")
    first = await town.assignment(siti, old, "2024-01-01", post_id=seat)
    await town.line(siti, budi, "2024-01-01", valid_until="2025-01-01")
    away = {"kind": "sick", "valid_from": "2024-02-01", "valid_until": "2024-03-01"}
    await town.made(f"/v1/people/{siti}/leaves", away)
    await move(town, siti, new, "2025-03-01")
    answer = await town.call("GET", f"/v1/people/{siti}/timeline", role="employee", person=siti)
    told = answer.json()
    assert told["person"]["name"] == "Siti"
    assert [
        (a["unit_name"], a["post_title"], a["valid_from"], a["valid_until"])
        for a in told["assignments"]
    ] == [("old", "Lurah", "2024-01-01", "2025-03-01"), ("new", None, "2025-03-01", None)]
    assert [each["assessor_name"] for each in told["reporting_lines"]] == ["Budi"]
    assert [each["kind"] for each in told["leaves"]] == ["sick"]
    changes = (await town.call("GET", f"/v1/history/assignment/{first}")).json()["items"]
    assert [each["after"]["valid_until"] for each in changes] == ["2025-03-01", None]
    other = await town.call("GET", f"/v1/people/{siti}/timeline", role="employee", person=budi)
    assert other.status_code == 403
    assert (await town.call("GET", f"/v1/people/{uuid4()}/timeline")).status_code == 404


async def test_a_unit_is_called_as_it_was_when_the_person_left(town: Town) -> None:
    person, unit, other = await town.person(), await town.unit("Dinas Lama"), await town.unit("B")
    await town.assignment(person, unit, "2024-01-01", valid_until="2025-01-01")
    await town.assignment(person, other, "2025-01-01")
    await town.assignment(person, unit, "2025-02-01", kind="double")
    renamed = {"on": "2025-01-01", "name": "Dinas Baru"}
    answer = await town.call("POST", f"/v1/units/{unit}/moves?backdated=true", renamed)
    assert answer.status_code == 200, answer.text
    told = (await town.call("GET", f"/v1/people/{person}/timeline")).json()
    names = [each["unit_name"] for each in told["assignments"]]
    assert names == ["Dinas Lama", "B", "Dinas Baru"]


async def test_a_plan_was_made_for_the_work_as_it_was(town: Town) -> None:
    person = await town.person(name="Siti", kind="pppk", number=GOOD_PPPK)
    boss = await town.person(name="Budi", external_id="boss")
    old, new = await town.unit("old"), await town.unit("new")
    await town.assignment(person, old, "2024-01-01")
    await town.line(person, boss, "2024-01-01")
    year = str(await town.period("yearly", "2025-01-01", "2026-01-01"))
    plan = await town.made("/v1/plans", {"person_id": str(person), "period_id": year})
    before = await move(town, person, new, "2025-12-31", "?dry_run=true")
    after = await move(town, person, new, "2026-01-01", "?dry_run=true")
    wanted = {"kind": "plan", "id": plan["id"], "name": "yearly 2025-01-01"}
    assert wanted | {"what": "plan_of_before"} in before["effects"]
    assert "plan" not in {each["kind"] for each in after["effects"]}


async def test_a_change_of_assessor_tells_what_it_leaves_behind(town: Town) -> None:
    siti = await town.person(name="Siti", kind="pppk", number=GOOD_PPPK)
    budi, rina = await town.person(name="Budi"), await town.person(name="Rina")
    unit, other = await town.unit("A"), await town.unit("B")
    for person, where in ((siti, unit), (budi, unit), (rina, other)):
        await town.assignment(person, where, "2024-01-01")
    address = f"/v1/people/{siti}/reporting-lines"
    line = {"assessor_id": str(budi), "valid_from": "2024-01-01"}
    assert (await town.made(address, line))["effects"] == []
    year = str(await town.period("yearly", "2025-01-01", "2026-01-01"))
    plan = await town.made("/v1/plans", {"person_id": str(siti), "period_id": year})
    before = len(await town.outbox())
    tried = []
    for on in ("2025-12-31", "2026-01-01"):
        change = {"assessor_id": str(rina), "on": on}
        answer = await town.call("POST", f"{address}/changes?dry_run=true", change)
        assert answer.status_code == 200, answer.text
        tried.append({(each["kind"], each["what"]) for each in answer.json()["effects"]})
    elsewhere = ("reporting_line", "assessor_elsewhere")
    assert tried == [{elsewhere, ("plan", "plan_with_other_leader")}, {elsewhere}]
    assert len(await town.outbox()) == before
    change = {"assessor_id": str(rina), "on": "2025-12-31"}
    seen = {"if-match": '"2"'}
    late = await town.call("POST", f"{address}/changes", change, headers=seen)
    assert late.json()["type"] == "urn:tera:problem:changed-meanwhile"
    told = await town.made(f"{address}/changes", change)
    assert plan["id"] in {each["id"] for each in told["effects"]}
    mine = f"{address}/{told['started']['id']}"
    answer = await town.call("PATCH", f"{mine}?dry_run=true", {"assessor_id": str(budi)})
    assert (answer.status_code, answer.json()["effects"]) == (200, [])


async def test_nobody_works_where_no_unit_is(town: Town) -> None:
    person, unit = await town.person(), await town.unit("A", since="2024-01-01")
    heir = await town.unit("B")
    merge = {"on": "2025-01-01", "into_id": str(heir)}
    answer = await town.call("POST", f"/v1/units/{unit}/merge?backdated=true", merge)
    assert answer.status_code == 200, answer.text
    address = f"/v1/people/{person}/assignments"
    for first, until, status in (
        ("2023-12-31", "2024-06-01", 409),
        ("2024-01-01", "2025-01-02", 409),
        ("2024-01-01", None, 409),
        ("2024-01-01", "2025-01-01", 201),
    ):
        body = {"unit_id": str(unit), "valid_from": first, "valid_until": until}
        answer = await town.call("POST", address, body)
        assert answer.status_code == status, answer.text
        if status == 409:
            assert answer.json()["type"] == "urn:tera:problem:unit-not-there"
            assert "from 2024-01-01 to before 2025-01-01" in answer.json()["detail"]
    made = f"{address}/{answer.json()['id']}"
    answer = await town.call("PATCH", made, {"valid_until": "2025-02-01"})
    assert answer.json()["type"] == "urn:tera:problem:unit-not-there"


async def test_an_arrival_and_a_merge_at_the_same_time_leave_nobody_behind(town: Town) -> None:
    heir = await town.unit("heir")
    for number in range(4):
        unit, person = await town.unit(f"unit {number}"), await town.person()
        arrival = {"unit_id": str(unit), "valid_from": "2024-01-01"}
        merge = {"on": "2025-01-01", "into_id": str(heir)}
        arrived, merged = await asyncio.gather(
            town.call("POST", f"/v1/people/{person}/assignments", arrival),
            town.call("POST", f"/v1/units/{unit}/merge?backdated=true", merge),
        )
        assert (merged.status_code, arrived.status_code) in {(200, 201), (200, 409)}
        there = [("definitive", heir)] if arrived.status_code == 201 else []
        assert await held_on(town, person, "2025-01-01") == there


async def test_the_staff_of_a_day(town: Town) -> None:
    siti, budi = await town.person(name="Siti"), await town.person(name="Budi")
    unit, other = await town.unit("A"), await town.unit("B")
    seat = await post(town, unit, "Camat")
    await town.assignment(siti, unit, "2026-01-01", post_id=seat, duties=["head"])
    await town.assignment(budi, unit, "2026-03-01", kind="double")
    await town.assignment(budi, other, "2026-01-01")

    async def staff(query: str) -> list[tuple[str, str | None]]:
        answer = await town.call("GET", f"/v1/staff?{query}")
        assert answer.status_code == 200, answer.text
        return [(each["name"], each["post_title"]) for each in answer.json()["items"]]

    assert await staff(f"on=2025-12-31&unit_id={unit}") == []
    assert await staff(f"on=2026-02-28&unit_id={unit}") == [("Siti", "Camat")]
    assert await staff(f"on=2026-03-01&unit_id={unit}") == [("Siti", "Camat"), ("Budi", None)]
    assert await staff("on=2026-03-01&duty=head") == [("Siti", "Camat")]
    assert await staff(f"on=2026-03-01&post_id={seat}") == [("Siti", "Camat")]
    assert len(await staff("")) == 3
    page = (await town.call("GET", "/v1/staff?limit=2")).json()
    assert len(await staff(f"limit=2&cursor={page['next_cursor']}")) == 1
    assert (await town.call("GET", "/v1/staff", role="employee", person=siti)).status_code == 403
