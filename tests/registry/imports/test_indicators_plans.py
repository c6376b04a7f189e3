"""Indicators and plans from files: recognised again, refused by cell, given back."""

from typing import Any
from uuid import UUID

from tests.registry.imports.office import bad_cells, figures, send, sent_back
from tests.registry.town import Town

HEADER = (
    "Indikator;Sumber data;Aspek;Satuan;Arah;Target;Target (sampai);Nilai per rentang;Bobot;"
    "Layanan;Berlaku di unit;Untuk pegawai;Mulai;Hari terakhir\n"
)
GOOD = (
    'IKM;kepuasan masyarakat;mutu;indeks;tinggi;88,31;100;".. 65 = 60; 65 .. = 100";2;;;;'
    "1 Januari 2026;\n"
    "Waktu KTP;durasi kunjungan;waktu;menit;rendah;10 - 15;;;;KTP-el;dinas satu;;2026-01-01;"
    "31/12/2026\n"
    "Berkas;Laporan;Kuantitas;dokumen;naik;1.250;;;;;;1990 0101 2015 01 1 001;2026-01-01;\n"
)


async def test_indicators(town: Town) -> None:
    await town.unit("Dinas Satu", code="01")
    await town.made("/v1/services", {"name": "KTP-el"})
    await town.person(name="Budi", kind="civil_servant", number="199001012015011001")
    file = (HEADER + GOOD).encode()
    assert figures(await send(town, "indicators", file)) == (3, 0, 0, 0)
    assert figures(await send(town, "indicators", file)) == (0, 0, 3, 0)
    items = (await town.call("GET", "/v1/indicators")).json()["items"]
    stored = sorted(items, key=lambda each: str(each["name"]))
    ranges = [(each["target_low"], each["target_high"], each["valid_until"]) for each in stored]
    assert ranges == [
        ("1250", "1250", None),
        ("88.31", "100", None),
        ("10", "15", "2027-01-01"),
    ]
    assert stored[1]["bands"][1] == {"lower": "65", "upper": None, "points": 100}
    await sent_back(town, "indicators", rows=3)
    announced = len(await town.outbox())
    shorter = b"Nama indikator;Mulai;Bobot\nIKM;2026-01-01;0,5\n"
    assert figures(await send(town, "indicators", shorter)) == (0, 1, 0, 0)
    assert len(await town.outbox()) == announced + 1
    # Of another day it is another indicator; of the same name and day for one unit too.
    other = (HEADER + GOOD.replace("1 Januari 2026", "1 Januari 2027")).encode()
    assert figures(await send(town, "indicators", other)) == (1, 0, 2, 0)


async def test_bad_indicators(town: Town) -> None:
    wrong = HEADER + (
        ";Laporan;mutu;persen;tinggi;95;;;;;;;2026-01-01;\n"
        "A;raja;mutu;persen;tinggi;95;;;;;;;2026-01-01;\n"
        "B;SKM;mutu;persen;tinggi;95;;;;;;;2026-01-01;\n"
        "C;Laporan;mutu;persen;tinggi;120;;;;;;;2026-01-01;\n"
        "D;Laporan;mutu;persen;;sembilan;;;;;;;2026-01-01;\n"
        "E;Laporan;mutu;persen;tinggi;1.250;;;;;;;2026-01-01;\n"
        "F;Laporan;mutu;persen;tinggi;90;80;;;;;;2026-01-01;\n"
        'G;Laporan;mutu;persen;tinggi;90;;".. 50 = 60; 60 .. = 100";;;;;2026-01-01;\n'
        'H;Laporan;mutu;persen;tinggi;90;;"50 = 60";;;;;2026-01-01;\n'
        "I;Laporan;mutu;persen;tinggi;90;;;0;Paspor;99;1;2026-01-01;\n"
        "J;Laporan;mutu;persen;tinggi;90;;;0;;;;2026-01-01;2025-01-01\n"
        "K;Laporan;mutu;persen;tinggi;90;;;;;;;2026-01-01;\n"
        "K;Laporan;mutu;persen;tinggi;91;;;;;;;2026-01-01;\n"
    )
    assert await bad_cells(town, "indicators", wrong.encode()) == [
        (2, "Indikator", "is empty"),
        (3, "Sumber data", "must be one of"),
        (4, "Satuan", "does not fit the source"),
        (5, "Target", "must not be above 100"),
        (6, "Arah", "is empty"),
        (6, "Target", "must be a number"),
        (7, "Target", "may mean thousands"),
        (8, "Target (sampai)", "must not be below"),
        (9, "Nilai per rentang", "leaves a gap"),
        (10, "Nilai per rentang", "must be bands such as"),
        (11, "Layanan", "is not one of the stored services"),
        (11, "Berlaku di unit", "is not the code"),
        (11, "Untuk pegawai", "is not the NIP"),
        (12, "Hari terakhir", "is before"),
        (14, "Indikator", "stands in line 13"),
    ]
    good = await send(town, "indicators", wrong.encode(), rows="good")
    assert figures(good) == (1, 0, 0, 12)


