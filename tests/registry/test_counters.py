"""Counters and who serves at them when."""

import asyncio
from datetime import time
from typing import Any
from uuid import UUID

import httpx
from hypothesis import given
from hypothesis import strategies as st

from services.registry.counters.rules import Shift, fault
from tests.registry.town import Town


async def desk(town: Town, unit: UUID, name: str = "Loket 1", **fields: Any) -> UUID:
    body = {"unit_id": str(unit), "name": name, **fields}
    return UUID((await town.made("/v1/counters", body))["id"])


async def rostered(
    town: Town, counter: UUID, day: str, *shifts: tuple[UUID, str, str], **headers: str
) -> httpx.Response:
    body = {"shifts": [{"person_id": str(p), "starts": s, "ends": e} for p, s, e in shifts]}
    return await town.call("PUT", f"/v1/counters/{counter}/rosters/{day}", body, headers=headers)


async def test_a_counter_of_a_unit(town: Town) -> None:
    unit, other = await town.unit("Dukcapil"), await town.unit("Lain")
    service = (await town.made("/v1/services", {"name": "KTP-el"}))["id"]
    counter = await desk(town, unit, service_ids=[service])
    listed = (await town.call("GET", f"/v1/counters?unit_id={unit}", role="employee")).json()
    assert [(each["name"], each["service_ids"]) for each in listed["items"]] == [
        ("Loket 1", [service])
    ]
    assert (await town.call("GET", f"/v1/counters?unit_id={other}")).json()["items"] == []

    taken = await town.call("POST", "/v1/counters", {"unit_id": str(unit), "name": "Loket 1"})
    assert taken.json()["type"] == "urn:tera:problem:counter-name-taken"
    for path, why in (
        (f"/v1/services/{service}", "service-at-counter"),
        (f"/v1/units/{unit}", "unit-has-counters"),
    ):
        refused = await town.call("DELETE", path)
        assert (refused.status_code, refused.json()["type"]) == (409, f"urn:tera:problem:{why}")

    moved = await town.call("PATCH", f"/v1/counters/{counter}", {"unit_id": str(other)})
    assert (moved.json()["unit_id"], moved.headers["etag"]) == (str(other), '"2"')
    late = await town.call(
        "PATCH", f"/v1/counters/{counter}", {"name": "A"}, headers={"if-match": '"1"'}
    )
    assert late.status_code == 412
    assert b'"service_ids":["' + service.encode() in (await town.outbox())[-1]["body"]
    assert (await town.call("DELETE", f"/v1/counters/{counter}")).status_code == 204


async def test_a_roster_is_asked_for_by_days(town: Town) -> None:
    counter = await desk(town, await town.unit())
    siti, budi = await town.person(external_id="1"), await town.person(external_id="2")
    first = await rostered(
        town, counter, "2026-03-02", (budi, "10:00", "12:00"), (siti, "08:00", "11:00")
    )
    assert first.status_code == 200, first.text
    assert [shift["person_id"] for shift in first.json()["shifts"]] == [str(siti), str(budi)]
    await rostered(town, counter, "2026-03-03", (budi, "08:00", "12:00"))

    async def days(since: str, until: str, **who: Any) -> list[tuple[str, int]]:
        path = f"/v1/counters/{counter}/rosters?from={since}&until={until}"
        answer = await town.call("GET", path, **who)
        assert answer.status_code == 200, answer.text
        return [(roster["day"], len(roster["shifts"])) for roster in answer.json()]

    assert await days("2026-03-01", "2026-03-02") == []
    assert await days("2026-03-02", "2026-03-03") == [("2026-03-02", 2)]
    assert await days("2026-03-01", "2026-04-01") == [("2026-03-02", 2), ("2026-03-03", 1)]
    own = await days("2026-03-01", "2026-04-01", role="employee", person=siti)
    assert own == [("2026-03-02", 1), ("2026-03-03", 0)], "the others' shifts are theirs"

    again = await rostered(
        town, counter, "2026-03-02", (siti, "08:00", "11:00"), (budi, "10:00", "12:00")
    )
    assert again.json() == first.json()
    emptied = await rostered(town, counter, "2026-03-02", **{"if-match": '"1"'})
    assert (emptied.json()["shifts"], emptied.json()["version"]) == ([], 2)
    late = await rostered(
        town, counter, "2026-03-02", (siti, "08:00", "11:00"), **{"if-match": '"1"'}
    )
    assert late.status_code == 412
    body = (await town.outbox())[-1]["body"]
    assert b'"day":"2026-03-02","shifts":[]' in body
    used = await town.call("DELETE", f"/v1/counters/{counter}")
    assert used.json()["type"] == "urn:tera:problem:counter-has-rosters"
    serving = await town.call("DELETE", f"/v1/people/{budi}")
    assert serving.json()["type"] == "urn:tera:problem:person-in-rosters"


async def test_nobody_serves_at_two_places_at_once(town: Town) -> None:
    unit, siti = await town.unit(), await town.person(external_id="1")
    counters = [await desk(town, unit, f"Loket {n}") for n in range(3)]
    answers = await asyncio.gather(
        *(rostered(town, counter, "2026-03-02", (siti, "08:00", "11:00")) for counter in counters)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    free = next(c for c, a in zip(counters, answers, strict=True) if a.status_code == 409)
    assert (await rostered(town, free, "2026-03-02", (siti, "11:00", "12:00"))).status_code == 200
    assert (await rostered(town, free, "2026-03-03", (siti, "08:00", "11:00"))).status_code == 200


async def test_shifts_that_cannot_be_are_refused(town: Town) -> None:
    counter, siti = await desk(town, await town.unit()), await town.person(external_id="1")
    for shifts in (
        [(siti, "11:00", "08:00")],
        [(siti, "08:00", "11:00"), (siti, "10:00", "12:00")],
        [(UUID(int=1), "08:00", "11:00")],
        [(siti, "08:00Z", "11:00Z")],
    ):
        answer = await rostered(town, counter, "2026-03-02", *shifts)
        assert (answer.status_code, answer.json()["errors"][0]["field"][:6]) == (422, "shifts")
    long = f"/v1/counters/{counter}/rosters?from=0001-01-01&until=9999-12-31"
    assert (await town.call("GET", long)).status_code == 422


minutes = st.integers(0, 30).map(lambda minute: time(8, minute))
shifts = st.builds(Shift, minutes, minutes, st.integers(0, 2).map(lambda n: UUID(int=n)))


@given(st.lists(shifts, max_size=6))
def test_a_fault_is_found_exactly_where_one_is(given_shifts: list[Shift]) -> None:
    def both(one: Shift, other: Shift) -> bool:
        return (
            one.person_id == other.person_id and one.starts < other.ends and other.starts < one.ends
        )

    backwards = any(shift.ends <= shift.starts for shift in given_shifts)
    pairs = (
        (one, other)
        for place, one in enumerate(given_shifts)
        for other in given_shifts[place + 1 :]
    )
    assert (fault(given_shifts) is not None) == (backwards or any(both(*pair) for pair in pairs))
