"""Competences, programmes and enrolments from files: recognised, refused by cell, given back."""

from uuid import UUID

from tests.registry.imports.office import bad_cells, figures, send, sent_back
from tests.registry.town import Town

COMPETENCES = (
    b"Kode,Nama kompetensi,Jenis,Terlihat dari indikator,Nilai BerAKHLAK,Unsur SKM\n"
    b"K1,Melayani,Sosial Kultural,IKM,Berorientasi Pelayanan; kompeten,perilaku;Kompetensi\n"
    b"K2,Arsip,teknis,,,\n"
)
PROGRAMMES = (
    b"Nama diklat,Penyelenggara,Mulai,Selesai,Kuota,Kompetensi\n"
    b"Pelayanan Prima,BPSDM,1 Februari 2024,2024-02-03,2,K1; arsip\n"
    b"Pelayanan Prima,BPSDM,2025-02-01,2025-02-03,,\n"
)


async def _catalogue(town: Town) -> None:
    body = {
        "name": "IKM",
        "source": "unit_satisfaction",
        "measure_unit": "index",
        "better": "higher",
        "target_low": "88.31",
        "target_high": "100",
        "aspect": "quality",
        "valid_from": "2026-01-01",
    }
    await town.made("/v1/indicators", body)
    assert figures(await send(town, "competences", COMPETENCES)) == (2, 0, 0, 0)


async def test_competences(town: Town) -> None:
    await _catalogue(town)
    assert figures(await send(town, "competences", COMPETENCES)) == (0, 0, 2, 0)
    await town.made(
        "/v1/competences",
        {"code": "K3", "name": "Baris", "kind": "technical", "description": "Dua\nbaris"},
    )
    await sent_back(town, "competences", rows=3)
    fewer = COMPETENCES.replace(b"; kompeten", b"").replace(b"Arsip", b"Kearsipan")
    assert figures(await send(town, "competences", fewer)) == (0, 2, 0, 0)
    shorter = b"kode,nama\nK1,Melayani\nK2,Kearsipan\n"
    assert figures(await send(town, "competences", shorter)) == (0, 0, 2, 0)
    wrong = (
        b"kode,nama,jenis,indikator,nilai,unsur\n,A,teknis,,,\nK4,,teknis,,,\nK5,B,,,,\n"
        b"K6,C,lunak,,,\nK7,D,teknis,Lain,,\nK8,E,teknis,,sakti,\nK9,F,teknis,,,U9\n"
        b"K9,F,teknis,,,\n"
    )
    assert await bad_cells(town, "competences", wrong) == [
        (2, "kode", "is empty"),
        (3, "nama", "is empty"),
        (4, "jenis", "is empty"),
        (5, "jenis", "must be one of"),
        (6, "indikator", "is not one of the stored indicators"),
        (7, "nilai", "must be one of"),
        (8, "unsur", "must be one of"),
        (9, "kode", "stands in line 8"),
    ]


async def test_programmes(town: Town) -> None:
    await _catalogue(town)
    assert figures(await send(town, "programmes", PROGRAMMES)) == (2, 0, 0, 0)
    assert figures(await send(town, "programmes", PROGRAMMES)) == (0, 0, 2, 0)
    await sent_back(town, "programmes", rows=2)
    stored = (await town.call("GET", "/v1/programmes")).json()["items"]
    assert sorted(each["ends_on"] for each in stored) == ["2024-02-04", "2025-02-04"]
    longer = PROGRAMMES.replace(b"2025-02-03,,", b"2025-02-05,30,K2")
    assert figures(await send(town, "programmes", longer)) == (0, 1, 1, 0)
    wrong = (
        b"nama,penyelenggara,mulai,selesai,kuota,kompetensi\n,B,2024-01-01,2024-01-02,,\n"
        b"A,,2024-01-01,2024-01-02,,\nB,B,,2024-01-02,,\nC,B,2024-01-01,,,\n"
        b"D,B,2024-01-01,2023-01-02,,\nE,B,2024-01-01,2024-01-02,0,\n"
        b"F,B,2024-01-01,2024-01-02,,K9\nG,B,1024-01-01,2024-01-02,,\n"
    )
    assert await bad_cells(town, "programmes", wrong) == [
        (2, "nama", "is empty"),
        (3, "penyelenggara", "is empty"),
        (4, "mulai", "is empty"),
        (5, "selesai", "is empty"),
        (6, "selesai", "is before the first day"),
        (7, "kuota", "must be a whole number from 1"),
        (8, "kompetensi", "is not one of the stored competences"),
        (9, "mulai", "must be a day of the years"),
    ]


async def test_enrolments(town: Town) -> None:
    await _catalogue(town)
    await send(town, "programmes", PROGRAMMES)
    people: dict[str, UUID] = {}
    for mark in ("a", "b", "c"):
        people[mark] = await town.person(name=f"Siti {mark}", external_id=mark)
    head = b"ID pegawai,Pelatihan,Hari pertama,Tanggal selesai,Nilai\n"
    file = head + (
        b'a,pelayanan prima,2024-02-01,3 Februari 2024,"87,50"\nb,Pelayanan Prima,2024-02-01,,\n'
        b"c,Pelayanan Prima,2025-02-01,,\n"
    )
    assert figures(await send(town, "enrolments", file)) == (3, 0, 0, 0)
    assert figures(await send(town, "enrolments", file)) == (0, 0, 3, 0)
    await sent_back(town, "enrolments", rows=3)
    completed = head + b"b,Pelayanan Prima,2024-02-01,2024-02-03,\na,Pelayanan Prima,2024-02-01,,\n"
    assert figures(await send(town, "enrolments", completed)) == (0, 1, 1, 0)
    shown = (await town.call("GET", f"/v1/people/{people['a']}/training")).json()["items"]
    assert shown[0]["enrolment"]["mark"] == "87.50"
    wrong = head + (
        b"x,Pelayanan Prima,2024-02-01,,\na,Pelayanan Prima,,,\na,Lain,,,\n"
        b"b,Pelayanan Prima,2024-02-01,2024-01-31,\nc,Pelayanan Prima,2024-02-01,,\n"
        b"a,Pelayanan Prima,2025-02-01,9999-01-01,\nb,Pelayanan Prima,2025-02-01,,80\n"
        b"c,Pelayanan Prima,2025-02-01,2025-02-04,101\nc,Pelayanan Prima,2025-02-01,,\n"
    )
    assert await bad_cells(town, "enrolments", wrong) == [
        (2, "ID pegawai", "is not the NIP"),
        (3, "Pelatihan", "is the name of several"),
        (4, "Pelatihan", "is not a stored programme"),
        (5, "Tanggal selesai", "must not be before the programme begins"),
        (6, "Pelatihan", "is one too many: all 2 places"),
        (7, "Tanggal selesai", "must not be after today"),
        (8, "Tanggal selesai", "is empty: a mark needs"),
        (9, "Nilai", "must be 0 to 100"),
        (10, "ID pegawai", "stands in line 9"),
    ]