async def test_indicators_of_one_name_are_told_apart(town: Town) -> None:
    """Nothing forbids two that only differ in what is measured."""
    body = {
        "name": "Kinerja",
        "source": "report",
        "measure_unit": "percent",
        "better": "higher",
        "target_low": "90",
        "target_high": "100",
        "aspect": "quality",
        "valid_from": "2026-01-01",
    }
    await town.made("/v1/indicators", body)
    await town.made("/v1/indicators", body | {"target_low": "50"})
    await sent_back(town, "indicators", rows=2)
    file = b"Indikator;Target;Mulai\nKinerja;60;2026-01-01\n"
    assert await bad_cells(town, "indicators", file) == [(2, "Indikator", "fits 2 indicators")]


PLANS = (
    "NIP;Periode;Jenis;Rencana hasil kerja pimpinan yang diintervensi;Rencana hasil kerja;"
    "Aspek;Indikator kinerja individu;Target\n"
)
HEAD, STAFF = "198001012005011001", "199001012015011001"
OF_STAFF = (
    f"{STAFF};2026;Utama;Layanan cepat;Berkas KTP selesai;Kuantitas;Jumlah berkas;1.200 dokumen\n"
    f"{STAFF};2026;;;Berkas KTP selesai;Waktu;Lama penyelesaian;1 - 2 hari kerja\n"
    f"{STAFF};2026;Tambahan;;Inovasi;Kualitas;Jumlah inovasi;1 kegiatan\n"
)
OF_HEAD = f"{HEAD};2026;Utama;Kota melayani;Layanan cepat;Kualitas;IKM;88,31 - 100 indeks\n"


async def _line(town: Town) -> tuple[UUID, UUID, UUID]:
    """The head, somebody of the team, and the year."""
    head = await town.person(name="Kepala", kind="civil_servant", number=HEAD)
    staff = await town.person(name="Budi", kind="civil_servant", number=STAFF)
    mayor = await town.person(name="Wali Kota", kind="state_official", external_id="W")
    for person, assessor in ((staff, head), (head, mayor)):
        line = {"assessor_id": str(assessor), "valid_from": "2020-01-01"}
        await town.made(f"/v1/people/{person}/reporting-lines", line)
    year = await town.made(
        "/v1/periods",
        {
            "kind": "yearly",
            "starts_on": "2026-01-01",
            "ends_on": "2027-01-01",
            "closes_at": "2027-02-01T00:00:00Z",
        },
    )
    goal = {"name": "Kota melayani", "starts_on": "2025-01-01", "ends_on": "2030-01-01"}
    await town.made("/v1/goals", goal)
    return head, staff, UUID(year["id"])


async def test_plans_of_e_kinerja(town: Town) -> None:
    _, staff, _ = await _line(town)
    # The leader's plan may stand below those that serve it.
    file = (PLANS + OF_STAFF + OF_HEAD).encode()
    assert figures(await send(town, "plans", file)) == (4, 0, 0, 0)
    announced = len(await town.outbox())
    assert figures(await send(town, "plans", file)) == (0, 0, 4, 0)
    await sent_back(town, "plans", rows=4, on="2026-06-01")
    assert len(await town.outbox()) == announced
    plan = await _plan(town, staff)
    results = plan["document"]["results"]
    assert [(each["title"], each["main"]) for each in results] == [
        ("Berkas KTP selesai", True),
        ("Inovasi", False),
    ]
    assert results[0]["serves_result_id"] == plan["leader_results"][0]["id"]
    targets = results[0]["indicators"]
    ranges = [(t["target_low"], t["target_high"], t["measure_unit"], t["better"]) for t in targets]
    assert ranges == [
        ("1200", "1200", "count", "higher"),
        ("1", "2", "working_days", "lower"),
    ]
    # Other targets and a new result replace the draft; what stays keeps its id.
    other = OF_STAFF.replace("1.200", "1.300").replace("Inovasi", "Kerja sama")
    assert figures(await send(town, "plans", (PLANS + other).encode())) == (0, 3, 0, 0)
    again = (await _plan(town, staff))["document"]["results"]
    assert again[0]["indicators"][0] == targets[0] | {"target_low": "1300", "target_high": "1300"}
    assert [each["title"] for each in again] == ["Berkas KTP selesai", "Kerja sama"]
    assert again[0]["id"] == results[0]["id"]


