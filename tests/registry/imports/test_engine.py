"""Modes, kept files, mappings, progress and exports: what holds for every kind."""

import asyncio
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from cli.import_registry import KINDS as COMMANDS
from services.registry.imports.kinds import KINDS
from services.registry.timers import forget_files
from tests.registry.imports.office import XLSX, figures, new_book, opened, saved, send
from tests.registry.town import Town
from tests.support.databases import Database
from tests.support.waiting import eventually

CSV = {"content-type": "text/csv"}
TREE = b"""\
kode,nama,induk
01,Dinas Satu,
02,,01
03,Bidang,02
04,Seksi,Bidang
05,Dinas Lima,dinas satu
"""


def book(*lines: tuple[Any, ...], title: str = "Data") -> bytes:
    made, sheet = new_book(title)
    for line in lines:
        sheet.append(line)
    return saved(made)


async def test_rows_below_a_bad_row_are_left_out_with_it(town: Town) -> None:
    path = "/v1/imports/units?rows=good"
    answer = await town.call("POST", path, content=TREE, headers=CSV)
    assert figures(answer) == (2, 0, 0, 3)
    reasons = {bad["line"]: bad["reason"] for bad in answer.json()["problems"]}
    assert reasons[3].startswith("is empty")
    assert "line 3, which is bad itself" in reasons[4]
    assert "line 4, which is bad itself" in reasons[5]
    checked = await town.call("POST", "/v1/imports/units", content=TREE, headers=CSV)
    assert [error["field"] for error in checked.json()["errors"]] == ["line 3, nama"]


async def test_a_mapping_says_what_titles_mean(town: Town) -> None:
    file = book(("Kd", "Uraian", "Nama"), ("01", "Dinas", "abaikan"))
    assert (await send(town, "units", file)).json()["type"].endswith(":unreadable-file")
    path = "/v1/imports/units/mappings/Format lama"
    columns = {"KD": "code", "uraian": "name", "Nama": None}
    put = await town.call("PUT", path, {"columns": columns})
    assert (put.status_code, put.headers["etag"]) == (200, '"1"')
    kept = await send(town, "units", file, mapping="Format lama", dry_run=True, keep=True)
    assert kept.json()["ignored_columns"] == ["Nama"]
    stored = await send(town, "units", None, file_id=kept.json()["file_id"])
    assert figures(stored) == (1, 0, 0, 0)

    again = await town.call("PUT", path, {"columns": {"KD": "code"}}, headers={"if-match": '"7"'})
    assert again.status_code == 412
    for wrong in ({"x": "nothing"}, {"x": "code", "y": "code"}):
        assert (await town.call("PUT", path, {"columns": wrong})).status_code == 422
    listed = (await town.call("GET", "/v1/imports/units/mappings")).json()
    assert [mapping["name"] for mapping in listed] == ["Format lama"]
    assert (await town.call("DELETE", path)).status_code == 204
    assert (await send(town, "units", file, mapping="Format lama")).status_code == 404


async def test_a_file_whose_titles_are_not_known_is_kept_for_a_mapping(town: Town) -> None:
    file = book(("DAFTAR OPD", "2026"), ("Kd", "Uraian", "Jenis"), ("01", "Dinas", "dinas"))
    answer = await send(town, "units", file, dry_run=True, keep=True)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:tera:problem:unreadable-file")
    assert answer.json()["titles"] == {"Kd": None, "Uraian": None, "Jenis": "kind"}
    file_id = answer.json()["file_id"]
    told = await send(town, "units", None, file_id=file_id, accept=NDJSON)
    problem = json.loads(list(told.iter_lines())[-1])["problem"]
    assert (problem["file_id"], problem["titles"]) == (file_id, answer.json()["titles"])
    columns = {"Kd": "code", "Uraian": "name"}
    await town.call("PUT", "/v1/imports/units/mappings/kami", {"columns": columns})
    stored = await send(town, "units", None, file_id=file_id, mapping="kami")
    assert figures(stored) == (1, 0, 0, 0)
    for asked, kept in (({}, False), ({"keep": True}, True)):
        twice = await send(town, "units", book(("kode", "nama", "nama unit"), ("1", "x")), **asked)
        assert twice.json()["titles"] == {"kode": "code", "nama": "name", "nama unit": None}
        assert ("file_id" in twice.json()) == kept


