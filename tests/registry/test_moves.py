"""Units over time: each dated change is asked for on the day before and on the day itself."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.registry.town import Town

TOMORROW = datetime.now(UTC).date() + timedelta(days=2)
"""Not today in any zone."""


async def moved(town: Town, unit: UUID, query: str = "", **body: Any) -> dict[str, Any]:
    answer = await town.call("POST", f"/v1/units/{unit}/moves{query}", body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def on(town: Town, unit: UUID, day: date | str) -> dict[str, Any]:
    answer = await town.call("GET", f"/v1/units/{unit}?on={day}", role="employee")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def tree(town: Town, day: date | str) -> dict[str, list[str]]:
    """The path of every unit that exists on a day, by its name."""
    answer = await town.call("GET", f"/v1/units?on={day}&limit=200")
    assert answer.status_code == 200, answer.text
    return {
        unit["name"]: [step["name"] for step in unit["path"]] for unit in answer.json()["items"]
    }


def whats(told: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(effect["kind"], effect["name"], effect["what"]) for effect in told["effects"]}


def type_of(problem: dict[str, Any]) -> str:
    return str(problem["type"]).removeprefix("urn:tera:problem:")


async def test_a_move_to_come(town: Town) -> None:
    health, education = await town.unit("Kesehatan"), await town.unit("Pendidikan")
    clinic = await town.unit("Klinik", parent_id=str(health))
    desk = await town.unit("Loket", parent_id=str(clinic))

    told = await moved(town, clinic, on=str(TOMORROW), parent_id=str(education), name="UKS")
    assert whats(told) == {("unit", "Loket", "stands_elsewhere")}
    assert told["unit"]["name"] == "Klinik", "not yet"
    assert [(s["valid_from"], s["name"]) for s in told["unit"]["states"]] == [
        ("0001-01-01", "Klinik"),
        (str(TOMORROW), "UKS"),
    ]

    before, then = (
        await on(town, desk, TOMORROW - timedelta(days=1)),
        await on(town, desk, TOMORROW),
    )
    assert [step["name"] for step in before["path"]] == ["Kesehatan", "Klinik", "Loket"]
    assert [step["name"] for step in then["path"]] == ["Pendidikan", "UKS", "Loket"]
    assert (await tree(town, TOMORROW - timedelta(days=1)))["Klinik"] == ["Kesehatan", "Klinik"]
    assert (await tree(town, TOMORROW))["UKS"] == ["Pendidikan", "UKS"]
    below = await town.call("GET", f"/v1/units?on={TOMORROW}&parent_id={education}")
    assert [unit["name"] for unit in below.json()["items"]] == ["UKS"]
    now = (await town.call("GET", f"/v1/units/{clinic}")).json()
    assert (now["name"], now["parent_id"]) == ("Klinik", str(health))


async def test_a_move_in_the_past_is_refused_until_its_effects_are_wanted(town: Town) -> None:
    old, new = await town.unit("Lama"), await town.unit("Baru")
    office = await town.unit("Kantor", parent_id=str(old))
    await town.made("/v1/satisfaction-policies", {"unit_id": str(old), "valid_from": "2020-01-01"})
    await town.made("/v1/satisfaction-policies", {"unit_id": str(new), "valid_from": "2020-01-01"})
    await town.period("monthly", "2026-03-01", "2026-04-01")
    body = {"on": "2026-03-15", "parent_id": str(new)}

    refused = await town.call("POST", f"/v1/units/{office}/moves", body)
    assert (refused.status_code, type_of(refused.json())) == (409, "backdated")
    told = await moved(town, office, "?dry_run=true", **body)
    assert whats(told) == {
        ("satisfaction_policy", "Baru", "begins_to_hold"),
        ("satisfaction_policy", "Lama", "holds_no_more"),
        ("period", "monthly 2026-03-01", "past_changes"),
    }
    assert (await on(town, office, "2026-03-15"))["parent_id"] == str(old), "a dry run"

    assert await moved(town, office, "?backdated=true", **body) == told | {
        "unit": told["unit"] | {"version": 2}
    }
    assert (await on(town, office, "2026-03-14"))["parent_id"] == str(old)
    assert (await on(town, office, "2026-03-15"))["parent_id"] == str(new)
    assert (await town.call("GET", f"/v1/units/{office}")).json()["parent_id"] == str(new)
    last = (await town.outbox())[-1]["body"]
    assert b'"states":[{"valid_from":"0001-01-01"' in last
    assert b'{"valid_from":"2026-03-15"' in last


async def test_policies_that_would_contradict_each_other_keep_a_unit_where_it_is(
    town: Town,
) -> None:
    above, unit = await town.unit("Atas"), await town.unit("Bawah")
    bounds = {above: {"below_until": "1.1", "above_from": "1.3"}, unit: {"below_until": "2"}}
    for place, fields in bounds.items():
        document = {"policy_kind": "behaviour", **fields}
        body = {"unit_id": str(place), "valid_from": "2024-01-01", "document": document}
        policy = await town.made("/v1/policies", body)
    path = f"/v1/units/{unit}/moves?backdated=true"
    for day in ("2023-01-01", "2025-01-01", "2199-01-01"):
        body = {"on": day, "parent_id": str(above)}
        answer = await town.call("POST", path, body)
        assert type_of(answer.json()) == "policies-contradict", answer.text
    assert (await town.call("DELETE", f"/v1/policies/{policy['id']}")).status_code == 204
    assert (await town.call("POST", path, body)).status_code == 200


async def test_no_circle_on_any_day(town: Town) -> None:
    first, second = await town.unit("A"), await town.unit("B")
    later = TOMORROW + timedelta(days=10)
    await moved(town, first, on=str(later), parent_id=str(second))
    for day in (TOMORROW, later, later + timedelta(days=10)):
        body = {"on": str(day), "parent_id": str(first)}
        answer = await town.call("POST", f"/v1/units/{second}/moves", body)
        assert (answer.status_code, type_of(answer.json())) == (409, "unit-below-itself"), day
    answer = await town.call("PATCH", f"/v1/units/{second}", {"parent_id": str(first)})
    assert type_of(answer.json()) == "unit-below-itself", "today it would not be one"
    body = {"on": str(TOMORROW), "parent_id": str(second)}
    answer = await town.call("POST", f"/v1/units/{second}/moves", body)
    assert type_of(answer.json()) == "unit-below-itself"


async def test_what_is_planned_is_taken_back(town: Town) -> None:
    top = await town.unit("Atas")
    office = await town.unit("Kantor")
    later = TOMORROW + timedelta(days=30)
    await moved(town, office, on=str(TOMORROW), parent_id=str(top))
    await moved(town, office, on=str(later), name="Kantor Besar")
    assert (await on(town, office, later))["parent_id"] == str(top)

    answer = await town.call("DELETE", f"/v1/units/{office}/states/{TOMORROW}")
    assert answer.status_code == 200
    assert [s["name"] for s in answer.json()["unit"]["states"]] == ["Kantor", "Kantor Besar"]
    assert (await on(town, office, later))["parent_id"] is None
    again = await town.call("DELETE", f"/v1/units/{office}/states/{TOMORROW}")
    assert type_of(again.json()) == "state-unknown"
    first = await town.call("DELETE", f"/v1/units/{office}/states/0001-01-01")
    assert type_of(first.json()) == "state-begun"


async def test_a_correction_reaches_what_is_planned(town: Town) -> None:
    top = await town.unit("Atas")
    office = await town.unit("Kntor")
    await moved(town, office, on=str(TOMORROW), parent_id=str(top))
    corrected = await town.call("PATCH", f"/v1/units/{office}", {"name": "Kantor"})
    assert corrected.status_code == 200
    assert (await on(town, office, TOMORROW))["name"] == "Kantor"
    assert (await on(town, office, "2000-01-01"))["name"] == "Kantor"


async def test_a_merger(town: Town) -> None:
    old, new = await town.unit("Dinas A", code="A"), await town.unit("Dinas B", code="B")
    desk = await town.unit("Loket", parent_id=str(old))
    await town.call("PUT", f"/v1/units/{old}/aliases", ["DisA"])
    head, guest = await town.person(external_id="1"), await town.person(external_id="2")
    await town.assignment(head, old, "2020-01-01", duties=["head", "survey_officer"])
    await town.assignment(guest, old, str(TOMORROW + timedelta(days=5)), kind="acting")
    body = {"on": str(TOMORROW), "into_id": str(new)}

    told = (await town.call("POST", f"/v1/units/{old}/merge?dry_run=true", body)).json()
    assert whats(told) == {
        ("unit", "Loket", "stands_elsewhere"),
        ("assignment", "Siti", "goes_on_elsewhere"),
    }
    assert len([e for e in told["effects"] if e["kind"] == "assignment"]) == 2
    done = await town.call("POST", f"/v1/units/{old}/merge", body)
    assert done.status_code == 200, done.text
    assert done.json()["effects"] == told["effects"]

    eve = TOMORROW - timedelta(days=1)
    assert set(await tree(town, eve)) == {"Dinas A", "Dinas B", "Loket"}
    assert await tree(town, TOMORROW) == {"Dinas B": ["Dinas B"], "Loket": ["Dinas B", "Loket"]}
    gone = await town.call("GET", f"/v1/units/{old}?on={TOMORROW}")
    assert gone.status_code == 404
    shown = (await town.call("GET", f"/v1/units/{old}")).json()
    assert (shown["ended_on"], shown["merged_into_id"]) == (str(TOMORROW), str(new))
    assert (await town.call("GET", f"/v1/units/{new}")).json()["aliases"] == ["DisA"]
    assert (await on(town, desk, eve))["parent_id"] == str(old)

    held = (await town.call("GET", f"/v1/people/{head}/assignments")).json()
    assert [(a["unit_id"], a["valid_from"], a["valid_until"], a["duties"]) for a in held] == [
        (str(old), "2020-01-01", str(TOMORROW), ["head", "survey_officer"]),
        (str(new), str(TOMORROW), None, ["survey_officer"]),
    ]
    later = (await town.call("GET", f"/v1/people/{guest}/assignments")).json()
    assert [a["unit_id"] for a in later] == [str(new)]

    for unit, other, why in (
        (old, new, "unit-ends"),
        (new, old, "unit-not-there"),
        (new, new, "merged-into-itself"),
        (new, desk, "unit-below-itself"),
    ):
        answer = await town.call("POST", f"/v1/units/{unit}/merge", body | {"into_id": str(other)})
        if other is old:
            answer = await town.call(
                "POST",
                f"/v1/units/{unit}/merge",
                {"on": str(TOMORROW + timedelta(days=1)), "into_id": str(other)},
            )
        assert answer.status_code == 409, answer.text
        assert type_of(answer.json()) in {why, "unit-not-there"}


async def test_the_second_of_two_editors_is_told(town: Town) -> None:
    office = await town.unit("Kantor")
    seen = (await town.call("GET", f"/v1/units/{office}")).headers["etag"]
    body = {"on": str(TOMORROW), "name": "Kantor Baru"}
    for expected in (200, 412):
        answer = await town.call(
            "POST", f"/v1/units/{office}/moves", body, headers={"if-match": seen}
        )
        assert answer.status_code == expected
    answer = await town.call(
        "PUT", f"/v1/units/{office}/aliases", ["K"], headers={"if-match": seen}
    )
    assert answer.status_code == 412


async def test_aliases_mean_one_unit(town: Town) -> None:
    office, other = await town.unit("Dukcapil", code="07"), await town.unit("Kesehatan")
    stored = await town.call("PUT", f"/v1/units/{office}/aliases", ["Disdukcapil", "Capil"])
    assert stored.json()["aliases"] == ["Capil", "Disdukcapil"]
    for taken in ("disDUKcapil", "dukcapil", "07"):
        answer = await town.call("PUT", f"/v1/units/{other}/aliases", [taken])
        assert (answer.status_code, type_of(answer.json())) == (409, "unit-alias-taken"), taken
    named = await town.call("PATCH", f"/v1/units/{other}", {"name": "CAPIL"})
    assert type_of(named.json()) == "unit-alias-taken"
    for part, names in (
        ("CAP", {"Dukcapil"}),
        ("kes", {"Kesehatan"}),
        ("0", {"Dukcapil"}),
        ("%", set()),
    ):
        found = (await town.call("GET", f"/v1/units?q={part}")).json()["items"]
        assert {unit["name"] for unit in found} == names, part
    again = await town.call("PUT", f"/v1/units/{office}/aliases", ["disdukcapil"])
    assert again.json()["aliases"] == ["disdukcapil"]
    assert (await town.call("PATCH", f"/v1/units/{other}", {"name": "Capil"})).status_code == 200


async def test_three_planned_moves_at_once_close_no_circle(town: Town) -> None:
    units = [await town.unit(f"unit {number}") for number in range(3)]
    moves = [(units[0], units[1]), (units[1], units[2]), (units[2], units[0])]
    answers = await asyncio.gather(
        *(
            town.call("POST", f"/v1/units/{u}/moves", {"on": str(TOMORROW), "parent_id": str(p)})
            for u, p in moves
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]


async def test_a_unit_that_begins_on_a_day(town: Town) -> None:
    young = await town.unit("Baru", since="2026-02-01")
    child = await town.unit("Anak", parent_id=str(young))
    assert set(await tree(town, "2026-01-31")) == set()
    assert await tree(town, "2026-02-01") == {"Baru": ["Baru"], "Anak": ["Baru", "Anak"]}
    shown = (await town.call("GET", f"/v1/units/{child}")).json()
    assert shown["states"][0]["valid_from"] == "2026-02-01", "since its parent is there"

    body = {"name": "Tua", "kind": "opd", "parent_id": str(young), "since": "2026-01-01"}
    early = await town.call("POST", "/v1/units", body)
    assert (early.status_code, type_of(early.json())) == (409, "unit-without-parent")
    old = await town.unit("Lama")
    orphaned = await town.call("PATCH", f"/v1/units/{old}", {"parent_id": str(young)})
    assert type_of(orphaned.json()) == "unit-without-parent"
    before = {"on": "2026-01-31", "name": "Belum"}
    not_there = await town.call("POST", f"/v1/units/{young}/moves?backdated=true", before)
    assert type_of(not_there.json()) == "unit-not-there"
    later = await town.unit("Kelak", since=str(TOMORROW))
    assert (await town.call("GET", f"/v1/units/{later}")).json()["name"] == "Kelak"
    assert "Kelak" not in await tree(town, TOMORROW - timedelta(days=1))
    assert "Kelak" in await tree(town, TOMORROW)


async def test_a_merger_in_the_past_tells_what_was_counted(town: Town) -> None:
    old, new = await town.unit("Lama"), await town.unit("Baru")
    desk = await town.unit("Loket", parent_id=str(old))
    for unit in (old, new):
        first = {"unit_id": str(unit), "valid_from": "2020-01-01"}
        await town.made("/v1/satisfaction-policies", first)
    await town.made(
        "/v1/posts", {"unit_id": str(old), "title": "Kepala", "post_kind": "structural"}
    )
    await town.period("monthly", "2026-05-01", "2026-06-01")
    body = {"on": "2026-05-20", "into_id": str(new)}
    refused = await town.call("POST", f"/v1/units/{old}/merge", body)
    assert (refused.status_code, type_of(refused.json())) == (409, "backdated")
    done = await town.call("POST", f"/v1/units/{old}/merge?backdated=true", body)
    assert done.status_code == 200, done.text
    assert whats(done.json()) == {
        ("unit", "Loket", "stands_elsewhere"),
        ("satisfaction_policy", "Lama", "holds_no_more"),
        ("satisfaction_policy", "Baru", "begins_to_hold"),
        ("period", "monthly 2026-05-01", "past_changes"),
        ("post", "Kepala", "stays_behind"),
    }
    assert (await on(town, desk, "2026-05-19"))["parent_id"] == str(old)
    assert (await on(town, desk, "2026-05-20"))["parent_id"] == str(new)
    listed = (await town.call("GET", "/v1/units")).json()["items"]
    assert {unit["name"] for unit in listed} == {"Baru", "Loket"}
    below = {"name": "X", "kind": "opd", "parent_id": str(old)}
    late = await town.call("POST", "/v1/units", below)
    assert type_of(late.json()) == "unit-without-parent"


async def test_history_tells_states_and_aliases(town: Town) -> None:
    unit = await town.unit("Lama")
    await moved(town, unit, on=str(TOMORROW), name="Baru")
    await town.call("PUT", f"/v1/units/{unit}/aliases", ["Lma"])
    for kind, expected in (("unit", 3), ("unit_state", 2), ("unit_alias", 1)):
        changes = (await town.call("GET", f"/v1/history/{kind}/{unit}")).json()["items"]
        assert len(changes) == expected, kind
        assert {change["actor"] for change in changes} == {"tester"}


async def test_a_planned_merger_is_taken_back(town: Town) -> None:
    old, new = await town.unit("Lama"), await town.unit("Baru")
    desk = await town.unit("Loket", parent_id=str(old))
    siti = await town.person(external_id="1")
    await town.assignment(siti, old, "2020-01-01", duties=["head"])
    held = (await town.call("GET", f"/v1/people/{siti}/assignments")).json()
    body = {"on": str(TOMORROW), "into_id": str(new)}
    assert (await town.call("POST", f"/v1/units/{old}/merge", body)).status_code == 200

    tried = await town.call("DELETE", f"/v1/units/{old}/merge?dry_run=true")
    assert whats(tried.json()) == {
        ("unit", "Loket", "stands_elsewhere"),
        ("assignment", "Siti", "goes_on_elsewhere"),
    }
    assert (await on(town, desk, TOMORROW))["parent_id"] == str(new)
    done = await town.call("DELETE", f"/v1/units/{old}/merge")
    assert done.status_code == 200, done.text
    assert done.json()["effects"] == tried.json()["effects"]
    assert (done.json()["unit"]["ended_on"], done.json()["unit"]["merged_into_id"]) == (None, None)
    assert (await on(town, desk, TOMORROW))["parent_id"] == str(old)
    assert len((await on(town, desk, TOMORROW))["states"]) == 1
    again = (await town.call("GET", f"/v1/people/{siti}/assignments")).json()
    assert [each | {"version": 0} for each in again] == [each | {"version": 0} for each in held]
    none = await town.call("DELETE", f"/v1/units/{old}/merge")
    assert type_of(none.json()) == "no-merger-planned"


async def test_a_file_keeps_the_tree_of_every_day(town: Town) -> None:
    top, office = await town.unit("Atas", code="01"), await town.unit("Kantor", code="02")
    young = await town.unit("Muda", code="03", since="2026-02-01")
    await moved(town, top, on=str(TOMORROW), parent_id=str(office))
    await town.call("PUT", f"/v1/units/{young}/aliases", ["Yunior"])

    async def imported(rows: str) -> dict[str, Any]:
        answer = await town.call(
            "POST",
            "/v1/imports/units",
            content=f"kode,nama,induk\n{rows}".encode(),
            headers={"content-type": "text/csv"},
        )
        told: dict[str, Any] = answer.json()
        return told

    planned = await imported("02,Kantor,01\n")
    assert ["below itself" in error["problem"] for error in planned["errors"]] == [True]
    absent = await imported("02,Kantor,03\n")
    assert ["does not exist" in error["problem"] for error in absent["errors"]] == [True]
    assert (await imported("05,Loket,04\n04,Baru,Yunior\n"))["created"] == 2
    assert "Loket" not in await tree(town, "2026-01-31")
    assert (await tree(town, "2026-02-01"))["Loket"] == ["Muda", "Baru", "Loket"]
