"""Codes of counters, and the sign to put up."""

import asyncio
import re
import time

import pytest
import pytest_asyncio

from services.portal.start.rules import place_of
from tests.portal.conftest import Site, fields
from tests.support.installation import Office


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("kotabumi")


async def test_a_counter_is_made_printed_and_switched_off(site: Site, office: Office) -> None:
    async with site.signed_in(office, "survey_officer") as officer:
        page = await officer.get("/counters")
        assert page.status_code == 200
        body = {"unit_id": str(office.unit), "service_id": str(office.service)}
        made = await officer.post("/counters", data=fields(page.text) | body)
        sign = await officer.get(made.headers["location"])
        code = re.search(r"kotabumi-[0-9a-f]{8}-([0-9A-Z]{6})", sign.text)
        assert code is not None
        slug = code[0].rpartition("-")[0]
        assert f"{site.url}/j/{slug}/{code[1]}" in sign.text
        assert "Bagaimana pelayanan kami?" in sign.text
        assert "How was our service?" in sign.text
        assert '<svg viewBox="0 0 ' in sign.text
        async with site.visitor() as citizen:
            typed = await citizen.get("/", params={"code": code[0]})
            assert (await citizen.get(typed.headers["location"])).status_code == 200
        off = made.headers["location"].replace("print", "switch-off")
        assert (await officer.post(off, data={})).status_code == 403
        done = await officer.post(off, data=fields((await officer.get("/counters")).text))
        assert done.headers["location"] == "/counters"
        assert "Tidak aktif" in (await officer.get("/counters")).text
        assert (await officer.get(made.headers["location"])).headers["location"] == "/counters"


async def test_every_unit_can_have_a_counter(site: Site) -> None:
    large = await site.running.office("cirebon")
    registry, parent = large.administrator, str(large.unit)
    made = await asyncio.gather(*(
        registry.post(
            "registry", "/v1/units", {"name": f"Loket {n}", "kind": "upt", "parent_id": parent}
        )
        for n in range(200)
    ))  # fmt: skip
    async with site.signed_in(large, "survey_officer") as officer:
        page = (await officer.get("/counters")).text
    assert all(f'<option value="{unit["id"]}"' in page for unit in [*made, {"id": parent}])


async def test_another_office_and_other_roles_see_nothing(site: Site, office: Office) -> None:
    counter = await site.counter(office)
    sign = f"/counters/{counter['counter_id']}/print"
    async with site.signed_in(office, "employee") as employee:
        refused = await employee.get("/counters")
        assert (refused.status_code, "Tidak diizinkan" in refused.text) == (403, True)
        assert (await employee.get(sign)).status_code == 403
        assert 'href="/counters"' not in refused.text
    other = await site.running.office("lain")
    async with site.signed_in(other, "survey_officer") as stranger:
        assert (await stranger.get(sign)).status_code == 404
        assert counter["code"] not in (await stranger.get("/counters")).text


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        (" Bandung 7k3m9p ", ("bandung", "7K3M9P")),
        ("kota-bandung-7K3M9P", ("kota-bandung", "7K3M9P")),
        ("kota--baru / 7K3M9P", ("kota--baru", "7K3M9P")),
        (f"{'a' * 63}-7K3M9P", ("a" * 63, "7K3M9P")),
        ("7K3M9P", None),
        ("-bandung-7K3M9P", None),
    ],
)
def test_what_is_typed_for_a_code(typed: str, place: tuple[str, str] | None) -> None:
    assert place_of(typed) == place


def test_no_text_keeps_the_start_page_busy() -> None:
    begun = time.monotonic()
    for typed in (f"a{'-' * 60_000}!", f"{'a-' * 30_000}!", f"a{' ' * 60_000}!"):
        assert place_of(typed) is None
    assert time.monotonic() - begun < 1
