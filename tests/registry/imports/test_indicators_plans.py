"""Indicators and plans from files: recognised again, refused by cell, given back."""

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
