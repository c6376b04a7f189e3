"""People: the search, a person over time, and changes that are shown before they are made."""

import re
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from services.portal.people.rules import GROUPS, Span, drawing
from tests.portal.conftest import Site, fields, words
from tests.support.installation import Office


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("salatiga")


@pytest_asyncio.fixture(scope="module")
async def elsewhere(office: Office) -> str:
    """A second unit."""
    body = {"name": "Dinas Kesehatan", "kind": "dinas", "code": "DINKES"}
    made: str = (await office.administrator.post("registry", "/v1/units", body))["id"]
    return made


async def person(office: Office, name: str, **more: Any) -> str:
    """Somebody who works in the office's unit since 2020."""
    registry = office.administrator
    body = {"kind": "non_asn", "name": name, "external_id": str(uuid4())} | more
    made: str = (await registry.post("registry", "/v1/people", body))["id"]
    body = {"unit_id": str(office.unit), "kind": "definitive", "valid_from": "2020-01-01"}
    await registry.post("registry", f"/v1/people/{made}/assignments", body)
    return made


async def test_the_search(site: Site, office: Office) -> None:
    ani = await person(office, "Ani <Wijaya>", kind="civil_servant", number="197901012005012001")
    async with site.signed_in(office, "personnel_officer") as keeper:
        assert f'href="/people/{ani}"' in (await keeper.get("/people")).text
        for typed in ("wijaya", "19790101", "19790101 200501 2 001"):
            found = await keeper.get("/people", params={"q": typed})
            assert f'href="/people/{ani}"' in found.text, typed
            assert "Ani &lt;Wijaya&gt;" in found.text
        lost = words((await keeper.get("/people?q=zzz")).text)
        assert "Tidak ada pegawai yang cocok dengan “zzz”" in lost
    async with site.signed_in(office, "employee") as employee:
        assert (await employee.get("/people")).headers["location"] == "/people/me"
        assert 'href="/people"' not in (await employee.get("/organisation")).text
        refused = await employee.get(f"/people/{ani}")
        assert (refused.status_code, "Wijaya" in refused.text) == (403, False)
    other = await site.running.office("lain")
    async with site.signed_in(other, "tenant_administrator") as stranger:
        assert (await stranger.get(f"/people/{ani}")).status_code == 404
        assert "Wijaya" not in (await stranger.get("/people")).text


async def test_a_transfer_is_shown_and_then_made(
    site: Site, office: Office, elsewhere: str
) -> None:
    budi = await person(office, "Budi Santoso")
    here = f"/people/{budi}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)
        form |= {"transfer_on": "2024-03-01", "transfer_to": elsewhere}
        check = await keeper.post(f"{here}/transfers", data=form)
        assert check.status_code == 200, words(check.text)
        assert "Unit baru Dinas Kesehatan" in words(check.text)
        assert re.search(r"\d+ bulan dihitung ulang untuk orang ini: Maret 2024", words(check.text))
        assert "Dinas Kesehatan 1 Maret 2024" not in words((await keeper.get(here)).text)
        done = await keeper.post(f"{here}/transfers", data=fields(check.text))
        assert done.headers["location"] == f"{here}?said=transfers", words(done.text)
        after = words((await keeper.get(done.headers["location"])).text)
        assert "Kepindahan tersimpan." in after
        assert "Penempatan Dinas Kesehatan 1 Maret 2024 seterusnya" in after
        assert "Penempatan Loket 1 Januari 2020 1 Maret 2024" in after
        again = await keeper.post(f"{here}/transfers", data=form | {"transfer_on": "2025-01-01"})
        assert again.status_code == 422
        assert "sudah bertugas di unit itu" in words(again.text)
        english = words((await keeper.get(f"{here}?lang=en")).text)
        assert "Assignment Dinas Kesehatan 1 March 2024 goes on" in english


