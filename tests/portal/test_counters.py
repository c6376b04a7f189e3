"""Codes of counters, and the sign to put up."""

import re

import pytest_asyncio

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
