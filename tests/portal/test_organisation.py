"""The organisation: its tree on a day, a unit over time, and changes that are shown first."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from services.portal.organisation.rules import (
    Branch,
    Nothing,
    aliases_of,
    forest,
    is_past,
    move_of,
)
from tests.portal.conftest import Site, fields, words
from tests.support.installation import Office

TODAY = datetime.now(UTC).date()
TOMORROW = (TODAY + timedelta(days=2)).isoformat()


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("kotabumi")


async def unit(office: Office, name: str, **more: Any) -> dict[str, Any]:
    body = {"name": name, "kind": "dinas", "parent_id": str(office.unit)} | more
    made: dict[str, Any] = await office.administrator.post("registry", "/v1/units", body)
    return made


async def test_the_tree_and_its_search(site: Site, office: Office) -> None:
    above = await unit(office, "Dinas <Pendidikan>", code="DISDIK")
    below = await unit(office, "SD Negeri 1", kind="sekolah", parent_id=above["id"])
    path = f"/v1/units/{above['id']}/aliases"
    await office.administrator.put("registry", path, ["Disdik Kota"])
    async with site.signed_in(office, "employee") as person:
        page = await person.get("/organisation")
        assert page.status_code == 200
        tree = words(page.text)
        assert "Loket upt · U1" in tree
        assert (
            "Dinas <Pendidikan> dinas · DISDIK 1 1 unit di bawah Dinas <Pendidikan> SD Negeri 1"
            in tree
        )
        assert f'href="/organisation/{below["id"]}"' in page.text
        assert page.text.count("<details open>") == 1  # the top; the rest is folded
        unfolded = await person.get("/organisation?unfolded=true")
        assert unfolded.text.count("<details open>") == 2
        for typed in ("pendidikan", "DISDIK", "disdik kota"):
            found = await person.get("/organisation", params={"q": typed})
            assert f'href="/organisation/{above["id"]}"' in found.text, typed
            assert f'href="/organisation/{below["id"]}"' not in found.text
        lost = words((await person.get("/organisation?q=zzz")).text)
        assert "Tidak ada unit yang cocok dengan “zzz”" in lost
        english = words((await person.get(f"/organisation/{below['id']}?lang=en")).text)
        assert "From the start SD Negeri 1 sekolah Dinas <Pendidikan>" in english
        assert (await person.get("/organisation?on=x")).status_code == 422


async def test_what_a_unit_offers(site: Site, office: Office) -> None:
    made, registry = await unit(office, "Puskesmas Utara"), office.administrator
    body = {"name": "Imunisasi", "standard_minutes": 30, "unit_ids": [made["id"]]}
    service = await registry.post("registry", "/v1/services", body)
    counter = {"unit_id": made["id"], "name": "Loket 7", "service_ids": [service["id"]]}
    await registry.post("registry", "/v1/counters", counter)
    async with site.signed_in(office, "employee") as person:
        here = words((await person.get(f"/organisation/{made['id']}")).text)
        assert "Layanan Imunisasi 30 menit Loket Loket 7" in here
        other = words((await person.get(f"/organisation/{office.unit}")).text)
        assert "Tidak ada layanan yang tercatat untuk unit ini." in other
        assert "Loket 7" not in other


async def test_who_works_there_is_for_keepers(site: Site, office: Office) -> None:
    made, registry = await unit(office, "Dinas Pangan"), office.administrator
    body = {"kind": "non_asn", "name": "Rina <Marlina>", "external_id": str(uuid4())}
    person = (await registry.post("registry", "/v1/people", body))["id"]
    seat = {"unit_id": made["id"], "valid_from": "2024-02-01", "duties": ["head"]}
    await registry.post("registry", f"/v1/people/{person}/assignments", seat)
    here = f"/organisation/{made['id']}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        assert "Rina <Marlina> Non-ASN kepala" in words((await keeper.get(here)).text)
        before = words((await keeper.get(f"{here}?on=2024-01-31")).text)
        assert "Tidak ada yang ditempatkan di unit ini." in before
        tree = words((await keeper.get("/organisation?q=pangan")).text)
        assert "Dinas Pangan dinas · kepala Rina <Marlina>" in tree
    async with site.signed_in(office, "employee") as employee:
        for path in (here, "/organisation"):
            assert "Marlina" not in (await employee.get(path)).text


async def test_one_more_unit(site: Site, office: Office) -> None:
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get("/organisation")).text)
        form |= {"name": "Bagian Hukum", "kind": "bagian", "code": "HUKUM", "since": "2024-05-01"}
        form |= {"parent_id": str(office.unit)}
        made = await keeper.post("/organisation", data=form)
        here = words((await keeper.get(made.headers["location"])).text)
        assert "Unit tersimpan." in here
        assert "1 Mei 2024 Bagian Hukum bagian Loket" in here
        twice = await keeper.post("/organisation", data=form | {"name": "Hukum Lain"})
        assert (twice.status_code, 'value="Hukum Lain"' in twice.text) == (422, True)
        assert "Unit lain sudah memakai kode itu." in words(twice.text)


async def test_a_move_is_shown_and_then_applied(site: Site, office: Office) -> None:
    old, new = await unit(office, "Bidang Lama"), await unit(office, "Dinas Baru")
    here = f"/organisation/{old['id']}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)
        form |= {"on": TOMORROW, "name": "Bidang Baru", "kind": "bidang", "parent_id": new["id"]}
        nothing = {"name": "Bidang Lama", "kind": "dinas", "parent_id": str(office.unit)}
        same = await keeper.post(f"{here}/moves", data=form | nothing)
        assert (same.status_code, "Tidak ada yang diubah" in same.text) == (422, True)
        check = await keeper.post(f"{here}/moves", data=form)
        assert check.status_code == 200, words(check.text)
        assert "Nama Bidang Lama → Bidang Baru" in words(check.text)
        assert "Di bawah Loket → Dinas Baru" in words(check.text)
        assert "Bidang Baru" not in words((await keeper.get(here)).text)
        done = await keeper.post(f"{here}/moves", data=fields(check.text))
        assert done.headers["location"] == f"{here}?said=move", words(done.text)
        after = words((await keeper.get(done.headers["location"])).text)
        assert "Perubahan unit tersimpan." in after
        assert "direncanakan Bidang Baru bidang Dinas Baru" in after
        on_that_day = words((await keeper.get(f"{here}?on={TOMORROW}")).text)
        assert "Bidang Baru bidang · keadaan pada" in on_that_day
        # Somebody who opened the page before is told, and finds what was typed.
        late = await keeper.post(f"{here}/moves", data=form | {"name": "Bidang Lain", "apply": "1"})
        assert late.status_code == 409
        assert "Orang lain mengubah unit ini" in late.text
        assert 'value="Bidang Lain"' in late.text
        back = await keeper.post(
            f"{here}/states/{TOMORROW}/delete", data=fields((await keeper.get(here)).text)
        )
        assert back.headers["location"] == f"{here}?said=unplanned"
        assert "Bidang Baru" not in words((await keeper.get(here)).text)


async def test_a_past_move_warns_and_a_circle_is_refused(site: Site, office: Office) -> None:
    above = await unit(office, "Atas")
    below = await unit(office, "Bawah", parent_id=above["id"])
    here = f"/organisation/{above['id']}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)
        form |= {"on": "2024-03-01", "name": "Atas", "kind": "dinas", "parent_id": below["id"]}
        circle = await keeper.post(f"{here}/moves", data=form)
        assert circle.status_code == 422
        assert "tidak dapat berada di bawah dirinya sendiri" in words(circle.text)
        form |= {"name": "Atas Baru", "parent_id": str(office.unit)}
        check = await keeper.post(f"{here}/moves", data=form)
        assert "Tanggal ini sudah lewat" in check.text
        done = await keeper.post(f"{here}/moves", data=fields(check.text))
        assert done.status_code == 303, words(done.text)
        past = words((await keeper.get(f"{here}?on=2024-02-29")).text)
        assert "Atas dinas · keadaan pada 29 Februari 2024" in past


async def test_odd_requests_get_a_page(site: Site, office: Office) -> None:
    made = await unit(office, "Dinas Aneh")
    here = f"/organisation/{made['id']}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)
        good = {"on": TOMORROW, "name": "Lain", "kind": "dinas", "parent_id": str(office.unit)}
        for odd in (
            {"on": "1709251200"},
            {"on": ""},
            {"on": "9999-12-31", "name": "x" * 300},
            {"version": "é\n"},
            {"version": ""},
            {"parent_id": "x"},
            {"kind": "\x07"},
        ):
            for apply in ({}, {"apply": "true"}):
                answer = await keeper.post(f"{here}/moves", data=form | good | odd | apply)
                assert answer.status_code == 422, (odd, answer.status_code)
        for odd in ({"merge_on": "x"}, {"merge_on": TOMORROW, "into_id": "x"}, {}):
            assert (await keeper.post(f"{here}/merge", data=form | odd)).status_code == 422
        assert (await keeper.post(f"{here}/states/x/delete", data=form)).status_code == 422
        assert (await keeper.post("/organisation", data=form)).status_code == 422
        assert "Dinas Aneh dinas" in words((await keeper.get("/organisation?q=aneh")).text)


async def test_a_merge_ends_the_unit(site: Site, office: Office) -> None:
    old, other = await unit(office, "Dinas Kecil"), await unit(office, "Dinas Besar")
    child = await unit(office, "Seksi Kecil", parent_id=old["id"])
    here = f"/organisation/{old['id']}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)
        day = TODAY.isoformat()
        form |= {"merge_on": day, "into_id": other["id"]}
        check = await keeper.post(f"{here}/merge", data=form)
        assert "Seksi Kecil" in words(check.text)
        done = await keeper.post(f"{here}/merge", data=fields(check.text))
        assert done.headers["location"] == f"{here}?said=merge", words(done.text)
        after = words((await keeper.get(here)).text)
        assert "Tugasnya dilanjutkan oleh Dinas Besar" in after
        moved = words((await keeper.get(f"/organisation/{child['id']}")).text)
        assert "Di bawah Dinas Besar" in moved
        gone = await keeper.get(f"{here}?on={TOMORROW}")
        assert "tidak ada pada tanggal itu" in words(gone.text)


async def test_other_names_and_who_may(site: Site, office: Office) -> None:
    made, other = await unit(office, "Satu"), await unit(office, "Dua")
    here = f"/organisation/{made['id']}"
    async with site.signed_in(office, "tenant_administrator") as keeper:
        form = fields((await keeper.get(here)).text)
        done = await keeper.post(f"{here}/aliases", data=form | {"aliases": " Kesatu \n\nPertama"})
        assert done.status_code == 303
        assert "Nama lain Kesatu; Pertama" in words((await keeper.get(here)).text)
        there = f"/organisation/{other['id']}"
        form = fields((await keeper.get(there)).text)
        taken = await keeper.post(f"{there}/aliases", data=form | {"aliases": "kesatu"})
        assert taken.status_code == 422
        assert "sudah menjadi nama, kode, atau nama lain unit lain" in words(taken.text)
        assert (await keeper.post(f"{here}/aliases", data={})).status_code == 403
    async with site.signed_in(office, "employee") as employee:
        page = await employee.get(here)
        assert 'id="keeping"' not in page.text
        form = fields(page.text) | {"version": "2", "aliases": "x"}
        assert (await employee.post(f"{here}/aliases", data=form)).status_code == 403
    stranger_office = await site.running.office("lain")
    async with site.signed_in(stranger_office, "tenant_administrator") as stranger:
        assert (await stranger.get(here)).status_code == 404
        assert "Kesatu" not in (await stranger.get("/organisation?q=kesatu")).text


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), unique_by=lambda u: u[0]))
def test_every_unit_that_is_in_no_circle_stands_once_in_the_tree(
    drawn: list[tuple[int, int]],
) -> None:
    parents = {n: above if above < n else None for n, above in drawn}
    units = [{"id": n, "name": f"U{n}", "parent_id": above} for n, above in parents.items()]
    seen: list[int] = []

    def walk(branches: list[Branch], parent: int | None) -> int:
        for branch in branches:
            assert parents[branch.unit["id"]] == parent or parent is None
            seen.append(branch.unit["id"])
            assert walk(branch.below, branch.unit["id"]) == branch.size
        return sum(branch.size + 1 for branch in branches)

    walk(forest(units), None)
    assert sorted(seen) == sorted(parents)


def test_rules_of_the_forms() -> None:
    unit = {"name": "A", "kind": "dinas", "parent_id": "p"}
    form = {"on": "2026-01-01", "name": " A  B ", "kind": "dinas", "parent_id": "p"}
    assert move_of(form, unit) == {"on": "2026-01-01", "name": "A B"}
    top = form | {"name": "A", "parent_id": ""}
    assert move_of(top, unit) == {"on": "2026-01-01", "parent_id": None}
    with pytest.raises(Nothing):
        move_of(form | {"name": "A"}, unit)
    assert aliases_of({"aliases": "a\r\n\r\n b  c \na"}) == ["a", "b c"]
    assert is_past("2026-01-01", date(2026, 1, 2))
    assert not is_past("2026-01-02", date(2026, 1, 2))
    assert not is_past("soon", date(2026, 1, 2))