async def test_kept_files_are_forgotten_after_a_day(town: Town, database: Database) -> None:
    file = book(("kode", "nama"), ("01", ""))
    first, second = [
        (await send(town, "units", file, dry_run=True, keep=True)).json()["file_id"]
        for _ in range(2)
    ]
    await town.owner.execute(
        "update import_files set created_at = $2 where id = $1",
        first,
        datetime.now(UTC) - timedelta(hours=25),
    )
    bad_rows = "/v1/imports/files/{}/bad-rows?format=csv"
    assert (await town.call("GET", bad_rows.format(first))).status_code == 404
    async with asyncpg.create_pool(database.worker, min_size=1, max_size=1) as pool:
        assert await forget_files(pool) >= 1
        assert await forget_files(pool) == 0
    shown = await town.call("GET", bad_rows.format(second))
    assert shown.content.decode("utf-8-sig").splitlines() == [
        "kode;nama;Alasan / Reason",
        "01;;nama: is empty: name the unit",
    ]
    assert (await send(town, "people", None, file_id=second)).status_code == 409
    assert (await town.call("DELETE", f"/v1/imports/files/{second}")).status_code == 204
    assert (await send(town, "units", None, file_id=second)).status_code == 404


async def test_progress_is_told_and_ends_with_the_report_or_the_problem(town: Town) -> None:
    file = book(("kode", "nama"), *((f"{n}", f"Unit {n}") for n in range(600)))
    lines = [
        json.loads(line) for line in (await send(town, "units", file, accept=NDJSON)).iter_lines()
    ]
    phases = [line["phase"] for line in lines[:-1]]
    assert list(dict.fromkeys(phases)) == ["read", "check", "store"]
    for phase in ("check", "store"):
        assert {"phase": phase, "done": 600, "total": 600} in lines
    assert lines[-1]["report"]["created"] == 600
    assert lines[-1]["report"]["run"] == {"dry_run": False, "mode": "all"}
    bad = await send(town, "units", book(("kode", "nama"), ("01", "")), accept=NDJSON)
    last = json.loads(list(bad.iter_lines())[-1])
    assert last["problem"]["type"] == "urn:tera:problem:import-refused"


async def test_whoever_leaves_has_stored_nothing(town: Town) -> None:
    """The lock that the import waits for is ours: it cannot be through before we leave."""
    file = book(("kode", "nama"), ("01", "Dinas"))
    token = town.mint(tenant=town.id, roles=["personnel_officer"])
    headers = {"authorization": f"Bearer {token}", "accept": NDJSON, "content-type": XLSX}
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    key = f"registry.units/{town.id}"
    async with town.owner.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)
        async with (
            httpx.AsyncClient(base_url=town.url) as leaver,
            leaver.stream("POST", "/v1/imports/units", content=file, headers=headers) as answer,
        ):
            assert answer.status_code == 200

            async def waits() -> bool:
                return bool(await town.owner.fetchval(waiting))

            await eventually(waits)

        async def gone() -> bool:
            return not await town.owner.fetchval(waiting)

        await eventually(gone)
    assert (await town.call("GET", "/v1/units")).json()["items"] == []


async def test_an_import_of_an_export_changes_nothing(town: Town) -> None:
    dinas = await town.unit("=1+1", code="01")
    await town.unit("@Bidang", code="-2", parent_id=str(dinas))
    await town.unit("Tanpa kode")
    siti = await town.person(name="+Siti", external_id="'A")
    await town.person(name="Tanpa apa pun")
    await town.assignment(siti, dinas, "2024-01-01", duties=["head", "survey_officer"])
    await town.call("PUT", f"/v1/people/{siti}/contact-points", {"phone": "081234567890"})
    service = {
        "name": "KTP-el",
        "standard_working_days": 2,
        "description": "Dua\nbaris",
        "requirements": ["Kartu Keluarga; asli", "-Akta"],
        "cost_rupiah": 0,
        "unit_ids": [str(dinas)],
    }
    await town.made("/v1/services", service)
    announced = len(await town.outbox())
    for kind, count in (("units", 3), ("people", 2), ("services", 1)):
        for form in ("xlsx", "csv"):
            answer = await town.call("GET", f"/v1/exports/{kind}?format={form}")
            assert answer.status_code == 200, answer.text
            assert figures(await send(town, kind, answer.content)) == (0, 0, count, 0), (kind, form)
    assert len(await town.outbox()) == announced
    answer = await town.call("GET", "/v1/exports/people?format=csv")
    assert "'+Siti" in answer.text
    assert "'+6281234567890" in answer.text
    _, sheet = opened((await town.call("GET", "/v1/exports/units")).content)
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    assert sheet["B2"].value == "=1+1"


