"""Training: places are never given twice, people enrol themselves, completions are recorded."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.test_competences import competence
from tests.registry.town import Town

PAST = {
    "name": "Pelayanan prima",
    "provider": "BPSDM",
    "starts_on": "2026-06-01",
    "ends_on": "2026-06-04",
}
LATER = PAST | {"starts_on": "2199-06-01", "ends_on": "2199-06-04"}


async def programme(town: Town, body: dict[str, Any] = LATER, **fields: Any) -> UUID:
    return UUID((await town.made("/v1/programmes", body | fields))["id"])


async def enrol(town: Town, one: UUID, who: UUID, **caller: Any) -> tuple[int, str]:
    """The status and what the problem is, if any."""
    answer = await town.call(
        "POST", f"/v1/programmes/{one}/enrolments", {"person_id": str(who)}, **caller
    )
    return answer.status_code, answer.json().get("type", "").rpartition(":")[2]


async def test_places_are_not_given_twice_to_many_at_once(town: Town) -> None:
    one = await programme(town, places=3)
    people = [await town.person() for _ in range(8)]
    told = await asyncio.gather(
        *(enrol(town, one, person, role="employee", person=person) for person in people)
    )
    assert sorted(told) == [(201, "")] * 3 + [(409, "programme-full")] * 5
    assert (await town.call("GET", f"/v1/programmes/{one}")).json()["enrolled"] == 3
    assert await enrol(town, one, await town.person()) == (409, "programme-full")
    fewer = await town.call("PATCH", f"/v1/programmes/{one}", {"places": 2})
    assert fewer.json()["errors"][0]["field"] == "places"
    assert (await town.call("PATCH", f"/v1/programmes/{one}", {"places": 4})).status_code == 200
    late = [await town.person() for _ in range(2)]
    told = await asyncio.gather(*(enrol(town, one, person) for person in late))
    assert sorted(status for status, _ in told) == [201, 409]


async def test_people_enrol_and_leave_by_themselves_until_it_begins(town: Town) -> None:
    siti, budi = await town.person(), await town.person()
    later, begun = await programme(town), await programme(town, PAST)
    own: dict[str, Any] = {"role": "employee", "person": siti}
    assert await enrol(town, later, budi, **own) == (403, "forbidden")
    assert await enrol(town, later, siti, **own) == (201, "")
    assert await enrol(town, later, siti, **own) == (409, "already-enrolled")
    assert await enrol(town, begun, siti, **own) == (409, "programme-begun")
    assert await enrol(town, begun, siti) == (201, "")
    assert await enrol(town, later, uuid4()) == (422, "invalid-request")

    listed = (await town.call("GET", f"/v1/people/{siti}/training", **own)).json()["items"]
    assert [each["programme"]["starts_on"] for each in listed] == ["2199-06-01", "2026-06-01"]
    other = await town.call("GET", f"/v1/people/{budi}/training", **own)
    assert other.status_code == 403
    names = await town.call("GET", f"/v1/programmes/{later}/enrolments", **own)
    assert names.status_code == 403

    path = f"/v1/programmes/{begun}/enrolments/{siti}"
    assert (await town.call("DELETE", path, **own)).status_code == 409
    path = f"/v1/programmes/{later}/enrolments/{siti}"
    assert (await town.call("DELETE", path, **own)).status_code == 204
    assert (await town.call("DELETE", path, **own)).status_code == 404
    names = await town.call("GET", f"/v1/programmes/{begun}/enrolments")
    assert [each["person_id"] for each in names.json()["items"]] == [str(siti)]


async def test_a_completion_is_recorded_corrected_and_taken_back(town: Town) -> None:
    siti = await town.person()
    one = await programme(town, PAST)
    await enrol(town, one, siti)
    place = f"/v1/programmes/{one}/enrolments/{siti}"
    path = f"{place}/completion"
    done = await town.call("PUT", path, {"completed_on": "2026-06-03", "mark": "87.5"})
    assert (done.json()["mark"], done.headers["etag"]) == ("87.5", '"2"')
    again = await town.call("PUT", path, {"completed_on": "2026-06-03", "mark": 87.5})
    assert again.json()["version"] == 2
    late = await town.call("PUT", path, {"completed_on": "2026-06-04"}, headers={"if-match": '"1"'})
    assert late.json()["type"] == "urn:tera:problem:changed-meanwhile"
    later = {"starts_on": "2026-06-04", "ends_on": "2026-06-05"}
    refused = await town.call("PATCH", f"/v1/programmes/{one}", later)
    assert refused.json()["errors"][0]["field"] == "starts_on"
    refused = await town.call("DELETE", place)
    assert refused.json()["type"] == "urn:tera:problem:training-completed"
    refused = await town.call("DELETE", f"/v1/programmes/{one}")
    assert refused.json()["type"] == "urn:tera:problem:programme-has-enrolments"
    back = await town.call("DELETE", path)
    assert (back.json()["completed_on"], back.json()["mark"]) == (None, None)
    assert (await town.call("DELETE", place)).status_code == 204
    assert (await town.call("DELETE", f"/v1/programmes/{one}")).status_code == 204


async def test_a_completion_is_of_a_day_that_can_be(town: Town) -> None:
    siti = await town.person()
    one = await programme(town, PAST)
    await enrol(town, one, siti)
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    for body, field in (
        ({"completed_on": "2026-05-31"}, "completed_on"),
        ({"completed_on": str(tomorrow)}, "completed_on"),
        ({"completed_on": "2026-06-03", "mark": "100.01"}, "mark"),
        ({"completed_on": "2026-06-03", "mark": "1.234"}, "mark"),
        ({"completed_on": "2026-06-03", "mark": "NaN"}, "mark"),
        ({"mark": "1"}, "completed_on"),
    ):
        answer = await town.call("PUT", f"/v1/programmes/{one}/enrolments/{siti}/completion", body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["field"] == field
    nobody = await town.call(
        "PUT",
        f"/v1/programmes/{one}/enrolments/{await town.person()}/completion",
        {"completed_on": "2026-06-03"},
    )
    assert nobody.status_code == 404


async def test_programmes_are_found_by_competence_and_by_places_left(town: Town) -> None:
    serving = await competence(town)
    full = await programme(town, places=1, name="Penuh", competence_ids=[str(serving)])
    await enrol(town, full, await town.person())
    free = await programme(town, name="Bebas", competence_ids=[str(serving)])
    await programme(town, name="Lain", places=1)
    await programme(town, PAST, competence_ids=[str(serving)])

    async def found(query: str) -> list[str]:
        answer = await town.call("GET", f"/v1/programmes?{query}", role="employee")
        return sorted(each["name"] for each in answer.json()["items"])

    assert await found("open=true") == ["Bebas", "Lain"]
    assert await found(f"competence_id={serving}&open=true") == ["Bebas"]
    assert await found(f"competence_id={serving}") == ["Bebas", "Pelayanan prima", "Penuh"]
    changed = await town.call("PATCH", f"/v1/programmes/{free}", {"competence_ids": []})
    assert (changed.json()["competence_ids"], changed.json()["version"]) == ([], 2)
    assert await found(f"competence_id={serving}&open=true") == []
    late = await town.call(
        "PATCH", f"/v1/programmes/{free}", {"places": 9}, headers={"if-match": '"1"'}
    )
    assert late.json()["type"] == "urn:tera:problem:changed-meanwhile"


async def test_the_places_of_a_person_who_is_deleted_are_free_again(town: Town) -> None:
    siti = await town.person()
    one = await programme(town, places=1)
    await enrol(town, one, siti)
    assert (await town.call("DELETE", f"/v1/people/{siti}")).status_code == 204
    assert (await town.call("GET", f"/v1/programmes/{one}")).json()["enrolled"] == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ends_on": LATER["starts_on"]}, "ends_on"),
        ({"places": 0}, "places"),
        ({"places": 2**31}, "places"),
        ({"name": " "}, "name"),
        ({"competence_ids": [str(uuid4())]}, "competence_ids"),
        ({"starts_on": str(date.max)}, "starts_on"),
    ],
)
async def test_what_is_wrong_is_named(town: Town, fields: dict[str, Any], field: str) -> None:
    answer = await town.call("POST", "/v1/programmes", LATER | fields)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    await programme(town)
    answer = await town.call("POST", "/v1/programmes", LATER)
    assert answer.json()["type"] == "urn:tera:problem:programme-exists"
