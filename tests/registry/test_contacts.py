"""Contact points: in one form, seen by few, and handed out only to the service that delivers."""

from uuid import uuid4

import httpx
import pytest

from services.registry.contacts.rules import ContactRefused, checked_email, checked_phone
from tests.registry.conftest import Found
from tests.registry.test_imports import counts, send
from tests.registry.town import Town


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("0812-3456-7890", "+6281234567890"),
        ("0812 3456 789", "+628123456789"),
        ("6281234567890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        ("+62 (0)812 3456 7890", "+6281234567890"),
        ("(022) 4231234", "+62224231234"),
        ("00 65 6123 4567", "+6561234567"),
        ("+1 202 555 0100", "+12025550100"),
    ],
)
def test_phone_numbers_have_one_form(written: str, stored: str) -> None:
    assert checked_phone(written) == stored
    assert checked_phone(stored) == stored


@pytest.mark.parametrize("written", ["112", "+0812", "8,12E+11", "0812345678901234567", "nomor"])
def test_what_is_no_phone_number_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(ContactRefused) as refused:
        checked_phone(written)
    assert written not in str(refused.value)


@pytest.mark.parametrize(
    "written",
    [
        "siti",
        "siti@",
        "@kota.id",
        "a b@kota.id",
        "a@kota",
        "a@kota.id\nBcc: x@y.id",
        "a..b@kota.id",
        "ä@kota.id",
        "siti@kota.id,x@kota.id",
        "a" * 65 + "@kota.id",
        "<siti@kota.id>",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ContactRefused):
        checked_email(written)


def test_an_address_keeps_its_local_part() -> None:
    assert checked_email(" Siti.S+kota@Kota.Example ") == "Siti.S+kota@kota.example"


async def test_a_keeper_and_the_person_write_them_with_etags(town: Town) -> None:
    person = await town.person()
    address = f"/v1/people/{person}/contact-points"
    empty = await town.call("GET", address)
    assert (empty.json()["email"], empty.json()["language"]) == (None, "id")
    assert empty.headers["etag"] == '"0"'
    first = {"email": "siti@kota.example", "phone": "0812-3456-7890"}
    stored = await town.call("PUT", address, first, headers={"if-match": '"0"'})
    assert (stored.status_code, stored.headers["etag"]) == (200, '"1"')
    assert stored.json()["phone"] == "+6281234567890"
    own = {"role": "employee", "person": person}
    late = await town.call("PUT", address, {}, headers={"if-match": '"0"'}, **own)
    assert (late.status_code, late.json()["type"]) == (412, "urn:tera:problem:changed-meanwhile")
    changed = await town.call("PUT", address, {"language": "en"}, **own)
    assert changed.json() == {
        "person_id": str(person),
        "email": None,
        "phone": None,
        "language": "en",
        "version": 2,
    }
    assert (await town.call("GET", address, **own)).json() == changed.json()
    other = await town.person(external_id="other")
    for method in ("GET", "PUT"):
        theirs = f"/v1/people/{other}/contact-points"
        assert (await town.call(method, theirs, {}, **own)).status_code == 403
        unknown = f"/v1/people/{uuid4()}/contact-points"
        assert (await town.call(method, unknown, {})).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [({"email": "siti"}, "email"), ({"phone": "12"}, "phone"), ({"language": "jv"}, "language")],
)
async def test_what_is_wrong_is_named_and_not_repeated(
    town: Town, body: dict[str, str], field: str
) -> None:
    person = await town.person()
    answer = await town.call("PUT", f"/v1/people/{person}/contact-points", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert f'"{body[field]}"' not in answer.text


async def lookup(
    reader: Town, wanted: Town, people: list[object], **call: object
) -> httpx.Response:
    body = {"tenant_id": str(wanted.id), "person_ids": [str(person) for person in people]}
    token = reader.mint(**{"tenant": None, "roles": ["contact_reader"], **call})
    return await reader.http.post(
        "/v1/contact-points/lookup", json=body, headers={"authorization": f"Bearer {token}"}
    )


async def lookup_items(town: Town, *people: object) -> list[dict[str, object]]:
    items: list[dict[str, object]] = (await lookup(town, town, list(people))).json()["items"]
    return items


async def test_the_deliverer_asks_for_people_of_one_tenant(found: Found) -> None:
    town, other = await found(), await found()
    reached, silent = await town.person(name="Siti"), await town.person(name="Budi")
    foreign = await other.person(name="Agus")
    body = {"email": "siti@kota.example", "phone": "08123456789", "language": "en"}
    await town.call("PUT", f"/v1/people/{reached}/contact-points", body)
    answer = await lookup(town, town, [reached, silent, foreign, uuid4()])
    assert answer.json() == {
        "items": [
            {"person_id": str(reached), "name": "Siti", **body, "phone": "+628123456789"},
            {
                "person_id": str(silent),
                "name": "Budi",
                "email": None,
                "phone": None,
                "language": "id",
            },
        ]
    }
    assert (await lookup(town, town, [uuid4()] * 501)).status_code == 422
    bound = await lookup(town, town, [reached], tenant=other.id)
    assert bound.status_code == 403
    for role in ("operator", "tenant_administrator", "integration_client"):
        assert (await lookup(town, town, [reached], tenant=town.id, roles=[role])).is_error


async def test_they_are_announced_to_nobody_and_go_with_the_person(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    person = await town.person()
    before = len(await town.outbox())
    await town.call("PUT", f"/v1/people/{person}/contact-points", {"email": "a@kota.example"})
    assert len(await lookup_items(town, person)) == 1
    assert len(await town.outbox()) == before
    assert "a@kota.example" not in "".join(capfd.readouterr())
    assert (await town.call("DELETE", f"/v1/people/{person}")).status_code == 204
    assert not await town.owner.fetchval(
        "select count(*) from contact_points where tenant_id = $1", town.id
    )


async def test_a_file_of_people_may_bring_them(town: Town) -> None:
    head = "id,nama,jenis,no hp,surel,bahasa\n"
    row = "1,Siti,non asn,081234567890,Siti@Kota.example,en\n"
    assert counts(await send(town, "people", head + row)) == (1, 0, 0)
    assert counts(await send(town, "people", head + row)) == (0, 0, 1)
    changed = "1,Siti,non asn,,siti@lain.example,\n"
    assert counts(await send(town, "people", head + changed)) == (0, 1, 0)
    (person,) = (await town.call("GET", "/v1/people")).json()["items"]
    stored = (await town.call("GET", f"/v1/people/{person['id']}/contact-points")).json()
    assert (stored["email"], stored["phone"], stored["language"], stored["version"]) == (
        "siti@lain.example",
        "+6281234567890",
        "en",
        2,
    )
    bad = await send(town, "people", head + "1,Siti,non asn,12,siti,jawa\n")
    assert {error["field"] for error in bad.json()["errors"]} == {
        "line 2, no hp",
        "line 2, surel",
        "line 2, bahasa",
    }