async def test_what_both_agreed_on_is_changed_by_no_file(town: Town) -> None:
    head, staff, _ = await _line(town)
    file = PLANS + OF_HEAD + OF_STAFF
    assert figures(await send(town, "plans", file.encode())) == (4, 0, 0, 0)
    plan = await _plan(town, staff)
    path = f"/v1/plans/{plan['id']}"
    assert (await town.call("POST", f"{path}/discuss")).status_code == 200
    for person in (staff, head):
        seen = await town.call("GET", path)
        match = {"if-match": seen.headers["etag"]}
        agreed = await town.call(
            "POST", f"{path}/agree", role="employee", person=person, headers=match
        )
        assert agreed.status_code == 200, agreed.text
    assert agreed.json()["state"] == "agreed"
    assert figures(await send(town, "plans", file.encode())) == (0, 0, 4, 0)
    await sent_back(town, "plans", rows=4, on="2026-06-01")
    changed = (PLANS + OF_HEAD + OF_STAFF.replace("1.200", "1.300")).encode()
    assert await bad_cells(town, "plans", changed) == [
        (line, "Rencana hasil kerja", "is of a plan that both have agreed") for line in (3, 4, 5)
    ]
    assert figures(await send(town, "plans", changed, rows="good")) == (0, 0, 1, 3)


async def test_bad_plans(town: Town) -> None:
    await _line(town)
    await town.person(name="Lain", kind="civil_servant", number="199101012015011001")
    wrong = PLANS + (
        f"1;2026;;;A;Mutu;Nilai;95 persen\n"
        f"{HEAD};2025;;;A;Mutu;Nilai;95 persen\n"
        f"{HEAD};2026;;;;Mutu;Nilai;95 persen\n"
        f"{HEAD};2026;;;A;Mutu;;95 persen\n"
        f"{HEAD};2026;;;A;Mutu;Nilai;195 persen\n"
        f"{HEAD};2026;;;A;;Nilai;95 kodi\n"
        f"{STAFF};2026;;Tidak ada;B;Mutu;Nilai;95 persen\n"
        f"{STAFF};2026;tambahan;;B;Mutu;Nilai lain;95 persen\n"
        f"199101012015011001;2026;;;A;Mutu;Nilai;95 persen\n"
        f"W;2026;;;A;Mutu;Nilai;95 persen\n"
    )
    assert await bad_cells(town, "plans", wrong.encode()) == [
        (2, "NIP", "is not the NIP"),
        (3, "Periode", "is not the first day of a yearly period"),
        (4, "Rencana hasil kerja", "is empty"),
        (5, "Indikator kinerja individu", "is empty"),
        (6, "Target", "must not be above 100"),
        (7, "Aspek", "is empty"),
        (7, "Target", "must be one of"),
        (8, "Rencana hasil kerja pimpinan yang diintervensi", "is neither a result"),
        (9, "Jenis", "differs from line 8"),
        (10, "NIP", "is assessed by nobody"),
        (11, "NIP", "is assessed by nobody"),
    ]
    # A plan comes whole or not at all.
    good = PLANS + OF_HEAD + OF_STAFF.replace("1 kegiatan", "1 kodi")
    answer = await send(town, "plans", good.encode(), rows="good")
    assert figures(answer) == (1, 0, 0, 3)
    assert "of the same plan as line 5" in answer.json()["problems"][0]["reason"]


async def _plan(town: Town, person: UUID) -> dict[str, Any]:
    listed = (await town.call("GET", f"/v1/plans?person_id={person}")).json()["items"]
    shown: dict[str, Any] = (await town.call("GET", f"/v1/plans/{listed[0]['id']}")).json()
    return shown
