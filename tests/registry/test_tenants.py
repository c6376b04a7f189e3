"""Tenants: made by operators, kept by their administrators."""

import pytest

from tests.registry.conftest import Found
from tests.registry.town import Mint, Town, slug


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"zone": "WIB"}, "zone"),
        ({"zone": "Asia/Bandung"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"slug": "Kota Bandung"}, "slug"),
        ({"slug": "-"}, "slug"),
        ({"name": " "}, "name"),
        ({"id": "1"}, "id"),
    ],
)
async def test_what_is_wrong_is_named(
    town: Town, mint: Mint, fields: dict[str, str], field: str
) -> None:
    body = {"slug": slug(), "name": "Kota", "zone": "Asia/Jakarta", **fields}
    answer = await town.http.post("/v1/tenants", json=body, headers=operator(mint))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def operator(mint: Mint) -> dict[str, str]:
    return {"authorization": f"Bearer {mint(tenant=None, roles=['operator'])}"}


async def test_a_slug_is_unique_over_all_tenants(town: Town, mint: Mint) -> None:
    body = {"slug": slug(), "name": "Kota", "zone": "UTC"}
    first = await town.http.post("/v1/tenants", json=body, headers=operator(mint))
    assert first.status_code == 201
    second = await town.http.post("/v1/tenants", json=body, headers=operator(mint))
    assert (second.status_code, second.json()["type"]) == (409, "urn:tera:problem:slug-taken")


@pytest.mark.parametrize("role", ["tenant_administrator", "personnel_officer", "employee"])
async def test_only_operators_make_tenants(town: Town, role: str) -> None:
    body = {"slug": slug(), "name": "Kota", "zone": "UTC"}
    assert (await town.call("POST", "/v1/tenants", body, role=role)).status_code == 403


async def test_the_administrator_changes_name_and_zone(town: Town) -> None:
    change = {"name": "Kota Salatiga", "zone": "Asia/Makassar"}
    assert (await town.call("PATCH", "/v1/tenant", change)).status_code == 403
    answer = await town.call("PATCH", "/v1/tenant", change, role="tenant_administrator")
    assert answer.status_code == 200
    assert answer.json()["version"] == 2
    shown = await town.call("GET", "/v1/tenant", role="employee")
    assert (shown.json(), shown.headers["etag"]) == (answer.json(), '"2"')


async def test_an_operator_without_tenant_sees_no_tenants_data(found: Found, mint: Mint) -> None:
    town = await found()
    for path in ("/v1/tenant", "/v1/units", "/v1/services", "/v1/satisfaction-policies"):
        answer = await town.http.get(path, headers=operator(mint))
        assert answer.status_code == 403


async def test_a_tenant_that_was_never_made_keeps_nothing(town: Town, mint: Mint) -> None:
    stranger = {"authorization": f"Bearer {mint(tenant=town.id, roles=['employee'])}"}
    assert (await town.http.get("/v1/units", headers=stranger)).status_code == 200
    nobody = "0198f1d2-7c1a-7b3e-9a51-3f0d2c4b5a69"
    ghost = {"authorization": f"Bearer {mint(tenant=nobody, roles=['personnel_officer'])}"}
    for path, body in (
        ("/v1/units", {"name": "A", "kind": "opd"}),
        ("/v1/people", {"name": "A", "kind": "non_asn"}),
        ("/v1/services", {"name": "A"}),
        ("/v1/satisfaction-policies", {"valid_from": "2026-01-01"}),
    ):
        answer = await town.http.post(path, json=body, headers=ghost)
        assert answer.status_code == 404, path