async def test_an_export_shows_the_day_that_was_asked_for(town: Town) -> None:
    unit = await town.unit("Dinas Lama", code="01")
    other = await town.unit("Lain", code="02")
    move = {"on": "2199-01-01", "name": "Dinas Baru"}
    assert (await town.call("POST", f"/v1/units/{unit}/moves", move)).status_code == 200
    person = await town.person(name="Siti", external_id="A")
    await town.assignment(person, unit, "2024-01-01")
    transfer = {"unit_id": str(other), "on": "2025-06-01"}
    await town.call("POST", f"/v1/people/{person}/transfers", transfer)

    async def shown(kind: str, day: str) -> str:
        return (await town.call("GET", f"/v1/exports/{kind}?format=csv&on={day}")).text

    assert "Dinas Lama" in await shown("units", "2198-12-31")
    assert "Dinas Baru" in await shown("units", "2199-01-01")
    assert "01;;2024-01-01" in await shown("people", "2025-05-31")
    assert "02;;2025-06-01" in await shown("people", "2025-06-01")


async def test_who_is_not_in_the_file_is_listed(town: Town) -> None:
    unit = await town.unit("Dinas", code="01")
    other = await town.unit("Lain", code="02")
    for name, place in (("Siti", unit), ("Budi", unit), ("Agus", other)):
        person = await town.person(name=name, external_id=name)
        await town.assignment(person, place, "2024-01-01")
    file = book(
        ("id", "nama", "jenis", "unit", "tmt"), ("Siti", "Siti", "non asn", "01", "1/1/2024")
    )
    report = (await send(town, "people", file)).json()
    assert report["missing"] == {"count": 1, "items": ["Budi, Budi"]}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_has_template_command_and_export(town: Town, kind: str) -> None:
    assert tuple(KINDS) == COMMANDS
    columns = {each["name"]: each for each in (await town.call("GET", "/v1/imports")).json()}
    titles = [column["title"] for column in columns[kind]["columns"]]
    for form in ("xlsx", "csv"):
        template = await town.call("GET", f"/v1/imports/{kind}/template?format={form}")
        report = (await send(town, kind, template.content, dry_run=True)).json()
        assert (report["rows"], report["header_line"], list(report["mapping"])) == (0, 2, titles)
        assert report["ignored_columns"] == []
        assert (await town.call("GET", f"/v1/exports/{kind}?format={form}")).status_code == 200
    employee = await town.call("GET", f"/v1/exports/{kind}", role="employee")
    assert employee.status_code == 403


def with_part(file: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO(file)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (with_part(book(("kode", "nama")), "xl/vbaProject.bin", b"x"), "has macros"),
        (with_part(book(("kode", "nama")), "xl/big.xml", bytes(130 << 20)), "too large"),
        (with_part(book(("kode", "nama")), "xl/x.xml", b"<!DOCTYPE x>"), "DOCTYPE"),
        (with_part(b"", "xl/x.xml", b"<x/>"), "cannot be read"),
        (book(("kode", "nama"))[:-30], "damaged"),
        (book(("Sampul",)), "no column for code"),
    ],
    ids=["macros", "bomb", "entities", "no workbook", "cut off", "no table"],
)
async def test_workbooks_that_are_refused_say_why(town: Town, file: bytes, words: str) -> None:
    answer = await send(town, "units", file)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:tera:problem:unreadable-file")
    assert words in answer.json()["detail"]
    missing = await send(town, "units", book(("kode", "nama")), sheet="Lain")
    assert "its sheets are 'Data'" in missing.json()["detail"]


async def test_what_is_merged_downwards_holds_for_each_line(town: Town) -> None:
    await town.unit("Dinas", code="01")
    made, sheet = new_book("Data")
    for line in (
        ("Daftar",),
        ("ID", "Nama", "Jenis", "Penempatan", None),
        (None, None, None, "Unit kerja", "TMT"),
        ("a", "Siti", "non asn", "dinas", "2024-01-01"),
        ("b", "Budi", "non asn", None, "2024-01-01"),
    ):
        sheet.append(line)
    for merged in ("A2:A3", "B2:B3", "C2:C3", "D2:E2", "D4:D5"):
        sheet.merge_cells(merged)
    answer = await send(town, "people", saved(made))
    assert figures(answer) == (2, 0, 0, 0)
    assert (answer.json()["header_line"], answer.json()["further"]) == (3, {"assignments": 2})


async def test_unknown_kinds_and_files(town: Town) -> None:
    assert (await send(town, "raja", b"x")).status_code == 404
    assert (await send(town, "units", None, file_id=uuid4())).status_code == 404
    assert (await town.call("GET", "/v1/exports/raja")).status_code == 404
    await asyncio.gather(*(send(town, "units", book(("kode", "nama"), ("1", "A"))) for _ in "ab"))


NDJSON = "application/x-ndjson"
