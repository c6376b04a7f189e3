"""Plans: written by both sides, agreed by both; the second who edits is told."""

import re
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from tests.portal.conftest import Site, fields, words
from tests.support.installation import Office

NUMBERS = count(10)
TARGET = {
    "aspect": "time",
    "title": "Waktu penyelesaian berkas lengkap",
    "measure_unit": "minutes",
    "better": "lower",
    "target_low": "30",
    "target_high": "45.5",
    "indicator_id": None,
}


@dataclass(frozen=True)
class Desk:
    """Tita is assessed by Asep, Asep by the mayor; Asep's plan has two results."""

    office: Office
    tita: str
    asep: str
    period: str
    goal: str

    async def post(self, path: str, body: Any) -> Any:
        return await self.office.administrator.post("registry", path, body)


async def desk_in(office: Office) -> Desk:
    """A desk in a tenant of its own."""
    post = office.administrator.post

    async def person(name: str, kind: str = "civil_servant") -> str:
        body = {"name": name, "kind": kind, "external_id": name}
        if kind == "civil_servant":
            body["number"] = f"1980010120060410{next(NUMBERS):02}"
        made: str = (await post("registry", "/v1/people", body))["id"]
        return made

    tita, asep = await person("Neng Tita Rohaeti"), await person("H. Asep Suherman")
    mayor = await person("Wali Kota", "state_official")
    for one, above in ((tita, asep), (asep, mayor)):
        line = {"assessor_id": above, "valid_from": "2025-01-01"}
        await post("registry", f"/v1/people/{one}/reporting-lines", line)
    wanted = {"year": 2026, "kind": "yearly"}
    period = (await post("registry", "/v1/periods/generate", wanted))["created"][0]["id"]
    body = {"name": "Arsip daerah lengkap", "starts_on": "2025-01-01", "ends_on": "2030-01-01"}
    goal = (await post("registry", "/v1/goals", body))["id"]
    return Desk(office, tita, asep, period, goal)


@pytest_asyncio.fixture(scope="module")
async def desk(site: Site) -> Desk:
    return await desk_in(await site.running.office("rencana"))


async def started(person: httpx.AsyncClient, desk: Desk, who: str) -> str:
    """The path of a plan that was begun on the page."""
    form = fields((await person.get("/plans")).text)
    body = form | {"person_id": who, "period_id": desk.period}
    begun = await person.post("/plans", data=body)
    assert begun.status_code == 303, begun.text
    path, _, said = begun.headers["location"].partition("/edit")
    assert said == "?said=created"
    return path


async def results(person: httpx.AsyncClient, path: str, *titles: str) -> None:
    """Fill a plan with results of one indicator each."""
    form = fields((await person.get(f"{path}/edit")).text)
    for at, title in enumerate(titles):
        form |= {f"result-{at}-id": "", f"result-{at}-title": title, f"result-{at}-main": "yes"}
        line = f"result-{at}-indicator-0-"
        form |= {f"{line}id": "", f"{line}title": "Ukuran", f"{line}low": "88,31"}
        form |= {f"{line}unit": "index", f"{line}aspect": "quality", f"{line}better": "higher"}
    saved = await person.post(f"{path}/edit", data=form | {"do": "save"})
    assert saved.headers.get("location", "").endswith("said=saved"), words(saved.text)