async def test_acting_leave_and_login(site: Site, office: Office, elsewhere: str) -> None:
    cici = await person(office, "Cici Lestari")
    here = f"/people/{cici}"
    subject = f"cici-{uuid4().hex[:8]}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)
        acting = {
            "assignment_kind": "plt",
            "assignment_unit": elsewhere,
            "assignment_from": "2025-01-01",
            "assignment_last": "2025-03-31",
        }
        post = {"unit_id": elsewhere, "title": "Kepala Dinas", "post_kind": "structural"}
        post_id = (await office.administrator.post("registry", "/v1/posts", post))["id"]
        check = await keeper.post(f"{here}/assignments", data=form | acting | {"duty_head": "true"})
        assert "Pelaksana tugas (Plt.)" in words(check.text)
        assert "Tugas di unit kepala" in words(check.text)
        assert f'<option value="{post_id}">Kepala Dinas</option>' in check.text
        chosen = fields(check.text) | {"post_id": post_id}
        done = await keeper.post(f"{here}/assignments", data=chosen)
        assert done.is_redirect, words(done.text)
        overlap = acting | {"assignment_kind": "definitive"}
        refused = await keeper.post(f"{here}/assignments", data=form | overlap)
        assert (refused.status_code, "definitif lain" in refused.text) == (422, True)
        away = {"leave_kind": "maternity", "leave_from": "2025-05-01", "leave_last": "2025-07-31"}
        assert (await keeper.post(f"{here}/leaves", data=form | away)).is_redirect
        twice = await keeper.post(f"{here}/leaves", data=form | away)
        assert (twice.status_code, "sudah ada cuti lain" in twice.text) == (422, True)
        linked = await keeper.post(f"{here}/login", data=form | {"subject": subject})
        assert linked.is_redirect, words(linked.text)
        page = (await keeper.get(here)).text
        text = words(page)
        assert "Plt. Kepala Dinas, Dinas Kesehatan (kepala) 1 Januari 2025 1 April 2025" in text
        assert "Cuti Cuti melahirkan 1 Mei 2025 1 Agustus 2025" in text
        assert f"Akun {subject}" in text
        assert page.count('class="span-definitive"') == 1
        assert page.count('class="span-acting"') == 1
        assert (await keeper.post(f"{here}/login", data=form | {"subject": ""})).is_redirect
        assert "Akun belum terhubung" in words((await keeper.get(here)).text)
        assert (await keeper.post(f"{here}/leaves", data=away)).status_code == 403


async def test_the_assessor(site: Site, office: Office) -> None:
    dedi, eka = await person(office, "Dedi Kurnia"), await person(office, "Eka Putri")
    fajar = await person(office, "Eka Putra")
    here = f"/people/{dedi}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)

        async def assessed(of: str, by: str, day: str) -> Any:
            body = form | {"assessor": by, "line_from": day}
            check = await keeper.post(f"/people/{of}/assessor", data=body)
            if check.status_code != 200:
                return check
            return await keeper.post(f"/people/{of}/assessor", data=fields(check.text))

        assert "Lebih dari satu orang" in words((await assessed(dedi, "eka", "2024-01-01")).text)
        assert "Tidak ada orang" in words((await assessed(dedi, "zzz", "2024-01-01")).text)
        assert (await assessed(dedi, "eka putri", "2024-01-01")).is_redirect
        assert (await assessed(dedi, "Eka Putra", "2025-01-01")).is_redirect
        text = words((await keeper.get(here)).text)
        assert "Pejabat penilai Eka Putra 1 Januari 2025 seterusnya" in text
        assert "Pejabat penilai Eka Putri 1 Januari 2024 1 Januari 2025" in text
        circle = await assessed(fajar, "Dedi Kurnia", "2025-06-01")
        assert "atasan bagi dirinya sendiri" in words(circle.text)
        assert (await assessed(eka, "Dedi Kurnia", "2025-06-01")).is_redirect


async def test_the_second_of_two_editors_is_told(
    site: Site, office: Office, elsewhere: str
) -> None:
    hadi = await person(office, "Hadi Susanto")
    here = f"/people/{hadi}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)
        form |= {"transfer_on": "2024-03-01", "transfer_to": elsewhere}
        check = await keeper.post(f"{here}/transfers", data=form)
        (held,) = await office.administrator.get("registry", f"/v1/people/{hadi}/assignments")
        moved = {"unit_id": elsewhere, "on": "2025-01-01"}
        await office.administrator.post("registry", f"/v1/people/{hadi}/transfers", moved)
        late = await keeper.post(f"{here}/transfers", data=fields(check.text))
        assert held["version"] == 1
        assert late.status_code == 409
        assert "Orang lain mengubah data ini" in words(late.text)
        assert 'value="2024-03-01"' in late.text


