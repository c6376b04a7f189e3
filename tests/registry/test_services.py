"""Services: what is promised, what it costs, what to bring; told to citizens without a token."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.conftest import Found
from tests.registry.town import Town

KTP = {
    "name": "KTP-el",
    "standard_working_days": 2,
    "description": "Kartu tanda penduduk.\nUntuk warga berumur 17 tahun ke atas.",
    "requirements": ["Kartu keluarga", "Surat hilang, bila hilang"],
    "cost_rupiah": 0,
}


async def told(town: Town, path: str = "") -> Any:
    answer = await town.http.get(f"/v1/tenants/{town.id}/services{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_citizens_read_services_without_a_token(town: Town, found: Found) -> None:
    office, closed = await town.unit("Kecamatan"), await town.unit("Lama")
    service = await town.made("/v1/services", KTP | {"unit_ids": [str(office), str(closed)]})
    await town.made("/v1/services", {"name": "Akta"})
    shown = await told(town, f"/{service['id']}")
    assert shown == {
        "id": service["id"],
        "name": "KTP-el",
        "description": KTP["description"],
        "requirements": KTP["requirements"],
        "cost_rupiah": 0,
        "standard_minutes": None,
        "standard_working_days": 2,
        "units": [{"id": str(office), "name": "Kecamatan"}, {"id": str(closed), "name": "Lama"}],
    }
    assert [each["name"] for each in (await told(town))["items"]] == ["KTP-el", "Akta"]
    assert (await told(town, f"?unit_id={office}"))["items"] == [shown]
    page = await told(town, "?limit=1")
    assert len((await told(town, f"?limit=1&cursor={page['next_cursor']}"))["items"]) == 1

    merger = {"on": "2026-01-01", "into_id": str(office)}
    merged = await town.call("POST", f"/v1/units/{closed}/merge?backdated=true", merger)
    assert ("service", "KTP-el", "stays_behind") in {
        (effect["kind"], effect["name"], effect["what"]) for effect in merged.json()["effects"]
    }
    assert [unit["name"] for unit in (await told(town, f"/{service['id']}"))["units"]] == [
        "Kecamatan"
    ]

    stranger = await found()
    for path in (f"{stranger.id}/services/{service['id']}", f"{uuid4()}/services"):
        answer = await town.http.get(f"/v1/tenants/{path}")
        assert answer.status_code == 404


async def test_a_service_promises_one_thing(town: Town) -> None:
    both = {"name": "KK", "standard_minutes": 10, "standard_working_days": 1}
    answer = await town.call("POST", "/v1/services", both)
    assert answer.status_code == 422
    service = (await town.made("/v1/services", KTP))["id"]
    address = f"/v1/services/{service}"
    refused = await town.call("PATCH", address, {"standard_minutes": 15})
    assert refused.json()["errors"][0]["field"] == "standard_working_days"
    wanted = {"standard_minutes": 15, "standard_working_days": None}
    changed = await town.call("PATCH", address, wanted)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["standard_minutes"], changed.json()["standard_working_days"]) == (
        15,
        None,
    )
    assert b'"standard_minutes":15' in (await town.outbox())[-1]["body"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost_rupiah": -1},
        {"cost_rupiah": 10**13},
        {"standard_working_days": 0},
        {"requirements": ["a\nb"]},
        {"requirements": [""]},
        {"description": "nul \x00"},
        {"unit_ids": [str(UUID(int=1))]},
    ],
)
async def test_what_cannot_be_so_is_refused(town: Town, wrong: dict[str, Any]) -> None:
    answer = await town.call("POST", "/v1/services", {"name": "KTP-el"} | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].split("[")[0] == next(iter(wrong))


async def test_units_of_a_service_are_replaced_and_keep_the_unit(town: Town) -> None:
    first, second = await town.unit("Satu"), await town.unit("Dua")
    service = (await town.made("/v1/services", KTP | {"unit_ids": [str(first)]}))["id"]
    body = {"unit_ids": [str(second), str(second)]}
    changed = await town.call("PATCH", f"/v1/services/{service}", body)
    assert changed.json()["unit_ids"] == [str(second)]
    assert (await town.call("DELETE", f"/v1/units/{first}")).status_code == 204
    refused = await town.call("DELETE", f"/v1/units/{second}")
    assert refused.json()["type"] == "urn:tera:problem:unit-has-services"
    listed = (await town.call("GET", f"/v1/services?unit_id={second}")).json()["items"]
    assert [each["id"] for each in listed] == [service]


async def test_the_second_of_two_editors_of_a_service_is_told(town: Town) -> None:
    service = (await town.made("/v1/services", KTP))["id"]
    for cost, expected in ((1000, 200), (2000, 412)):
        answer = await town.call(
            "PATCH",
            f"/v1/services/{service}",
            {"cost_rupiah": cost},
            headers={"if-match": '"1"'},
        )
        assert answer.status_code == expected
