"""What applies to a unit and where it comes from; keepers say otherwise from a day on."""

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from services.portal.languages.catalogue import LANGUAGES, Language
from services.portal.policies.fields import FIELDS, GROUPS, Field
from services.portal.policies.form import read, typed_from
from services.portal.policies.levels import REGULATIONS, changed_fields, levels_of, said_on
from services.portal.policies.words import value_words
from shared.contracts.policy_levels import REGULATION_OF
from tests.portal.conftest import Site, fields, words
from tests.support.installation import Office


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    """A tenant with rules of its own on complaints, and a unit with others."""
    office = await site.running.office("aturan")
    await made(office, None, "2026-01-01", "complaints", verify=2, first_answer=4)
    await made(office, str(office.unit), "2026-04-01", "complaints", verify=1, reply_days=7)
    await made(office, str(office.unit), "2030-01-01", "complaints", verify=2)
    survey = {"unit_id": str(office.unit), "valid_from": "2026-02-01", "minimum_sample": 5}
    await office.administrator.post("registry", "/v1/satisfaction-policies", survey)
    return office


async def made(office: Office, unit: str | None, since: str, kind: str, **said: Any) -> Any:
    document = {"policy_kind": kind} | said
    body = {"unit_id": unit, "valid_from": since, "document": document}
    return await office.administrator.post("registry", "/v1/policies", body)


