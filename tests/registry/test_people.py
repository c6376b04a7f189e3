"""People: who may be stored, and who may see them."""

import pytest

from services.registry.people.api import IN_USE
from tests.registry.test_numbers import GOOD, GOOD_PPPK
from tests.registry.town import Town


async def test_a_number_is_stored_in_digits_and_once(town: Town) -> None:
    body = {"name": "Siti", "kind": "civil_servant", "number": "19790131 200501 1 001"}
    assert (await town.made("/v1/people", body))["number"] == GOOD
    again = await town.call("POST", "/v1/people", body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:tera:problem:number-taken")
    assert GOOD not in again.text


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"kind": "civil_servant"}, "number", "is missing"),
        ({"kind": "pppk", "number": GOOD}, "number", "21 or more"),
        ({"kind": "civil_servant", "number": GOOD_PPPK}, "number", "must be a month"),
        ({"kind": "civil_servant", "number": "197902302005011001"}, "number", "birth date"),
        ({"kind": "mayor"}, "kind", "one of"),
        ({"kind": "non_asn", "name": "  "}, "name", "at least 1"),
        ({"kind": "non_asn", "name": "a" * 201}, "name", "at most 200"),
        ({"kind": "non_asn", "nip": GOOD}, "nip", "not a known field"),
        ({"kind": "non_asn", "number": 197901312005011001}, "number", "text"),
    ],
)
async def test_what_is_wrong_is_named(
    town: Town, fields: dict[str, object], field: str, words: str
) -> None:
    answer = await town.call("POST", "/v1/people", {"name": "Siti", **fields})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert words in error["problem"]
    assert str(fields.get("number", "nothing")) not in answer.text


async def test_a_change_of_kind_is_checked_against_the_number(town: Town) -> None:
    person = await town.person(kind="state_official")
    answer = await town.call("PATCH", f"/v1/people/{person}", {"kind": "pppk"})
    assert answer.status_code == 422
    answer = await town.call("PATCH", f"/v1/people/{person}", {"kind": "pppk", "number": GOOD_PPPK})
    assert answer.status_code == 200
    answer = await town.call("PATCH", f"/v1/people/{person}", {"number": None})
    assert answer.json()["errors"][0]["field"] == "number"


async def test_employees_see_themselves_only(town: Town) -> None:
    me, other = await town.person(external_id="me"), await town.person(external_id="other")
    for path in ("", "/assignments"):
        mine = await town.call("GET", f"/v1/people/{me}{path}", role="employee", person=me)
        assert mine.status_code == 200
        for person in (me, None):
            address = f"/v1/people/{other}{path}"
            theirs = await town.call("GET", address, role="employee", person=person)
            assert theirs.status_code == 403
    assert (await town.call("GET", "/v1/people", role="employee", person=me)).status_code == 403
    assert (await town.call("PATCH", f"/v1/people/{me}", {}, role="employee", person=me)).is_error
    everybody = (await town.call("GET", "/v1/people", role="tenant_administrator")).json()
    assert {person["id"] for person in everybody["items"]} == {str(me), str(other)}


async def test_somebody_with_assignments_is_not_deleted(town: Town) -> None:
    person, unit = await town.person(), await town.unit()
    assignment = await town.assignment(person, unit, "2026-01-01")
    answer = await town.call("DELETE", f"/v1/people/{person}")
    assert answer.json()["type"] == "urn:tera:problem:person-has-assignments"
    address = f"/v1/people/{person}/assignments/{assignment}"
    assert (await town.call("DELETE", address)).status_code == 204
    assert (await town.call("DELETE", f"/v1/people/{person}")).status_code == 204
    assert (await town.call("GET", f"/v1/people/{person}")).status_code == 404


async def test_people_are_found_by_name_number_and_external_id(town: Town) -> None:
    siti = await town.person(name="Siti Rahmawati", kind="civil_servant", number=GOOD)
    budi = await town.person(name="Budi 100% Santoso", external_id="B-7")

    async def found(q: str) -> set[str]:
        answer = await town.call("GET", f"/v1/people?q={q}")
        assert answer.status_code == 200, answer.text
        return {person["id"] for person in answer.json()["items"]}

    assert await found("RAHMA") == {str(siti)}
    assert await found("19790131 2005") == await found(GOOD) == {str(siti)}
    assert await found("b-7") == await found("100%25") == {str(budi)}
    assert await found("s") == {str(siti), str(budi)}
    assert await found("_") == await found("-") == await found("200501") == set()
    assert (await town.call("GET", "/v1/people?q=a%00")).status_code == 422
    assert (await town.call("GET", "/v1/people?q=s", role="employee")).status_code == 403


async def test_whoever_is_referred_to_is_refused_with_a_reason(town: Town) -> None:
    """Every table that refers to people, those of tomorrow too: no deletion ends in an error."""
    references = await town.owner.fetch(
        "select conname from pg_constraint where contype = 'f' and confdeltype = 'a'"
        " and confrelid = 'people'::regclass"
    )
    assert {row["conname"] for row in references} == set(IN_USE)
