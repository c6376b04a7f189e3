"""Region codes: of the whole installation, dated, the same file twice changes nothing."""

from contextlib import suppress
from importlib.resources import files
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from devstack.stack import Stack
from services.registry.regions.rules import Authority, FileRefused, Region, parent_of, read
from tests.registry.test_commands import tera
from tests.registry.town import Town

SHIPPED = (files("services.registry.regions") / "data" / "kemendagri.csv").read_bytes()


async def imported(town: Town, authority: str, content: str | bytes) -> httpx.Response:
    token = town.mint(tenant=None, roles=["operator"])
    return await town.http.post(
        f"/v1/regions/{authority}",
        content=content,
        headers={"authorization": f"Bearer {token}", "content-type": "text/csv"},
    )


async def told(town: Town, path: str) -> Any:
    answer = await town.call("GET", f"/v1/regions/{path}", role="employee")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_list_that_tera_brings(stack: Stack, town: Town) -> None:
    first = await tera(stack, town, "import", "regions")
    assert first.returncode == 0, first.stderr
    assert "7837 codes of kemendagri: " in first.stdout
    again = await tera(stack, town, "import", "regions")
    assert "7837 codes of kemendagri: 0 created, 0 changed, 7837 unchanged" in again.stdout

    city = await told(town, "kemendagri/12.76")
    assert city == {
        "code": "12.76",
        "name": "Kota Tebing Tinggi",
        "valid_from": None,
        "valid_until": None,
    }
    inside = await told(town, "kemendagri?parent=12.76")
    assert {region["code"][:6] for region in inside["items"]} == {"12.76."}
    found = await told(town, "kemendagri?q=sidorejo&limit=200")
    assert "33.73.01" in {region["code"] for region in found["items"]}


async def test_pages_show_every_region_once(town: Town) -> None:
    await imported(town, "bps", "code,name\n" + "".join(f"97{n:02},Kota {n}\n" for n in range(5)))
    seen, cursor = [], ""
    while cursor is not None:
        page = await told(town, f"bps?parent=97&limit=2{cursor and f'&cursor={cursor}'}")
        seen += [region["code"] for region in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ["9700", "9701", "9702", "9703", "9704"]


async def test_a_code_means_something_else_from_a_day_on(town: Town) -> None:
    first = await imported(town, "bps", "code,name\n98,Irian Jaya\n")
    assert first.json() == {"created": 1, "changed": 0, "unchanged": 0}
    content = "code,name,valid_from,valid_until\n98,Papua,2002-01-01,2022-07-01\n"
    assert (await imported(town, "bps", content)).json()["created"] == 1
    names = {
        "2001-12-31": "Irian Jaya",
        "2002-01-01": "Papua",
        "2022-06-30": "Papua",
    }
    for day, name in names.items():
        assert (await told(town, f"bps/98?on={day}"))["name"] == name
    assert (await told(town, "bps/98?on=2001-12-31"))["valid_until"] == "2002-01-01"
    assert (await town.call("GET", "/v1/regions/bps/98?on=2022-07-01")).status_code == 404
    listed = await told(town, "bps?q=irian&on=2010-01-01")
    assert listed["items"] == [], "the name of another day"
    changed = await imported(town, "bps", content.replace("Papua", "Papua Raya"))
    assert changed.json() == {"created": 0, "changed": 1, "unchanged": 0}


async def test_a_file_with_all_days_of_a_code_is_safe_to_repeat(town: Town) -> None:
    content = "code,name,valid_from\n94,Irian Jaya,\n94,Papua,2002-01-01\n"
    for outcome in ({"created": 2, "unchanged": 0}, {"created": 0, "unchanged": 2}):
        assert (await imported(town, "bps", content)).json() == {"changed": 0, **outcome}
    assert (await told(town, "bps/94?on=2001-12-31"))["name"] == "Irian Jaya"
    assert (await told(town, "bps/94"))["name"] == "Papua"
    twice = await imported(town, "bps", content.replace("2002-01-01", "0001-01-01"))
    assert twice.json()["errors"][0]["field"] == "line 3"
    too_early = await imported(town, "bps", "code,name,valid_until\n94,Papua,2001-01-01\n")
    assert too_early.json()["errors"][0]["field"] == "valid_until"


async def test_bad_files_are_told_by_line_and_change_nothing(town: Town) -> None:
    content = "code,name,valid_from\n96,A,\n9x,B,\n9601,,2024-01-01\n96,C,\n9602,D,besok\n"
    answer = await imported(town, "bps", content)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [
        "line 3",
        "line 4",
        "line 5",
        "line 6",
    ]
    assert (await town.call("GET", "/v1/regions/bps/96")).status_code == 404
    wrong = await town.call("POST", "/v1/regions/bps", {}, role="personnel_officer")
    assert wrong.status_code == 403


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"kode,nama\n1,2\n", b'code,name\n11,"Aceh\n', b"code,name\n11,a,b\n"]
)
def test_files_of_another_shape_are_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        read(Authority.KEMENDAGRI, content)


@given(content=st.binary(max_size=200))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    with suppress(FileRefused):
        assert read(Authority.BPS, b"code,name,valid_from\n" + content) is not None


def test_the_region_around() -> None:
    assert len(read(Authority.KEMENDAGRI, SHIPPED)) == 7837
    assert read(Authority.KEMENDAGRI, SHIPPED)[0] == Region("11", "Aceh")
    for code, parent in (("11", None), ("11.01", "11"), ("11.01.01", "11.01")):
        assert parent_of(Authority.KEMENDAGRI, code) == parent
    for code, parent in (
        ("11", None),
        ("1101", "11"),
        ("1101010", "1101"),
        ("1101010001", "1101010"),
    ):
        assert parent_of(Authority.BPS, code) == parent


async def test_places_name_both_codes_and_only_known_ones(registry: FastAPI, town: Town) -> None:
    await imported(town, "kemendagri", "code,name\n95,Utara\n95.01,Kota Utara\n")
    await imported(town, "bps", "code,name\n9571,Kota Utara\n")
    both = {"region_kemendagri": "95.01", "region_bps": "9571"}
    unit = await town.unit("Kantor", **both)
    shown = (await town.call("GET", f"/v1/units/{unit}")).json()
    assert (shown["region_kemendagri"], shown["region_bps"]) == ("95.01", "9571")
    changed = await town.call("PATCH", "/v1/tenant", both, role="tenant_administrator")
    assert (changed.status_code, changed.json()["region_bps"]) == (200, "9571")
    for path, role in (
        (f"/v1/units/{unit}", "personnel_officer"),
        ("/v1/tenant", "tenant_administrator"),
    ):
        answer = await town.call("PATCH", path, {"region_bps": "95.01"}, role=role)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "region_bps"
        cleared = await town.call("PATCH", path, {"region_bps": None}, role=role)
        assert (cleared.json()["region_kemendagri"], cleared.json()["region_bps"]) == (
            "95.01",
            None,
        )