def lines(html: str) -> list[str]:
    """The rows of all tables as words; what is struck through stands between tildes."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", re.sub(r"</?s>", "~", html), re.DOTALL)
    return [words(row) for row in rows]


async def test_every_value_tells_where_it_comes_from(site: Site, office: Office) -> None:
    async with site.signed_in(office, "employee") as employee:
        page = await employee.get(f"/organisation/{office.unit}/policies?on=2026-05-01")
        assert page.status_code == 200, page.text
        rows = lines(page.text)
        assert any(
            row.startswith("Pengaduan diverifikasi dalam Pedoman SP4N-LAPOR! 1 hari kerja")
            and "menggantikan ~2 hari kerja~" in row
            and "menggantikan ~3 hari kerja~ (SP4N-LAPOR!)" in row
            and row.endswith("Loket sejak 1 April 2026")
            for row in rows
        ), rows
        assert any("Jawaban pertama dalam" in row and "4 hari kerja" in row for row in rows)
        assert any(
            "Permintaan informasi selesai dalam" in row and row.endswith("5 hari kerja SP4N-LAPOR!")
            for row in rows
        )
        assert any(
            row.startswith("Sampel minimum") and "5 menggantikan ~30~" in row for row in rows
        )
        assert "mulai 1 Januari 2030 berganti" in page.text
        assert "atasan 50 %, rekan 50 %; tanpa bobot, hanya ditampilkan: bawahan" in page.text
        assert "Atur untuk unit ini" not in page.text
        before = await employee.get(f"/organisation/{office.unit}/policies?on=2026-03-31")
        assert any("2 hari kerja menggantikan ~3 hari kerja~" in row for row in lines(before.text))
        english = await employee.get(f"/organisation/{office.unit}/policies?on=2026-05-01&lang=en")
        assert any(
            "1 working days instead of ~2 working days~" in row for row in lines(english.text)
        )
        refused = await employee.post(
            f"/organisation/{office.unit}/policies/complaints",
            data=fields(english.text) | {"valid_from": "2026-06-01", "verify": "3"},
        )
        assert refused.status_code == 403
        away = await employee.get(f"/organisation/{office.unit}/policies/complaints")
        assert away.headers["location"] == f"/organisation/{office.unit}/policies"


async def test_a_keeper_says_otherwise_from_a_day_on(site: Site, office: Office) -> None:
    path = f"/organisation/{office.unit}/policies"
    async with site.signed_in(office, "personnel_officer") as keeper:
        form = await keeper.get(f"{path}/behaviour?whole=false")
        assert "Tanpa isian di sini: 3 (PermenPANRB 6/2022)" in form.text
        typed = fields(form.text) | {"valid_from": "2026-07-01"}
        typed |= {"staff-superior": "50", "staff-peer": "30", "staff-citizen": "10"}
        wrong = await keeper.post(f"{path}/behaviour?whole=false", data=typed)
        assert wrong.status_code == 422
        assert "harus berjumlah 100; sekarang 90" in wrong.text
        assert 'name="staff-citizen" value="10"' in wrong.text
        typed |= {"staff-citizen": "20", "below_until": "2,75"}
        contradicts = await keeper.post(f"{path}/behaviour?whole=false", data=typed)
        assert contradicts.status_code == 422
        assert "tidak cocok dengan nilai lain" in contradicts.text
        typed |= {"below_until": "1,75", "peers_of_other_teams": "yes"}
        saved = await keeper.post(f"{path}/behaviour?whole=false", data=typed)
        assert saved.headers["location"].endswith("said=saved"), saved.text
        page = await keeper.get(f"{path}?on=2026-07-01")
        rows = lines(page.text)
        assert any("atasan 50 %, rekan 30 %, warga 20 % menggantikan ~" in row for row in rows)
        assert any("1,75 menggantikan ~1,50~" in row for row in rows)
        taken = await keeper.post(f"{path}/behaviour?whole=false", data=typed)
        assert taken.status_code == 422
        assert "Sudah ada dokumen pada tingkat ini" in taken.text


async def test_the_second_keeper_is_told_and_loses_nothing(site: Site, office: Office) -> None:
    there = await made(office, None, "2026-01-01", "follow_up", training_share=20)
    path = f"/organisation/{office.unit}/policies/follow_up?whole=true&policy={there['id']}"
    async with site.signed_in(office, "tenant_administrator") as keeper:
        form = fields((await keeper.get(path)).text) | {"valid_from": "2026-01-01"}
        first = await keeper.post(path, data=form | {"training_share": "25"})
        assert first.status_code == 303, first.text
        second = await keeper.post(path, data=form | {"training_share": "35"})
        assert second.status_code == 409
        assert "orang lain mengubah dokumen ini" in second.text
        assert "bagian pegawai yang nilainya rendah: 25 %" in second.text
        assert 'name="training_share" value="35"' in second.text
        again = await keeper.post(
            path, data=fields(second.text) | {"valid_from": "2026-01-01", "training_share": "35"}
        )
        assert again.status_code == 303
        page = await keeper.get(f"/organisation/{office.unit}/policies?on=2026-02-01")
        history = re.search(r'href="([^"]+/follow_up/history/[^"]+)"', page.text)
        assert history is not None
        changes = await keeper.get(history[1])
        assert "bagian pegawai yang nilainya rendah: 25 % → 35 %" in unescape(changes.text)
        assert "dibuat, berlaku sejak 1 Januari 2026" in changes.text
        gone = await keeper.post(
            f"/organisation/{office.unit}/policies/follow_up/{there['id']}/delete",
            data=fields((await keeper.get(path)).text),
        )
        assert gone.headers["location"].endswith("said=deleted")


async def test_a_regulation_is_adopted(site: Site, office: Office) -> None:
    path = f"/organisation/{office.unit}/policies"
    async with site.signed_in(office, "personnel_officer") as keeper:
        page = await keeper.get(path)
        data = fields(page.text) | {"pack": "pp-30-2019", "valid_from": "2028-01-01"}
        adopted = await keeper.post(f"{path}/adopt", data=data)
        assert adopted.headers["location"].endswith("said=adopted"), adopted.text
        page = await keeper.get(f"{path}?on=2028-01-01")
        assert any("angka (PP 30/2019) menggantikan ~matriks" in row for row in lines(page.text))
        unknown = await keeper.post(f"{path}/adopt", data=data | {"pack": "none"})
        assert unknown.status_code == 404


def test_every_field_of_every_contract_has_a_place_on_the_page() -> None:
    assert FIELDS.keys() == REGULATION_OF.keys()
    for kind, regulation in REGULATION_OF.items():
        contract = type(regulation.document).model_fields.keys() - {"policy_kind"}
        assert FIELDS[kind].keys() == contract, kind
        for language in LANGUAGES:
            for field, value in REGULATIONS[kind][1].items():
                if field != "policy_kind":
                    assert value_words(language, kind, field, value)


def values_of(field: Field) -> st.SearchStrategy[Any]:
    match field.form:
        case "choice":
            return st.sampled_from(field.choices)
        case "yes":
            return st.booleans()
        case "value":
            return st.just("loyal")
        case "themes":
            return st.lists(st.sampled_from(["disiplin", "kualitas"]), min_size=1, unique=True)
        case "share":
            return st.integers(0, 10_000).map(lambda n: str(Decimal(n) / 10_000))
        case "mark":
            return st.integers(100, 300).map(lambda n: str(Decimal(n) / 100))
        case "weights":
            return st.integers(0, 100).map(
                lambda n: [
                    {"group": GROUPS[0], "percent": n},
                    {"group": GROUPS[3], "percent": 100 - n},
                ]
            )
        case _:
            return st.integers(field.least, field.most)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(FIELDS)))
    said = draw(st.sets(st.sampled_from(sorted(FIELDS[kind])), min_size=1))
    return {"policy_kind": kind} | {name: draw(values_of(FIELDS[kind][name])) for name in said}


@given(st.sampled_from(LANGUAGES), documents())
def test_what_a_form_shows_it_also_says(language: Language, document: dict[str, Any]) -> None:
    kind = document["policy_kind"]
    said = read(kind, typed_from(kind, document, language), language)
    assert said.wrong == {}
    assert changed_fields(kind, said.document | _exact(said.document), _exact(document)) == []


def _exact(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: Decimal(value) if isinstance(value, str) and value[0].isdecimal() else value
        for name, value in document.items()
    }


def test_the_nearest_that_says_something_wins() -> None:
    def policy(unit: str | None, since: str, **said: Any) -> dict[str, Any]:
        document = {"policy_kind": "complaints"} | said
        return {"id": f"{unit}{since}", "unit_id": unit, "valid_from": since, "document": document}

    path = [{"id": "top", "name": "Dinas"}, {"id": "desk", "name": "Loket"}]
    there = [
        policy(None, "2026-01-01", verify=2),
        policy("top", "2026-02-01", verify=4),
        policy("top", "2026-03-01", first_answer=6),
        policy("other", "2026-01-01", verify=9),
    ]

    def said(on: str) -> list[Any]:
        levels = levels_of("Kota", path, there, on)
        return [(each.name, each.value) for each in said_on("complaints", "verify", levels)]

    assert said("2025-12-31") == [("SP4N-LAPOR!", 3)]
    assert said("2026-02-28") == [("Dinas", 4), ("Kota", 2), ("SP4N-LAPOR!", 3)]
    assert said("2026-03-01") == [("Kota", 2), ("SP4N-LAPOR!", 3)]


@pytest.mark.parametrize("words", ["0", "1001", "2,5", "tiga", "1.5"])
def test_numbers_out_of_bounds_are_told(words: str) -> None:
    typed = typed_from("follow_up", {}, "id") | {"training_times": words}
    assert read("follow_up", typed, "id").wrong["training_times"].startswith("harus bilangan bulat")