async def test_from_an_empty_plan_to_the_agreement_of_both(site: Site, desk: Desk) -> None:
    asep = {"person": desk.asep}
    async with site.signed_in(desk.office, "employee", **asep) as leader:
        above = await started(leader, desk, desk.asep)
        await results(leader, above, "Dokumen selesai tepat waktu", "Pengaduan dijawab")
        page = await leader.get("/plans")
        assert "belum ada rencana" in words(page.text)
        assert "Pengaduan dijawab" in page.text
    async with site.signed_in(desk.office, "employee", person=desk.tita) as employee:
        path = await started(employee, desk, desk.tita)
        empty = await employee.get(f"{path}/edit")
        served = re.search(r'value="(result:[^"]+)">Dokumen selesai', empty.text)
        assert served is not None
        typed = fields(empty.text) | {
            "result-0-title": "KTP-el terbit pada hari yang sama",
            "result-0-main": "yes",
            "result-0-serves": served[1],
            "result-0-indicator-0-id": "",
            "result-0-indicator-0-title": "Berkas selesai",
            "result-0-indicator-0-aspect": "quantity",
            "result-0-indicator-0-unit": "count",
            "result-0-indicator-0-better": "higher",
            "result-0-indicator-0-low": "1.200",
            "expectation-loyal": "Menjaga rahasia berkas.\r\nSelalu.",
            "support": "Dua printer",
        }
        more = await employee.post(f"{path}/edit", data=typed | {"do": "add-result"})
        assert more.status_code == 200
        assert 'name="result-1-title"' in more.text
        assert 'value="1.200"' in more.text
        typed |= {
            "result-1-id": "",
            "result-1-title": "Arsip didigitalkan",
            "result-1-main": "no",
            "result-1-serves": f"goal:{desk.goal}",
        }
        refused = await employee.post(
            f"{path}/edit", data=typed | {"result-0-indicator-0-low": "1.2.0", "do": "save"}
        )
        assert refused.status_code == 422
        assert "bukan angka" in refused.text
        assert 'value="1.2.0"' in refused.text
        saved = await employee.post(f"{path}/edit", data=typed | {"do": "save"})
        assert saved.headers["location"] == f"{path}?said=saved", words(saved.text)
        page = await employee.get(path)
        form = fields(page.text)
        early = await employee.post(f"{path}/discuss", data=form)
        assert early.status_code == 409
        assert "setiap hasil memerlukan indikator" in early.text
        typed = fields((await employee.get(f"{path}/edit")).text) | typed | {"version": "2"}
        line = "result-1-indicator-0-"
        typed |= {f"{line}id": "", f"{line}title": "Biaya per lembar", f"{line}low": "500"}
        typed |= {f"{line}high": "750", f"{line}unit": "rupiah", f"{line}better": "lower"}
        saved = await employee.post(f"{path}/edit", data=typed | {f"{line}aspect": "cost"})
        assert saved.status_code == 303, words(saved.text)
        said = words((await employee.get(path)).text)
        for expected in (
            "Hasil 1 · Utama KTP-el terbit pada hari yang sama Kuantitas Berkas selesai Target "
            "1.200 Makin tinggi makin baik",
            "1 mendukung A A Hasil pimpinan A Dokumen selesai tepat waktu",
            "Belum ada hasil dalam rencana ini yang mendukungnya B Hasil pimpinan B",
            "Target Rp 500–750 Makin rendah makin baik",
            "2 mendukung C C Sasaran daerah C Arsip daerah lengkap",
            "Menjaga rahasia berkas.",
            "Dukungan sumber daya Dua printer",
        ):
            assert expected in said, expected
        english = words((await employee.get(f"{path}?lang=en")).text)
        assert "Target 1,200 Higher is better" in english
        await employee.get(f"{path}?lang=id")
        discussed = await employee.post(
            f"{path}/discuss", data=fields(page.text) | {"version": "3"}
        )
        assert discussed.headers["location"].endswith("said=discussed"), words(discussed.text)
        page = await employee.get(path)
        agreed = await employee.post(f"{path}/agree", data=fields(page.text))
        assert agreed.headers["location"].endswith("said=agreed")
        page = await employee.get(path)
        assert "Saya setuju" not in page.text
    async with site.signed_in(desk.office, "employee", **asep) as leader:
        team = words((await leader.get("/plans")).text)
        assert "Neng Tita Rohaeti Dibahas ✓ setuju belum" in team
        assert "yang belum didukung siapa pun" in team
        seen = await leader.get(path)
        assert "Saya setuju" in seen.text
        agreed = await leader.post(f"{path}/agree", data=fields(seen.text))
        assert agreed.headers["location"].endswith("said=agreed"), words(agreed.text)
        page = await leader.get(path)
        assert "Disepakati" in page.text
        assert (await leader.get(f"{path}/edit")).headers["location"] == path
        late = fields(page.text) | {"result-0-id": "", "result-0-title": "Terlambat"}
        refused = await leader.post(f"{path}/edit", data=late)
        assert refused.status_code == 409
        assert "rencana sudah disepakati" in refused.text
        assert 'value="Terlambat"' in refused.text
        too_early = await leader.post(
            f"{path}/amend", data=fields(page.text) | {"valid_from": "2025-06-01"}
        )
        assert too_early.status_code == 422
        assert "di luar periode" in too_early.text
        amended = await leader.post(
            f"{path}/amend", data=fields(page.text) | {"valid_from": "2026-12-01"}
        )
        assert amended.headers["location"].endswith("said=amended"), words(amended.text)
        page = await leader.get(f"{path}?revision=1")
        assert "Anda melihat revisi 1" in page.text
        assert "Revisi 2 Konsep berlaku sejak 1 Desember 2026" in words(page.text)
        form = fields((await leader.get(path)).text)
        gone = await leader.post(f"{path}/withdraw", data=form)
        assert gone.headers["location"] == f"{path}?said=withdrawn"
        assert "Revisi 2" not in (await leader.get(path)).text