async def test_odd_requests_get_a_page(site: Site, office: Office, elsewhere: str) -> None:
    indra = await person(office, "Indra Aneh")
    here = f"/people/{indra}"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = fields((await keeper.get(here)).text)
        for path, odd in (
            ("transfers", {}),
            ("transfers", {"transfer_on": "1709251200", "transfer_to": elsewhere}),
            ("transfers", {"transfer_on": "2024-01-01", "transfer_to": "x"}),
            (
                "transfers",
                {
                    "transfer_on": "2024-01-01",
                    "transfer_to": elsewhere,
                    "seen": "é",
                    "apply": "true",
                },
            ),
            ("assignments", {"assignment_kind": "x"}),
            (
                "assignments",
                {
                    "assignment_kind": "double",
                    "assignment_unit": elsewhere,
                    "assignment_from": "2024-01-01",
                    "assignment_last": "9999-12-31",
                },
            ),
            ("leaves", {"leave_kind": "x"}),
            ("assessor", {"assessor": " "}),
            ("assessor", {"assessor": "Indra Aneh", "line_from": "2024-01-01"}),
            ("login", {"subject": "é é"}),
        ):
            answer = await keeper.post(f"{here}/{path}", data=form | odd)
            assert answer.status_code == 422, (path, odd, answer.status_code)
        assert (await keeper.get("/people?cursor=x")).status_code == 422
        assert (await keeper.get("/people/x")).status_code == 422


async def test_my_own_page(site: Site, office: Office) -> None:
    gita = await person(office, "Gita Sari")
    async with site.signed_in(office, "employee", person=gita) as employee:
        page = await employee.get("/people/me")
        assert page.status_code == 200
        assert "Penempatan Loket 1 Januari 2020 seterusnya" in words(page.text)
        assert 'id="keeping"' not in page.text
        form = fields(page.text) | {"subject": "gita"}
        assert (await employee.post(f"/people/{gita}/login", data=form)).status_code == 403
    async with site.signed_in(office, "employee", person=str(UUID(int=7))) as nobody:
        assert "belum terhubung dengan data pegawai" in (await nobody.get("/people/me")).text


SPANS = st.builds(
    Span,
    st.sampled_from(GROUPS),
    st.just("x"),
    st.dates(date(1900, 1, 1), date(9999, 1, 1)),
    st.none() | st.dates(date(1900, 1, 2), date(9999, 12, 31)),
).filter(lambda span: span.ends is None or span.starts < span.ends)


@given(st.lists(SPANS, max_size=12), st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_every_span_is_drawn_once_within_the_drawing(spans: list[Span], today: date) -> None:
    drawn = drawing(spans, today)
    if drawn is None:
        assert not spans
        return
    bars = [bar for row in drawn.rows for bar in row.bars]
    assert sorted(map(id, spans)) == sorted(id(bar.span) for bar in bars)
    for row in drawn.rows:
        ends = 0.0
        for bar in row.bars:
            assert bar.span.group == row.group
            assert ends - 0.02 <= bar.left <= bar.left + bar.width <= 100.01
            ends = bar.left + bar.width
    assert [row.group for row in drawn.rows if row.first] == [
        group for group in GROUPS if any(span.group == group for span in spans)
    ]
    assert 0 <= drawn.now <= 100
    assert len(drawn.ticks) <= 8


def test_a_year_is_the_least_that_is_drawn() -> None:
    drawn = drawing([Span("definitive", "x", date(2026, 5, 1), None)], date(2026, 6, 1))
    assert drawn is not None
    (bar,) = drawn.rows[0].bars
    assert bar.left > 70
    assert bar.left + bar.width == pytest.approx(100, abs=0.02)
    assert drawn.now < bar.left + bar.width
    assert drawing([], date(2026, 6, 1)) is None