async def test_the_second_who_edits_is_told_and_loses_nothing(site: Site) -> None:
    desk = await desk_in(await site.running.office("serentak"))
    async with site.signed_in(desk.office, "employee", person=desk.tita) as employee:
        path = await started(employee, desk, desk.tita)
        form = fields((await employee.get(f"{path}/edit")).text)
        await results(employee, path, "Milik orang lain")
        mine = form | {"result-0-id": "", "result-0-title": "Milik saya", "do": "save"}
        told = await employee.post(f"{path}/edit", data=mine)
        assert told.status_code == 409
        assert "orang lain mengubah rencana ini" in told.text
        assert "Milik orang lain" in words(told.text)
        assert "indeks 88,31" in words(told.text)
        assert 'value="Milik saya"' in told.text
        more = await employee.post(f"{path}/edit", data=mine | {"do": "add-result"})
        assert fields(more.text)["version"] == form["version"]
        again = await employee.post(f"{path}/edit", data=mine | fields(told.text))
        assert again.status_code == 303, words(again.text)
        stale = await employee.post(f"{path}/discuss", data=form)
        assert stale.headers["location"] == f"{path}?said=changed"


async def test_figures_of_an_indicator_stay_chosen_whoever_edits(site: Site) -> None:
    desk = await desk_in(await site.running.office("diukur"))
    place = {"unit_id": str(desk.office.unit), "valid_from": "2025-01-01"}
    await desk.post(f"/v1/people/{desk.tita}/assignments", place | {"kind": "definitive"})
    indicator = {"name": "Berkas tepat waktu", "source": "report", "measure_unit": "percent"}
    indicator |= {"better": "higher", "target_low": "90", "target_high": "100"}
    indicator |= {"aspect": "quality", "valid_from": "2025-01-01"}
    measured = (await desk.post("/v1/indicators", indicator))["id"]
    async with site.signed_in(desk.office, "employee", person=desk.tita) as employee:
        path = await started(employee, desk, desk.tita)
        form = await employee.get(f"{path}/edit")
        assert f'<option value="{measured}">Berkas tepat waktu' in form.text
        line = "result-0-indicator-0-"
        typed = {f"{line}id": "", f"{line}title": "Tepat waktu", f"{line}low": "95"}
        typed |= {f"{line}unit": "percent", f"{line}aspect": "time", f"{line}better": "higher"}
        typed |= {f"{line}indicator": measured, "result-0-title": "Berkas", "result-0-main": "yes"}
        odd = await employee.post(
            f"{path}/edit", data=fields(form.text) | typed | {f"{line}unit": "rupiah"}
        )
        assert odd.status_code == 422
        assert 'href="#result-0-indicator-0-' in odd.text
        saved = await employee.post(f"{path}/edit", data=fields(form.text) | typed)
        assert saved.status_code == 303, words(saved.text)
        assert "(diukur otomatis)" in (await employee.get(path)).text
        odd_id = fields((await employee.get(f"{path}/edit")).text) | typed
        refused = await employee.post(f"{path}/edit", data=odd_id | {f"{line}indicator": "../x"})
        assert refused.status_code == 422
    async with site.signed_in(desk.office, "employee", person=desk.asep) as leader:
        form = await leader.get(f"{path}/edit")
        assert f'<option value="{measured}" selected>Berkas tepat waktu' in form.text


async def test_others_see_nothing(site: Site) -> None:
    desk = await desk_in(await site.running.office("orang-lain"))
    async with site.signed_in(desk.office, "employee", person=desk.tita) as employee:
        path = await started(employee, desk, desk.tita)
    async with site.signed_in(desk.office, "employee") as stranger:
        assert (await stranger.get(path)).status_code == 403
        assert "Neng Tita" not in (await stranger.get("/plans")).text
        foreign = await stranger.post(f"{path}/agree", data={"version": "1"})
        assert foreign.status_code == 403
    async with site.signed_in(desk.office, "personnel_officer", person=None) as keeper:
        page = await keeper.get("/plans")
        assert "Akun ini tidak tertaut" in page.text
        assert "Neng Tita Rohaeti" in page.text
        shown = await keeper.get(path)
        assert shown.status_code == 200
        assert f"{path}/edit" not in shown.text
        form = fields(page.text) | {"person_id": desk.tita, "period_id": desk.period}
        there = await keeper.post("/plans", data=form)
        assert there.headers["location"] == path
    async with site.signed_in(desk.office, "employee", person=desk.asep) as leader:
        form = fields((await leader.get("/plans")).text)
        early = form | {"period_id": desk.period, "valid_from": "2024-01-01"}
        refused = await leader.post("/plans", data=early | {"person_id": desk.tita})
        assert refused.status_code in {403, 409, 422}


async def test_odd_requests_get_a_page_and_change_nothing(site: Site) -> None:
    desk = await desk_in(await site.running.office("aneh"))
    async with site.signed_in(desk.office, "personnel_officer", person=desk.tita) as person:
        path = await started(person, desk, desk.tita)
        form = fields((await person.get(f"{path}/edit")).text)
        rules = f"/organisation/{desk.office.unit}/policies"
        for odd in (
            f"{path}?revision=99",
            f"{path}?revision=x",
            "/plans?period=x",
            "/plans?cursor=x",
            f"/plans/{UUID(int=7)}/edit",
            f"{rules}?on=9999-12-31",
            f"{rules}?on=yesterday",
            f"{rules}/nothing",
            f"{rules}/rating?policy={UUID(int=7)}",
            f"{rules}/rating/history/{UUID(int=7)}",
        ):
            assert (await person.get(odd)).status_code in {200, 400, 404, 422}, odd
        for where, data in (
            (f"{path}/edit", {"do": "add-indicator-99"}),
            (f"{path}/edit", {"do": "save", "version": "x"}),
            (f"{path}/edit", {"result-0-title": "\x00"}),
            (f"{path}/edit", {"support": "y" * 2001}),
            (f"{path}/edit", {"result-0-title": "x", "result-0-serves": "result:y"}),
            (f"{path}/discuss", {"version": ""}),
            (f"{path}/agree", {"version": "1e9"}),
            (f"{path}/amend", {"valid_from": "0000-00-00"}),
            ("/plans", {"person_id": "x", "period_id": ""}),
            (f"{rules}/adopt", {"pack": "../x", "valid_from": "2026-01-01"}),
            (f"{rules}/numeric", {"cap": "110", "valid_from": "2026-02-30"}),
            (f"{rules}/numeric", {"cap": "9" * 14, "valid_from": "2026-02-01"}),
            (f"{rules}/evaluation", {"themes": "a\x00", "valid_from": "2026-02-01"}),
            (f"{rules}/rating", {"scheme": "other", "valid_from": "2026-02-01"}),
            (f"{rules}/rating/{UUID(int=7)}/delete", {"version": "é"}),
        ):
            answer = await person.post(where, data=form | data)
            assert answer.status_code in {200, 404, 409, 422, 428}, (where, data)
        assert fields((await person.get(f"{path}/edit")).text)["version"] == form["version"]
